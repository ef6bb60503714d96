"""The visual feature enhancement of Sun & Gao (DCASE 2025 Task 3 report)."""

from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import STREAM_ENCODERS
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("enhancement")
class EnhancementSettings(Settings):
    """dim: width that it gives. blocks: residual ones, after the first. dropout: after each activation."""

    name: Literal["enhancement"] = "enhancement"
    dim: Size = 128
    blocks: Depth = 1
    dropout: Rate = 0.1

    def build(self, width: int) -> "Enhancement":
        return Enhancement(self, width)


class Enhancement(nn.Module):
    """Linear layer, layer norm, ReLU, dropout; then the same as residual blocks.

    (batch, time, width) -> (batch, time, dim).
    """

    def __init__(self, settings: EnhancementSettings, width: int) -> None:
        super().__init__()
        dim, dropout = settings.dim, settings.dropout
        self.first = _block(width, dim, dropout)
        self.blocks = nn.ModuleList(_block(dim, dim, dropout) for _ in range(settings.blocks))

    def forward(self, stream: Tensor) -> Tensor:
        x: Tensor = self.first(stream)
        for block in self.blocks:
            x = torch.add(x, block(x))
        return x


def _block(width: int, dim: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, dim), nn.LayerNorm(dim), nn.ReLU(), Dropout(dropout))

"""Visual feature enhancement of Sun & Gao (DCASE 2025 Task 3 report)."""

from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import STREAM_ENCODERS, Depth, Rate, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("enhancement")
class EnhancementSettings(Settings):
    """Settings of the feature enhancement.

    Attributes:
        dim: Width of the output vectors.
        blocks: Number of residual blocks after the input block.
        dropout: Dropout probability after each activation.
    """

    name: Literal["enhancement"] = "enhancement"
    dim: Size = 128
    blocks: Depth = 1
    dropout: Rate = 0.1

    def build(self, width: int) -> "Enhancement":
        """Builds the stream encoder.

        Args:
            width: Width of the stream's tokens.

        Returns:
            The stream encoder.
        """
        return Enhancement(self, width)


class Enhancement(nn.Module):
    """Linear layer, layer norm, ReLU and dropout; then residual blocks of the same layers.

    Args:
        settings: Settings of the stream encoder.
        width: Width of the stream's tokens.
    """

    def __init__(self, settings: EnhancementSettings, width: int) -> None:
        super().__init__()
        dim, dropout = settings.dim, settings.dropout
        self.input_block = _block(width, dim, dropout)
        self.blocks = nn.ModuleList(_block(dim, dim, dropout) for _ in range(settings.blocks))

    def forward(self, stream: Tensor) -> Tensor:
        """Encodes a stream.

        Args:
            stream: ``(batch, time, width)``.

        Returns:
            ``(batch, time, dim)``.
        """
        x: Tensor = self.input_block(stream)
        for block in self.blocks:
            x = torch.add(x, block(x))
        return x


def _block(width: int, dim: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, dim), nn.LayerNorm(dim), nn.ReLU(), Dropout(dropout))

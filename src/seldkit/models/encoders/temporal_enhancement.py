"""The audio temporal enhancement of Sun & Gao (DCASE 2025 Task 3 report), an encoder."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.models.encoders.seldnet import SeldnetSettings
from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import ENCODERS
from seldkit.models.sizes import Depth, Rate
from seldkit.settings import Settings


@ENCODERS.register("temporal-enhancement")
class TemporalEnhancementSettings(Settings):
    """crnn: the convolutions and recurrent layers before the attention.

    layers: of dual attention. near: label frames to either side that the second attention of each sees.
    """

    name: Literal["temporal-enhancement"] = "temporal-enhancement"
    crnn: SeldnetSettings = SeldnetSettings(attention_layers=0)
    layers: Depth = 2
    heads: Depth = 8
    near: Annotated[int, Field(ge=0, le=6000)] = 5
    dropout: Rate = 0.1

    @property
    def dim(self) -> int:
        return self.crnn.dim

    @property
    def pooling(self) -> int:
        return self.crnn.pooling

    def build(self, channels: int, bins: int) -> "TemporalEnhancement":
        if self.dim % self.heads:
            raise ValueError(f"rnn_size must be a multiple of heads, got {self.dim} and {self.heads}")
        return TemporalEnhancement(self, channels, bins)


class TemporalEnhancement(nn.Module):
    """A CRNN, then dual attention: (batch, channels, frames, bins) -> (batch, frames // pooling, dim)."""

    def __init__(self, settings: TemporalEnhancementSettings, channels: int, bins: int) -> None:
        super().__init__()
        self.crnn = settings.crnn.build(channels, bins)
        self.layers = nn.ModuleList(DualAttention(settings) for _ in range(settings.layers))

    def forward(self, features: Tensor) -> Tensor:
        x: Tensor = self.crnn(features)
        for layer in self.layers:
            x = layer(x)
        return x


class DualAttention(nn.Module):
    """Two self-attentions side by side, over the whole clip and over near frames, then sum and norm.

    (batch, frames, dim) -> the same.
    """

    def __init__(self, settings: TemporalEnhancementSettings) -> None:
        super().__init__()
        dim, dropout = settings.dim, settings.dropout
        self.near = settings.near
        self.wide = nn.MultiheadAttention(dim, settings.heads, dropout, batch_first=True)
        self.narrow = nn.MultiheadAttention(dim, settings.heads, dropout, batch_first=True)
        self.dropout = Dropout(dropout)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        frame = torch.arange(x.shape[1], device=x.device)
        far = (frame[:, None] - frame).abs() > self.near
        everywhere = self.wide(x, x, x, need_weights=False)[0]
        nearby = self.narrow(x, x, x, need_weights=False, attn_mask=far)[0]
        normed: Tensor = self.norm(x + self.dropout(everywhere + nearby))
        return normed

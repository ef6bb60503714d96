"""Audio temporal enhancement of Sun & Gao (DCASE 2025 Task 3 report): a CRNN with dual attention."""

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.models.encoders.seldnet import SeldnetSettings
from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import ENCODERS, Depth, Rate
from seldkit.settings import Settings


@ENCODERS.register("temporal-enhancement")
class TemporalEnhancementSettings(Settings):
    """Settings of the temporal enhancement.

    Attributes:
        crnn: Convolutions and recurrent layers before the attention.
        layers: Number of dual attention layers.
        heads: Number of heads of each attention.
        local_frames: Reach of the local attention to either side, in label frames.
        dropout: Dropout probability.
    """

    renamed_keys: ClassVar = {"near": "local_frames"}

    name: Literal["temporal-enhancement"] = "temporal-enhancement"
    crnn: SeldnetSettings = SeldnetSettings(attention_layers=0)
    layers: Depth = 2
    heads: Depth = 8
    local_frames: Annotated[int, Field(ge=0, le=6000)] = 5
    dropout: Rate = 0.1

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.crnn.dim

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame."""
        return self.crnn.pooling

    def build(self, channels: int, bins: int) -> "TemporalEnhancement":
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            The encoder.

        Raises:
            ValueError: If the width is not a multiple of the number of heads.
        """
        if self.dim % self.heads:
            raise ValueError(f"rnn_size must be a multiple of heads, got {self.dim} and {self.heads}")
        return TemporalEnhancement(self, channels, bins)


class TemporalEnhancement(nn.Module):
    """CRNN followed by dual attention layers.

    Args:
        settings: Settings of the encoder.
        channels: Number of feature channels.
        bins: Number of frequency bins.
    """

    def __init__(self, settings: TemporalEnhancementSettings, channels: int, bins: int) -> None:
        super().__init__()
        self.crnn = settings.crnn.build(channels, bins)
        self.layers = nn.ModuleList(DualAttention(settings) for _ in range(settings.layers))

    def forward(self, features: Tensor) -> Tensor:
        """Encodes features.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // pooling, dim)``.
        """
        x: Tensor = self.crnn(features)
        for layer in self.layers:
            x = layer(x)
        return x


class DualAttention(nn.Module):
    """Two parallel self-attentions, over the whole clip and over near frames, then sum and norm.

    Args:
        settings: Settings of the encoder.
    """

    def __init__(self, settings: TemporalEnhancementSettings) -> None:
        super().__init__()
        dim, dropout = settings.dim, settings.dropout
        self.local_frames = settings.local_frames
        self.global_attention = nn.MultiheadAttention(dim, settings.heads, dropout, batch_first=True)
        self.local_attention = nn.MultiheadAttention(dim, settings.heads, dropout, batch_first=True)
        self.dropout = Dropout(dropout)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        """Applies both attentions.

        Args:
            x: ``(batch, frames, dim)``.

        Returns:
            Same shape.
        """
        frame = torch.arange(x.shape[1], device=x.device)
        masked = (frame[:, None] - frame).abs() > self.local_frames
        global_context = self.global_attention(x, x, x, need_weights=False)[0]
        local_context = self.local_attention(x, x, x, need_weights=False, attn_mask=masked)[0]
        normed: Tensor = self.norm(x + self.dropout(global_context + local_context))
        return normed

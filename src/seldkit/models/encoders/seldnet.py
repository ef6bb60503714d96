"""SELDnet's encoder, the CRNN of the DCASE 2023 to 2025 baselines (Adavanne et al. 2018, and their code)."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seldkit.models.layers import pooled_convolution
from seldkit.models.registry import ENCODERS, Depth, Pools, Rate, Size
from seldkit.settings import Settings


@ENCODERS.register("seldnet")
class SeldnetSettings(Settings):
    """Settings of SELDnet; the defaults are those of the 2025 baseline.

    Attributes:
        filters: Channels of every convolution.
        time_pools: Max pooling over feature frames after each convolution.
        bin_pools: Max pooling over frequency bins after each convolution.
        rnn_size: Width of one direction of the recurrent layers, and of the output vectors.
        rnn_layers: Number of recurrent layers.
        attention_layers: Number of self-attention layers.
        attention_heads: Number of heads of each self-attention.
        dropout: Dropout probability after each pooling (whole channels), between recurrent layers and on
            attention weights.
    """

    name: Literal["seldnet"] = "seldnet"
    filters: Size = 64
    time_pools: Pools = (5, 1, 1)
    bin_pools: Pools = (4, 4, 2)
    rnn_size: Size = 128
    rnn_layers: Depth = 2
    attention_layers: Annotated[int, Field(ge=0, le=64)] = 2
    attention_heads: Depth = 8
    dropout: Rate = 0.05

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.rnn_size

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame."""
        return prod(self.time_pools)

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        check_pools(self.time_pools, self.bin_pools)
        if self.rnn_size % self.attention_heads:
            raise ValueError(
                f"rnn_size must be a multiple of attention_heads, "
                f"got {self.rnn_size} and {self.attention_heads}"
            )
        return self

    def build(self, channels: int, bins: int) -> "Seldnet":
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            The encoder.
        """
        check_bins(self.bin_pools, bins)
        return Seldnet(self, channels, bins)


class Seldnet(nn.Module):
    """Convolutions, a bidirectional GRU whose directions gate each other, and self-attention.

    There is no positional encoding; the recurrent layers encode the order.

    Args:
        settings: Settings of the encoder.
        channels: Number of feature channels.
        bins: Number of frequency bins.
    """

    def __init__(self, settings: SeldnetSettings, channels: int, bins: int) -> None:
        super().__init__()
        width, dropout = settings.rnn_size, settings.dropout
        sizes = [channels] + [settings.filters] * len(settings.time_pools)
        pools = zip(settings.time_pools, settings.bin_pools, strict=True)
        self.blocks = nn.Sequential(
            *(ConvBlock(sizes[i], sizes[i + 1], pool, dropout) for i, pool in enumerate(pools))
        )
        for factor in settings.bin_pools:
            bins //= factor
        self.gru = nn.GRU(
            settings.filters * bins,
            width,
            settings.rnn_layers,
            batch_first=True,
            dropout=dropout if settings.rnn_layers > 1 else 0.0,
            bidirectional=True,
        )
        layers, heads = range(settings.attention_layers), settings.attention_heads
        self.attention = nn.ModuleList(
            nn.MultiheadAttention(width, heads, dropout, batch_first=True) for _ in layers
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in layers)

    def forward(self, features: Tensor) -> Tensor:
        """Encodes features.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // pooling, rnn_size)``.
        """
        pooled: Tensor = self.blocks(features)  # (batch, filters, label frames, bins)
        x = pooled.transpose(1, 2).flatten(2)  # (batch, label frames, filters × bins), channel by channel
        x = torch.tanh(self.gru(x)[0])
        forward, backward = x.chunk(2, dim=-1)
        x = forward * backward  # (batch, label frames, width)
        for attention, norm in zip(self.attention, self.norms, strict=True):
            x = norm(x + attention(x, x, x, need_weights=False)[0])
        return x


class ConvBlock(nn.Module):
    """3×3 convolution, batch norm, ReLU, max pooling over (frames, bins), and dropout of whole channels.

    Args:
        channels: Number of input channels.
        filters: Number of output channels.
        pool: Pooling factors of frames and bins.
        dropout: Dropout probability.
        bias: Whether the convolution has a bias.
    """

    def __init__(
        self, channels: int, filters: int, pool: tuple[int, int], dropout: float = 0.0, bias: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel_size=3, padding=1, bias=bias)
        self.bn = nn.BatchNorm2d(filters)
        self.pool = pool
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block.

        Args:
            x: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, filters, frames // pool[0], bins // pool[1])``.
        """
        # ReLU commutes with max pooling and is cheaper after it.
        dropped: Tensor = self.dropout(torch.relu(self._pooled(x)))
        return dropped

    def _pooled(self, x: Tensor) -> Tensor:
        if pooled_convolution.supports(x, self.conv, self.bn):
            return pooled_convolution.conv_norm_pool(x, self.conv, self.bn, self.pool)
        return functional.max_pool2d(self.bn(self.conv(x)), self.pool)


def check_pools(time_pools: Sequence[int], bin_pools: Sequence[int]) -> None:
    """Checks that there are as many pooling factors over time as over frequency.

    Args:
        time_pools: Pooling factors over frames.
        bin_pools: Pooling factors over bins.

    Raises:
        ValueError: If the numbers of factors differ.
    """
    if len(time_pools) != len(bin_pools):
        raise ValueError(
            f"time_pools and bin_pools must have one factor per block each, "
            f"got {len(time_pools)} and {len(bin_pools)}"
        )


def check_bins(bin_pools: Sequence[int], bins: int) -> None:
    """Checks that pooling leaves at least one frequency bin.

    Args:
        bin_pools: Pooling factors over bins.
        bins: Number of frequency bins.

    Raises:
        ValueError: If there are too few bins.
    """
    if bins < prod(bin_pools):
        raise ValueError(f"bin_pools require at least {prod(bin_pools)} bins, got {bins}")

"""SELDnet's encoder, the CRNN of the DCASE 2023 to 2025 baselines (Adavanne et al. 2018, and their code)."""

from math import prod
from typing import Annotated, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seldkit.models.layers import pooled_convolution
from seldkit.models.registry import ENCODERS
from seldkit.models.sizes import Depth, Pools, Rate, Size
from seldkit.settings import Settings


@ENCODERS.register("seldnet")
class SeldnetSettings(Settings):
    """Sizes of SELDnet; the defaults are the 2025 baseline's.

    filters: channels of every convolution.
    time_pools, bin_pools: max pooling after each convolution, in feature frames and in frequency bins.
    rnn_size: width of the recurrent layer's one direction, and of the vectors that the encoder gives.
    dropout: after each pooling (whole channels), between recurrent layers and on attention weights.
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
        return self.rnn_size

    @property
    def pooling(self) -> int:
        return prod(self.time_pools)

    @model_validator(mode="after")
    def _sizes_agree(self) -> "SeldnetSettings":
        if len(self.time_pools) != len(self.bin_pools):
            raise ValueError(
                f"time_pools and bin_pools name one factor per block each, "
                f"got {len(self.time_pools)} and {len(self.bin_pools)}"
            )
        if self.rnn_size % self.attention_heads:
            raise ValueError(
                f"rnn_size must be a multiple of attention_heads, "
                f"got {self.rnn_size} and {self.attention_heads}"
            )
        return self

    def build(self, channels: int, bins: int) -> "Seldnet":
        if bins < prod(self.bin_pools):
            raise ValueError(
                f"bin_pools take {prod(self.bin_pools)} bins into one, but there are only {bins}"
            )
        return Seldnet(self, channels, bins)


class Seldnet(nn.Module):
    """Convolutions, a gated bidirectional GRU, self-attention.

    (batch, channels, frames, bins) -> (batch, frames // pooling, rnn_size). There is no positional encoding:
    order is what the recurrent layers know.
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
        pooled: Tensor = self.blocks(features)  # (batch, filters, label frames, bins)
        x = pooled.transpose(1, 2).flatten(2)  # (batch, label frames, filters × bins), channel by channel
        x = torch.tanh(self.gru(x)[0])
        ahead, back = x.chunk(2, dim=-1)
        x = ahead * back  # one direction gates the other: (batch, label frames, width)
        for attention, norm in zip(self.attention, self.norms, strict=True):
            x = norm(x + attention(x, x, x, need_weights=False)[0])
        return x


class ConvBlock(nn.Module):
    """3×3 convolution, batch norm, ReLU, max pooling over (frames, bins), dropout of whole channels."""

    def __init__(
        self, channels: int, filters: int, pool: tuple[int, int], dropout: float = 0.0, bias: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel_size=3, padding=1, bias=bias)
        self.bn = nn.BatchNorm2d(filters)
        self.pool = pool
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        # ReLU and maximum may change places, and ReLU has less to do behind it.
        dropped: Tensor = self.dropout(torch.relu(self._pooled(x)))
        return dropped

    def _pooled(self, x: Tensor) -> Tensor:
        if pooled_convolution.supports(x, self.conv, self.bn):
            return pooled_convolution.conv_norm_pool(x, self.conv, self.bn, self.pool)
        return functional.max_pool2d(self.bn(self.conv(x)), self.pool)

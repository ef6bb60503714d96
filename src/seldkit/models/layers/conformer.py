"""Conformer layers (Gulati et al. 2020), with attention to other streams where there are any."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.time_alignment import time_encoding, token_times
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings

Streams = Mapping[str, Tensor]


class ConformerSettings(Settings):
    """Sizes of a Conformer; the defaults are those of AV-SELD (ICASSP 2024).

    heads: of every attention. feedforward: hidden width. kernel: frames under the depthwise convolution, odd.
    """

    layers: Depth = 4
    heads: Depth = 8
    feedforward: Size = 1024
    kernel: Annotated[int, Field(ge=1, le=1023)] = 51
    dropout: Rate = 0.1

    @model_validator(mode="after")
    def _kernel_is_odd(self) -> "ConformerSettings":
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {self.kernel}")
        return self

    def check(self, dim: int) -> None:
        """ValueError unless vectors of `dim` values can be attended to."""
        if dim < 1 or dim % self.heads:
            raise ValueError(f"the {dim} values of a frame must be a multiple of heads, got {self.heads}")


class Conformer(nn.Module):
    """A stack of Conformer layers: (batch, frames, dim) -> the same.

    streams: names of other streams, (batch, time, dim), that every layer attends to.
    """

    def __init__(self, sizes: ConformerSettings, dim: int, streams: Iterable[str] = ()) -> None:
        super().__init__()
        sizes.check(dim)
        names = list(streams)
        self.layers = nn.ModuleList(ConformerLayer(sizes, dim, names) for _ in range(sizes.layers))

    def forward(self, x: Tensor, streams: Streams | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, streams or {})
        return x


class ConformerLayer(nn.Module):
    """Half a feed-forward, self-attention, attention to each stream, convolution, the other half, norm.

    Every part is pre-norm and residual. Self-attention knows no positions; the convolution does.
    """

    def __init__(self, sizes: ConformerSettings, dim: int, streams: Iterable[str]) -> None:
        super().__init__()
        self.first = feed_forward(dim, sizes.feedforward, sizes.dropout)
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, sizes.heads, sizes.dropout, batch_first=True)
        # ModuleDict refuses some plain words ("keys"), so a stream's own name gets a prefix.
        self.streams = nn.ModuleDict({f"from-{name}": StreamAttention(sizes, dim) for name in streams})
        self.convolution = ConvolutionModule(dim, sizes.kernel, sizes.dropout)
        self.last = feed_forward(dim, sizes.feedforward, sizes.dropout)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(sizes.dropout)

    def forward(self, x: Tensor, streams: Streams) -> Tensor:
        x = x + 0.5 * self.first(x)
        own = self.attention_norm(x)
        x = x + self.dropout(self.attention(own, own, own, need_weights=False)[0])
        for key, attend in self.streams.items():
            x = x + attend(x, streams[key.removeprefix("from-")])
        x = x + self.convolution(x)
        normed: Tensor = self.norm(x + 0.5 * self.last(x))
        return normed


class StreamAttention(nn.Module):
    """Attention from what is heard to one stream, both of which say where in time they lie."""

    def __init__(self, sizes: ConformerSettings, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, sizes.heads, sizes.dropout, batch_first=True)
        self.dropout = Dropout(sizes.dropout)

    def forward(self, x: Tensor, stream: Tensor) -> Tensor:
        """x (batch, frames, dim), stream (batch, time, dim) -> what to add to x."""
        (frames, dim), steps = x.shape[1:], stream.shape[1]
        query = self.norm(x) + time_encoding(token_times(frames, frames, x), dim)
        key = stream + time_encoding(token_times(steps, frames, stream), dim)
        added: Tensor = self.dropout(self.attention(query, key, stream, need_weights=False)[0])
        return added


class ConvolutionModule(nn.Module):
    """Norm, gated pointwise convolution, depthwise convolution over time, batch norm, SiLU, pointwise."""

    def __init__(self, dim: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.gated = nn.Linear(dim, 2 * dim)  # a pointwise convolution is a linear layer
        self.depthwise = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.batch_norm = nn.BatchNorm1d(dim)
        self.pointwise = nn.Linear(dim, dim)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        gated = functional.glu(self.gated(self.norm(x)))  # (batch, frames, dim)
        along = self.batch_norm(self.depthwise(gated.transpose(1, 2))).transpose(1, 2)
        out: Tensor = self.dropout(self.pointwise(functional.silu(along)))
        return out


def feed_forward(dim: int, hidden: int, dropout: float) -> nn.Sequential:
    """Norm and two linear layers with SiLU between: (..., dim) -> the same."""
    return nn.Sequential(
        nn.LayerNorm(dim),
        nn.Linear(dim, hidden),
        nn.SiLU(),
        Dropout(dropout),
        nn.Linear(hidden, dim),
        Dropout(dropout),
    )

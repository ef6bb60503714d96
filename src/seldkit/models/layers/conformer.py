"""Conformer layers (Gulati et al. 2020), optionally with attention to streams."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.stream_layers import stream_key, time_encoding, token_times
from seldkit.models.registry import Depth, Rate, Size
from seldkit.settings import Settings

Streams = Mapping[str, Tensor]


class ConformerSettings(Settings):
    """Settings of a Conformer; the defaults are those of AV-SELD (ICASSP 2024).

    Attributes:
        layers: Number of layers.
        heads: Number of heads of each attention.
        feedforward: Hidden width of the feed-forward networks.
        kernel: Kernel size of the depthwise convolution in label frames, odd.
        dropout: Dropout probability.
    """

    layers: Depth = 4
    heads: Depth = 8
    feedforward: Size = 1024
    kernel: Annotated[int, Field(ge=1, le=1023)] = 51
    dropout: Rate = 0.1

    @model_validator(mode="after")
    def _check_kernel(self) -> Self:
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, got {self.kernel}")
        return self

    def check_width(self, dim: int) -> None:
        """Checks that vectors can be divided among the attention heads.

        Args:
            dim: Width of the vectors.

        Raises:
            ValueError: If the width is not a multiple of the number of heads.
        """
        if dim < 1 or dim % self.heads:
            raise ValueError(
                f"expected a width that is a multiple of the {self.heads} attention heads, got {dim}"
            )


class Conformer(nn.Module):
    """Stack of Conformer layers.

    Args:
        settings: Settings of the Conformer.
        dim: Width of the vectors.
        streams: Names of streams that every layer attends to.
    """

    def __init__(self, settings: ConformerSettings, dim: int, streams: Iterable[str] = ()) -> None:
        super().__init__()
        settings.check_width(dim)
        names = list(streams)
        self.layers = nn.ModuleList(ConformerLayer(settings, dim, names) for _ in range(settings.layers))

    def forward(self, x: Tensor, streams: Streams | None = None) -> Tensor:
        """Applies all layers.

        Args:
            x: ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, dim)``.

        Returns:
            ``(batch, frames, dim)``.
        """
        for layer in self.layers:
            x = layer(x, streams or {})
        return x


class ConformerLayer(nn.Module):
    """Half feed-forward, self-attention, attention to each stream, convolution, half feed-forward, norm.

    All parts are pre-norm and residual. Self-attention has no positional encoding; the convolution encodes
    the order.

    Args:
        settings: Settings of the Conformer.
        dim: Width of the vectors.
        streams: Names of streams.
    """

    def __init__(self, settings: ConformerSettings, dim: int, streams: Iterable[str]) -> None:
        super().__init__()
        names, dropout = list(streams), settings.dropout
        self.ffn1 = feed_forward(dim, settings.feedforward, dropout)
        self.self_attention_norm = nn.LayerNorm(dim)
        self.self_attention = nn.MultiheadAttention(dim, settings.heads, dropout, batch_first=True)
        self.cross_attention = nn.ModuleDict(
            {stream_key(name): StreamAttention(settings, dim) for name in names}
        )
        self.convolution = ConvolutionModule(dim, settings.kernel, dropout)
        self.ffn2 = feed_forward(dim, settings.feedforward, dropout)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(dropout)
        self._names = names

    def forward(self, x: Tensor, streams: Streams) -> Tensor:
        """Applies the layer.

        Args:
            x: ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, dim)``.

        Returns:
            ``(batch, frames, dim)``.
        """
        x = x + 0.5 * self.ffn1(x)
        normed = self.self_attention_norm(x)
        x = x + self.dropout(self.self_attention(normed, normed, normed, need_weights=False)[0])
        for name in self._names:
            x = x + self.cross_attention[stream_key(name)](x, streams[name])
        x = x + self.convolution(x)
        output: Tensor = self.norm(x + 0.5 * self.ffn2(x))
        return output


class StreamAttention(nn.Module):
    """Attention from the label frames to one stream; both carry time encodings.

    Args:
        settings: Settings of the Conformer.
        dim: Width of the vectors.
    """

    def __init__(self, settings: ConformerSettings, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, settings.heads, settings.dropout, batch_first=True)
        self.dropout = Dropout(settings.dropout)

    def forward(self, x: Tensor, stream: Tensor) -> Tensor:
        """Computes the residual.

        Args:
            x: ``(batch, frames, dim)``.
            stream: ``(batch, time, dim)``.

        Returns:
            Values to add to `x`, ``(batch, frames, dim)``.
        """
        (frames, dim), steps = x.shape[1:], stream.shape[1]
        query = self.norm(x) + time_encoding(token_times(frames, frames, x), dim)
        key = stream + time_encoding(token_times(steps, frames, stream), dim)
        residual: Tensor = self.dropout(self.attention(query, key, stream, need_weights=False)[0])
        return residual


class ConvolutionModule(nn.Module):
    """Convolution module of the Conformer.

    Norm, gated pointwise convolution, depthwise convolution over time, batch norm, SiLU, pointwise
    convolution.

    Args:
        dim: Width of the vectors.
        kernel: Kernel size of the depthwise convolution in label frames, odd.
        dropout: Dropout probability.
    """

    def __init__(self, dim: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.pointwise1 = nn.Linear(dim, 2 * dim)  # a pointwise convolution is a linear layer
        self.depthwise = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.batch_norm = nn.BatchNorm1d(dim)
        self.pointwise2 = nn.Linear(dim, dim)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Computes the residual.

        Args:
            x: ``(batch, frames, dim)``.

        Returns:
            Values to add to `x`, same shape.
        """
        gated = functional.glu(self.pointwise1(self.norm(x)))
        convolved = self.batch_norm(self.depthwise(gated.transpose(1, 2))).transpose(1, 2)
        residual: Tensor = self.dropout(self.pointwise2(functional.silu(convolved)))
        return residual


def feed_forward(dim: int, hidden: int, dropout: float) -> nn.Sequential:
    """Builds a pre-norm feed-forward network: norm and two linear layers with SiLU in between.

    Args:
        dim: Width of the vectors.
        hidden: Hidden width.
        dropout: Dropout probability.

    Returns:
        Module: ``(..., dim)`` → ``(..., dim)``.
    """
    return nn.Sequential(
        nn.LayerNorm(dim),
        nn.Linear(dim, hidden),
        nn.SiLU(),
        Dropout(dropout),
        nn.Linear(hidden, dim),
        Dropout(dropout),
    )

"""Interfaces and registries of the parts of a model, and the types of their settings."""

from collections.abc import Mapping
from typing import Annotated, Final, Protocol

from pydantic import Field
from torch import nn

from seldkit.registry import Registry

Size = Annotated[int, Field(ge=1, le=4096)]
"""Width of a layer."""

Depth = Annotated[int, Field(ge=1, le=64)]
"""Number of layers, blocks or attention heads."""

Pools = Annotated[
    tuple[Annotated[int, Field(ge=1, le=64)], ...], Field(strict=False, min_length=1, max_length=16)
]
"""Pooling factors, one per block."""

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
"""Dropout probability."""


class EncoderSettings(Protocol):
    """Settings of an encoder, which maps features to one vector per label frame."""

    @property
    def name(self) -> str:
        """Name in configuration files."""

    @property
    def dim(self) -> int:
        """Width of the output vectors."""

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame (100 ms)."""

    def build(self, channels: int, bins: int) -> nn.Module:
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            Module: ``(batch, channels, frames, bins)`` → ``(batch, frames // pooling, dim)``.

        Raises:
            ValueError: If the sizes do not fit.
        """


class StreamEncoderSettings(Protocol):
    """Settings of a stream encoder, which maps a stream to the input of the fusion."""

    @property
    def name(self) -> str:
        """Name in configuration files."""

    @property
    def dim(self) -> int:
        """Width of the output vectors."""

    def build(self, width: int) -> nn.Module:
        """Builds the stream encoder.

        Args:
            width: Width of the stream's tokens.

        Returns:
            Module: ``(batch, time, width)`` → ``(batch, time, dim)``.

        Raises:
            ValueError: If the sizes do not fit.
        """


class FusionSettings(Protocol):
    """Settings of a fusion, which combines the encoder's output with streams."""

    @property
    def name(self) -> str:
        """Name in configuration files."""

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream, by name.

        Returns:
            Number of values per label frame.
        """

    def build(self, dim: int, streams: Mapping[str, int]) -> nn.Module:
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output; 0 if the model has no encoder.
            streams: Width of each stream, by name.

        Returns:
            Module: encoder output ``(batch, frames, dim)`` and streams, each ``(batch, time, width)`` by name
                →
            ``(batch, frames, width)``.

        Raises:
            ValueError: If the fusion does not support these widths.
        """


class HeadSettings(Protocol):
    """Settings of a head, which maps fused vectors to the model's output."""

    @property
    def name(self) -> str:
        """Name in configuration files."""

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> nn.Module:
        """Builds the head.

        Args:
            dim: Width of the fused vectors.
            tracks: Number of tracks per class.
            elements: Elements of a track, such as ``("x", "y", "distance")``.
            classes: Number of classes.

        Returns:
            Module: ``(batch, frames, dim)`` → ``(batch, frames, tracks, elements, classes)``.

        Raises:
            ValueError: If the head does not support these elements.
        """


ENCODERS: Final[Registry[type[EncoderSettings]]] = Registry("encoder")
"""Settings classes of encoders."""

STREAM_ENCODERS: Final[Registry[type[StreamEncoderSettings]]] = Registry("stream encoder")
"""Settings classes of stream encoders."""

FUSIONS: Final[Registry[type[FusionSettings]]] = Registry("fusion")
"""Settings classes of fusions."""

HEADS: Final[Registry[type[HeadSettings]]] = Registry("head")
"""Settings classes of heads."""

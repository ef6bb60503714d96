"""The kinds of parts that a model is assembled from, and where they are listed by name."""

from collections.abc import Mapping
from typing import Final, Protocol

from torch import nn

from seldkit.registry import Registry


class EncoderSettings(Protocol):
    """Settings of an encoder: features of one clip to one vector per label frame."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    @property
    def dim(self) -> int:
        """Width of the vectors that it gives."""

    @property
    def pooling(self) -> int:
        """How many feature frames become one label frame."""

    def build(self, channels: int, bins: int) -> nn.Module:
        """The encoder: (batch, channels, frames, bins) -> (batch, frames // pooling, dim)."""


class StreamEncoderSettings(Protocol):
    """Settings of what a stream goes through before it is fused with the sound."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    @property
    def dim(self) -> int:
        """Width of the vectors that it gives."""

    def build(self, width: int) -> nn.Module:
        """The stream encoder: (batch, time, width) -> (batch, time, dim)."""


class FusionSettings(Protocol):
    """Settings of a fusion: what was heard, joined with the streams of other encoders."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Width of the vectors that it gives, of what was heard (dim values) and streams (their widths)."""

    def build(self, dim: int, streams: Mapping[str, int]) -> nn.Module:
        """The fusion: (batch, frames, dim) and streams (batch, time, their widths) -> (batch, frames, width).

        ValueError where it cannot join these. `dim` is 0 where there is no encoder.
        """


class HeadSettings(Protocol):
    """Settings of a head: vectors to the model's answer."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> nn.Module:
        """The head: (batch, frames, dim) -> (batch, frames, tracks, elements, classes)."""


ENCODERS: Final[Registry[type[EncoderSettings]]] = Registry("encoder")
"""Encoders, from features to a vector for each label frame, by the name that a configuration gives."""

STREAM_ENCODERS: Final[Registry[type[StreamEncoderSettings]]] = Registry("stream encoder")
"""What a stream goes through before it is fused, by name."""

FUSIONS: Final[Registry[type[FusionSettings]]] = Registry("fusion")
"""What joins the sound with streams, by name."""

HEADS: Final[Registry[type[HeadSettings]]] = Registry("head")
"""From vectors to the model's answer, by name."""

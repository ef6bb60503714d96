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


class FusionSettings(Protocol):
    """Settings of a fusion: what was heard, joined with the streams of other encoders."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    def build(self, dim: int, streams: Mapping[str, int]) -> nn.Module:
        """The fusion: (batch, frames, dim) and each stream (batch, time, its dim) -> (batch, frames, dim)."""


class HeadSettings(Protocol):
    """Settings of a head: vectors to the model's answer."""

    @property
    def name(self) -> str:
        """What a configuration calls it."""

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> nn.Module:
        """The head: (batch, frames, dim) -> (batch, frames, tracks, elements, classes)."""


ENCODERS: Final[Registry[type[EncoderSettings]]] = Registry("encoder")
FUSIONS: Final[Registry[type[FusionSettings]]] = Registry("fusion")
HEADS: Final[Registry[type[HeadSettings]]] = Registry("head")

"""Pictures that are seen worse: out of focus, too dark, half hidden, or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args
from zlib import crc32

import numpy as np

from seldkit.embeddings.image_processing import blur_image
from seldkit.media import VideoFrame
from seldkit.types import ImageArray

DegradationKind = Literal["blur", "darkness", "occlusion", "none"]

GAMMA: Final = 2.2
"""Of a picture's values: light is value to this power, nearly (IEC 61966-2-1)."""

NOISE: Final = 3.0
"""Deviation of a dark picture's noise, of 255: what a sensor adds however little light there is (chosen)."""

GREY: Final = 127
"""What covers a picture: neither dark nor light."""


@dataclass(frozen=True)
class Degradation:
    """How pictures are made worse, the same way whenever the seed is the same.

    strength: of "blur", the deviation of the Gaussian in heights of the picture; of "darkness", by how many
    stops the light is less (each halves it), noise of a sensor added; of "occlusion", the share of the
    picture that a grey rectangle of the picture's shape hides, at one place throughout a clip, drawn anew
    for each clip, the same for all shares; of "none", nothing: all is black. Raises ValueError.
    """

    kind: DegradationKind
    strength: float
    seed: int = 0

    def __post_init__(self) -> None:
        highest = {"blur": 1.0, "darkness": 16.0, "occlusion": 1.0, "none": 1.0}
        if self.kind not in get_args(DegradationKind):
            raise ValueError(f"expected one of {', '.join(get_args(DegradationKind))}, got '{self.kind}'")
        if not 0.0 <= self.strength <= highest[self.kind]:
            raise ValueError(
                f"expected {self.kind} of 0 to {highest[self.kind]:g}, got a strength of {self.strength:g}"
            )

    def apply(self, frames: Iterable[VideoFrame], name: str) -> Iterator[VideoFrame]:
        """A clip's pictures, degraded one by one. name: the clip's, which chance depends on too."""
        return (VideoFrame(frame.time, self._seen(frame, name)) for frame in frames)

    def _seen(self, frame: VideoFrame, name: str) -> ImageArray:
        picture = frame.image
        if self.kind == "none":
            return np.zeros_like(picture)
        if self.kind == "blur":
            return blur_image(picture, self.strength * picture.shape[0])
        if self.kind == "darkness":
            return _darkened(picture, self.strength, self._chance(name, round(1000 * frame.time)))
        return _occluded(picture, self.strength, self._chance(name))

    def _chance(self, name: str, *numbers: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, crc32(name.encode()), *numbers])


def _darkened(picture: ImageArray, stops: float, chance: np.random.Generator) -> ImageArray:
    noise = NOISE * chance.standard_normal(picture.shape, np.float32)
    dim = np.rint(2.0 ** (-stops / GAMMA) * picture.astype(np.float32) + noise)
    seen: ImageArray = np.clip(dim, 0, 255).astype(np.uint8)
    return seen


def _occluded(picture: ImageArray, share: float, chance: np.random.Generator) -> ImageArray:
    height, width = picture.shape[:2]
    down, right = chance.random(2)
    rows, columns = (round(side * math.sqrt(share)) for side in (height, width))
    top, left = round(down * (height - rows)), round(right * (width - columns))
    seen = picture.copy()
    seen[top : top + rows, left : left + columns] = GREY
    return seen

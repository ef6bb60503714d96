"""Degradation of video frames: blur, darkness, occlusion, or black frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args
from zlib import crc32

import numpy as np

from seldkit.embeddings.image_processing import blur_image
from seldkit.media import VideoFrame
from seldkit.types import ImageArray

DegradationKind = Literal["blur", "darkness", "occlusion", "none"]

GAMMA: Final = 2.2
"""Exponent that approximates the relation of pixel values to light (IEC 61966-2-1)."""
NOISE_DEVIATION: Final = 3.0
"""Standard deviation of the sensor noise of dark images, of 255 (chosen)."""
OCCLUSION_GREY: Final = 127
"""Pixel value of the rectangle that occludes an image."""
MAX_STRENGTH: Final[dict[str, float]] = {"blur": 1.0, "darkness": 16.0, "occlusion": 1.0, "none": 1.0}


@dataclass(frozen=True)
class Degradation:
    """A reproducible degradation of video frames.

    Attributes:
        kind: ``"blur"`` applies a Gaussian filter. ``"darkness"`` reduces the light and adds sensor noise.
            ``"occlusion"`` covers a grey rectangle with the aspect ratio of the image, at one random position
            per clip, independent of the strength. ``"none"`` makes all frames black.
        strength: For blur, the standard deviation in image heights, from 0 to 1; for darkness, the reduction
            in stops (factors of 2), from 0 to 16; for occlusion, the fraction of the image, from 0 to 1;
            otherwise ignored.
        seed: Random seed.

    Raises:
        ValueError: The kind is unknown or the strength is out of range.
    """

    kind: DegradationKind
    strength: float
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(DegradationKind):
            raise ValueError(f"expected one of {', '.join(get_args(DegradationKind))}, got '{self.kind}'")
        limit = MAX_STRENGTH[self.kind]
        if not 0.0 <= self.strength <= limit:
            raise ValueError(f"expected a strength of {self.kind} from 0 to {limit:g}, got {self.strength:g}")

    def apply(self, frames: Iterable[VideoFrame], name: str) -> Iterator[VideoFrame]:
        """Degrades the frames of a clip.

        Args:
            frames: Video frames.
            name: Name of the clip; random values depend on it.

        Returns:
            Degraded frames at the same times.
        """
        return (replace(frame, image=self._degrade(frame, name)) for frame in frames)

    def _degrade(self, frame: VideoFrame, name: str) -> ImageArray:
        image = frame.image
        if self.kind == "none":
            return np.zeros_like(image)
        if self.kind == "blur":
            return blur_image(image, self.strength * image.shape[0])
        if self.kind == "darkness":
            return _darken(image, self.strength, self._generator(name, round(1000 * frame.time)))
        return _occlude(image, self.strength, self._generator(name))

    def _generator(self, name: str, *numbers: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, crc32(name.encode()), *numbers])


def _darken(image: ImageArray, stops: float, generator: np.random.Generator) -> ImageArray:
    noise = NOISE_DEVIATION * generator.standard_normal(image.shape, np.float32)
    values = np.rint(2.0 ** (-stops / GAMMA) * image.astype(np.float32) + noise)
    dark: ImageArray = np.clip(values, 0, 255).astype(np.uint8)
    return dark


def _occlude(image: ImageArray, fraction: float, generator: np.random.Generator) -> ImageArray:
    height, width = image.shape[:2]
    down, right = generator.random(2)
    rows, columns = (round(side * math.sqrt(fraction)) for side in (height, width))
    top, left = round(down * (height - rows)), round(right * (width - columns))
    occluded = image.copy()
    occluded[top : top + rows, left : left + columns] = OCCLUSION_GREY
    return occluded

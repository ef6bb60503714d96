"""What augmentation works on, and how its steps are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.types import ImageArray, Samples


@dataclass(frozen=True, eq=False)
class LabelledClip:
    """A clip before its features are computed.

    sound: (2, samples), left and right, or (4, samples), FOA in ACN order, at `sample_rate`. labels: of the
    same length. pictures: (count, height, width, 3), uint8 RGB, or None: the perspective ones of stereo, the
    360° frames (twice as wide as high) of FOA.

    Raises ValueError where these do not fit.
    """

    sound: Samples
    labels: Annotations
    pictures: ImageArray | None = None
    sample_rate: int = 24000

    def __post_init__(self) -> None:
        if self.sound.ndim != 2 or len(self.sound) not in (2, 4):
            raise ValueError(f"expected sound (2, samples) or FOA (4, samples), got shape {self.sound.shape}")
        seconds = self.sound.shape[1] / self.sample_rate
        if abs(seconds - self.labels.seconds) > FRAME_SECONDS:
            raise ValueError(
                f"expected labels of {seconds:.1f} s as the sound, got {self.labels.seconds:.1f} s"
            )
        pictures = self.pictures
        if pictures is None:
            return
        if pictures.ndim != 4 or pictures.shape[3] != 3:
            raise ValueError(f"expected pictures (count, height, width, 3), got shape {pictures.shape}")
        if self.is_foa and pictures.shape[2] != 2 * pictures.shape[1]:
            raise ValueError(
                f"expected 360° frames, twice as wide as high, beside FOA, got shape {pictures.shape}"
            )

    @property
    def is_foa(self) -> bool:
        """Whether the sound is FOA and not stereo."""
        return len(self.sound) == 4


class Augmentation(Protocol):
    """One way to make another clip of a clip; all that is random is drawn from `rng`."""

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """The other clip; the given one is left as it is."""


@dataclass(frozen=True)
class Chain:
    """Several steps, one after the other."""

    steps: Sequence[Augmentation]

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        for step in self.steps:
            clip = step(clip, rng)
        return clip


@dataclass(frozen=True)
class Sometimes:
    """A step that is taken with a probability."""

    step: Augmentation
    probability: float = 0.5

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        return self.step(clip, rng) if rng.random() < self.probability else clip

"""Clips before feature extraction, and the composition of augmentation steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.types import ImageArray, Samples


@dataclass(frozen=True, eq=False)
class LabelledClip:
    """A clip before feature extraction.

    Attributes:
        audio: Stereo (left, right) or FOA (ACN order W Y Z X). Shape ``(2, samples)`` or ``(4, samples)``,
            float32.
        labels: Annotations of the same duration.
        images: RGB video frames, uint8, shape ``(count, height, width, 3)``; None without video. Stereo has
            perspective frames, FOA has 360° frames, which are twice as wide as high.
        sample_rate: Sample rate in Hz.

    Raises:
        ValueError: If the shapes or the durations are inconsistent.
    """

    audio: Samples
    labels: Annotations
    images: ImageArray | None = None
    sample_rate: int = 24000

    def __post_init__(self) -> None:
        if self.audio.ndim != 2 or len(self.audio) not in (2, 4):
            raise ValueError(
                f"expected stereo (2, samples) or FOA (4, samples), got audio of shape {self.audio.shape}"
            )
        seconds = self.audio.shape[1] / self.sample_rate
        if abs(seconds - self.labels.seconds) > FRAME_SECONDS:
            raise ValueError(
                f"expected labels of {seconds:.1f} s, the duration of the audio, "
                f"got {self.labels.seconds:.1f} s"
            )
        images = self.images
        if images is None:
            return
        if images.ndim != 4 or images.shape[3] != 3:
            raise ValueError(f"expected images (count, height, width, 3), got shape {images.shape}")
        if self.is_foa and images.shape[2] != 2 * images.shape[1]:
            raise ValueError(
                f"expected 360° frames, twice as wide as high, with FOA audio, got shape {images.shape}"
            )

    @property
    def is_foa(self) -> bool:
        """Whether the audio is FOA; otherwise it is stereo."""
        return len(self.audio) == 4


class Augmentation(Protocol):
    """A step that creates a modified clip."""

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Creates a modified clip. The given clip is not changed.

        Args:
            clip: The clip.
            rng: Source of all random values.

        Returns:
            The modified clip.
        """


@dataclass(frozen=True)
class Chain:
    """Applies several steps in order.

    Attributes:
        steps: The steps.
    """

    steps: Sequence[Augmentation]

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Applies the steps. See `Augmentation`."""
        for step in self.steps:
            clip = step(clip, rng)
        return clip


@dataclass(frozen=True)
class RandomApply:
    """Applies a step with a given probability.

    Attributes:
        step: The step.
        probability: Probability of the step, in [0, 1].
    """

    step: Augmentation
    probability: float = 0.5

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Applies the step or returns the clip. See `Augmentation`."""
        return self.step(clip, rng) if rng.random() < self.probability else clip

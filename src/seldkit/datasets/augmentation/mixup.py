"""Scene mixup: the sum of two clips with the labels of both."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.types import Samples

ClipSampler = Callable[[np.random.Generator], LabelledClip]
"""Draws a clip that is added to another one."""


@dataclass(frozen=True)
class SceneMixup:
    """Adds a second clip. Labels are not interpolated, because the sources of both clips are active.

    The second clip is truncated or padded with silence to the duration of the first one. The video frames are
    those of the first clip, and the sources of the second clip are therefore off-screen.

    Calling the object raises a ValueError if the clips differ in channels, sample rate or class vocabulary.

    Attributes:
        sampler: Draws the second clip.
        max_gain_db: The gain of the second clip is drawn from ±max_gain_db, in dB.
        max_per_class: Maximum number of active sources of one class. ADPIT targets represent 3.
        max_sources: Maximum number of active sources.
        attempts: Number of draws until both maxima are met. If none does, the clip is not changed.
    """

    sampler: ClipSampler
    max_gain_db: float = 6.0
    max_per_class: int = 3
    max_sources: int = 5
    attempts: int = 3

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Adds a second clip. See `Augmentation`."""
        for _ in range(self.attempts):
            other = self.sampler(rng)
            gain = 10.0 ** (rng.uniform(-self.max_gain_db, self.max_gain_db) / 20.0)
            mixed = mix_clips(clip, other, gain)
            if self._is_within_limits(mixed.labels):
                return mixed
        return clip

    def _is_within_limits(self, labels: Annotations) -> bool:
        pairs = np.stack([labels.frame, labels.class_id])
        per_class = np.unique(pairs, axis=1, return_counts=True)[1].max(initial=0)
        sources = np.bincount(labels.frame).max(initial=0)
        return bool(per_class <= self.max_per_class and sources <= self.max_sources)


def mix_clips(clip: LabelledClip, other: LabelledClip, gain: float = 1.0) -> LabelledClip:
    """Adds a second clip to a clip. See `SceneMixup`.

    Args:
        clip: First clip.
        other: Second clip.
        gain: Amplitude factor of the second clip.

    Returns:
        The sum, with the duration and the video frames of the first clip.

    Raises:
        ValueError: If the clips differ in channels, sample rate or class vocabulary.
    """
    if clip.audio.shape[0] != other.audio.shape[0] or clip.sample_rate != other.sample_rate:
        raise ValueError("expected two clips with the same channels and sample rate")
    audio = clip.audio + np.float32(gain) * _fit_length(other.audio, clip.audio.shape[1])
    labels = _join_labels(clip.labels, other.labels, has_video=clip.images is not None)
    return replace(clip, audio=audio, labels=labels)


def _fit_length(audio: Samples, samples: int) -> Samples:
    cut = audio[:, :samples]
    return np.pad(cut, ((0, 0), (0, samples - cut.shape[1])))


def _join_labels(labels: Annotations, other: Annotations, has_video: bool) -> Annotations:
    if labels.classes != other.classes:
        raise ValueError("expected two clips with the same class vocabulary")
    added = other.with_frame_count(labels.frame_count)
    added = replace(added, source=added.source + labels.source.max(initial=-1) + 1)
    if has_video and added.onscreen is not None:
        added = replace(added, onscreen=np.zeros(len(added), np.bool_))
    both = Annotations.concatenate([(0, part) for part in (labels, added) if len(part)], labels.frame_count)
    both = replace(both, classes=labels.classes)
    return both.take(np.argsort(both.frame, kind="stable"))

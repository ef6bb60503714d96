"""Scene mixup: two clips at once, with all labels of both."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.types import Samples

Partner = Callable[[np.random.Generator], LabelledClip]
"""Draws a clip to be heard with another."""


@dataclass(frozen=True)
class SceneMixup:
    """The sum of a clip and one that `partner` draws; no fraction of a label, for sound adds up.

    decibels: the partner's level is changed by −decibels to +decibels. of_a_class, at_once: no more sources
    of one class (ADPIT targets hold 3), and of all classes, may come to be in one frame; a pair that would
    exceed this is drawn again, `attempts` times, and then the clip stays as it was.

    The partner is cut, or filled up with silence, to the clip's length. The picture stays the clip's own, and
    the partner's sources are then out of it. Raises ValueError for clips of different kinds.
    """

    partner: Partner
    decibels: float = 6.0
    of_a_class: int = 3
    at_once: int = 5
    attempts: int = 3

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        for _ in range(self.attempts):
            other = self.partner(rng)
            gain = 10.0 ** (rng.uniform(-self.decibels, self.decibels) / 20.0)
            mixed = mixed_with(clip, other, gain)
            if self._allows(mixed.labels):
                return mixed
        return clip

    def _allows(self, labels: Annotations) -> bool:
        pairs = np.stack([labels.frame, labels.class_id])
        of_a_class = np.unique(pairs, axis=1, return_counts=True)[1].max(initial=0)
        at_once = np.bincount(labels.frame).max(initial=0)
        return bool(of_a_class <= self.of_a_class and at_once <= self.at_once)


def mixed_with(clip: LabelledClip, other: LabelledClip, gain: float = 1.0) -> LabelledClip:
    """A clip and another one, times `gain`, at once; see `SceneMixup`."""
    if clip.sound.shape[0] != other.sound.shape[0] or clip.sample_rate != other.sample_rate:
        raise ValueError("expected two clips of one kind of sound and sample rate")
    sound = clip.sound + np.float32(gain) * _fitted(other.sound, clip.sound.shape[1])
    seen = clip.pictures is not None
    return replace(clip, sound=sound, labels=_joined(clip.labels, other.labels, seen))


def _fitted(sound: Samples, samples: int) -> Samples:
    cut = sound[:, :samples]
    return np.pad(cut, ((0, 0), (0, samples - cut.shape[1])))


def _joined(labels: Annotations, other: Annotations, seen: bool) -> Annotations:
    if labels.classes != other.classes:
        raise ValueError("expected two clips of one vocabulary")
    guest = other.with_frame_count(labels.frame_count)
    guest = replace(guest, source=guest.source + labels.source.max(initial=-1) + 1)
    if seen and guest.onscreen is not None:
        guest = replace(guest, onscreen=np.zeros(len(guest), np.bool_))
    both = Annotations.concatenate([(0, part) for part in (labels, guest) if len(part)], labels.frame_count)
    both = replace(both, classes=labels.classes)
    return both.take(np.argsort(both.frame, kind="stable"))

"""Many clips as one table, so that reading and scoring run over all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Annotations, renumbering
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.types import Floats, Integers

UNKNOWN_ONSCREEN: Final = -1
"""The value of `ClipTable.onscreen` where a file does not say."""


@dataclass(frozen=True, eq=False)
class ClipTable:
    """The rows of many clips, one clip after the other, each in its file's order.

    lengths: rows of each clip, (clips,). The other arrays are (rows,): `frame` (100 ms each), `class_id`,
    `source`, `azimuth` and `elevation` (degrees) and `distance` (metres), NaN where unknown, `onscreen`
    1, 0 or `UNKNOWN_ONSCREEN`.
    """

    lengths: Integers
    frame: Integers
    class_id: Integers
    source: Integers
    azimuth: Floats
    elevation: Floats
    distance: Floats
    onscreen: NDArray[np.int8]
    classes: ClassVocabulary = STARSS23

    def __len__(self) -> int:
        """The number of clips."""
        return len(self.lengths)

    @property
    def clip(self) -> Integers:
        """The clip that each row belongs to, (rows,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @classmethod
    def from_annotations(cls, annotations: Sequence[Annotations]) -> "ClipTable":
        """The rows of several annotations, in the longest vocabulary among them.

        Class numbers of clips with another vocabulary are converted by the names of the classes.
        """
        if not annotations:
            return cls.empty()
        vocabulary = max((clip.classes for clip in annotations), key=len)
        if any(clip.classes != vocabulary[: len(clip.classes)] for clip in annotations):
            for clip in annotations:
                vocabulary = clip.renumbered(vocabulary).classes.extended(vocabulary)
            annotations = [clip.renumbered(vocabulary) for clip in annotations]
        return cls(
            lengths=np.array([len(clip) for clip in annotations], np.int64),
            frame=np.concatenate([clip.frame for clip in annotations]),
            class_id=np.concatenate([clip.class_id for clip in annotations]),
            source=np.concatenate([clip.source for clip in annotations]),
            azimuth=np.concatenate([clip.azimuth for clip in annotations]),
            elevation=np.concatenate([_elevation(clip) for clip in annotations]),
            distance=np.concatenate([clip.distance for clip in annotations]),
            onscreen=np.concatenate([_onscreen(clip) for clip in annotations]),
            classes=vocabulary,
        )

    @classmethod
    def empty(cls, clips: int = 0) -> "ClipTable":
        """So many clips in which nothing is heard."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        lengths = np.zeros(clips, np.int64)
        return cls(lengths, whole, whole, whole, real, real, real, np.empty(0, np.int8))

    def renumbered(self, classes: ClassVocabulary) -> "ClipTable":
        """Converts the class numbers to another vocabulary, by the names of the classes.

        Args:
            classes: The other vocabulary. Missing names of classes with rows are appended to it.

        Returns:
            The same rows with other class numbers. If `classes` begins this vocabulary, nothing changes.
        """
        if self.classes[: len(classes)] == classes.names:
            return self
        numbers, vocabulary = renumbering(self.classes, classes, self.class_id)
        return replace(self, class_id=numbers[self.class_id], classes=vocabulary)

    def annotations(self, index: int, frames: int = 0) -> Annotations:
        """One clip, `frames` frames long or up to its last used frame where that is later."""
        start = int(self.lengths[:index].sum())
        rows = slice(start, start + int(self.lengths[index]))
        onscreen, elevation = self.onscreen[rows], self.elevation[rows]
        used = int(self.frame[rows].max(initial=-1)) + 1
        return Annotations(
            frame=self.frame[rows],
            class_id=self.class_id[rows],
            source=self.source[rows],
            azimuth=self.azimuth[rows],
            distance=self.distance[rows],
            frame_count=max(frames, used),
            elevation=elevation if used and not np.isnan(elevation).any() else None,
            onscreen=onscreen == 1 if used and (onscreen != UNKNOWN_ONSCREEN).all() else None,
            classes=self.classes,
        )


def _elevation(clip: Annotations) -> Floats:
    return np.full(len(clip), np.nan) if clip.elevation is None else clip.elevation


def _onscreen(clip: Annotations) -> NDArray[np.int8]:
    if clip.onscreen is None:
        return np.full(len(clip), UNKNOWN_ONSCREEN, np.int8)
    return clip.onscreen.astype(np.int8)

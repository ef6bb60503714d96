"""The rows of many clips as one table, so that reading and scoring are vectorized over clips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Annotations, renumbering
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.types import Flags, Floats, Integers

UNKNOWN_ONSCREEN: Final = -1
"""Value of `ClipTable.onscreen` if the file has no on-screen flag."""


@dataclass(frozen=True, eq=False)
class ClipTable:
    """The rows of many clips, one clip after the other, in the order of their files.

    Attributes:
        lengths: Number of rows of each clip. Shape ``(clips,)``.
        frame: Index of the 100 ms frame, from 0. Shape ``(rows,)``.
        class_id: Class number, an index into `classes`. Shape ``(rows,)``.
        source: Number that distinguishes sources of one class; 0 if unknown. Shape ``(rows,)``.
        azimuth: Azimuth in degrees, positive to the left; NaN if unknown. Shape ``(rows,)``.
        elevation: Elevation in degrees, positive upwards; NaN if unknown. Shape ``(rows,)``.
        distance: Distance in metres; NaN if unknown. Shape ``(rows,)``.
        onscreen: 1 (on-screen), 0 (off-screen) or `UNKNOWN_ONSCREEN`. Shape ``(rows,)``.
        classes: Class vocabulary of all clips.
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
        """Returns the number of clips."""
        return len(self.lengths)

    @property
    def clip(self) -> Integers:
        """Index of the clip of each row. Shape ``(rows,)``."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @classmethod
    def from_annotations(cls, annotations: Sequence[Annotations]) -> "ClipTable":
        """Joins the annotations of several clips.

        Args:
            annotations: Annotations of each clip.

        Returns:
            The rows of all clips in the longest vocabulary among them. Class numbers of clips with another
            vocabulary are converted by the names of the classes.
        """
        if not annotations:
            return cls.empty()
        vocabulary = max((clip.classes for clip in annotations), key=len)
        if any(clip.classes != vocabulary[: len(clip.classes)] for clip in annotations):
            for clip in annotations:
                vocabulary = vocabulary.extended(clip.renumbered(vocabulary).classes)
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
        """Creates a table without rows.

        Args:
            clips: Number of clips.

        Returns:
            A table of clips without sound events.
        """
        integers, floats = np.empty(0, np.int64), np.empty(0)
        lengths = np.zeros(clips, np.int64)
        return cls(lengths, integers, integers, integers, floats, floats, floats, np.empty(0, np.int8))

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

    def repeated_sources(self) -> Flags:
        """Finds rows with the clip, frame, class and source number of an earlier row.

        Returns:
            Whether each row repeats an earlier one. Shape ``(rows,)``.
        """
        keys = np.stack([self.source, self.class_id, self.frame, self.clip])
        order = np.lexsort(keys)
        ranked = keys[:, order]
        repeated = np.zeros(len(order), np.bool_)
        repeated[order[1:]] = (ranked[:, 1:] == ranked[:, :-1]).all(axis=0)
        return repeated

    def annotations(self, index: int, frames: int = 0) -> Annotations:
        """Returns the annotations of one clip.

        Args:
            index: Index of the clip.
            frames: Smallest length of the clip in frames of 100 ms; it is longer if its rows are.

        Returns:
            The rows of the clip. Elevations and on-screen flags are None if one of them is unknown.
        """
        start = int(self.lengths[:index].sum())
        rows = slice(start, start + int(self.lengths[index]))
        onscreen, elevation = self.onscreen[rows], self.elevation[rows]
        used_frames = int(self.frame[rows].max(initial=-1)) + 1
        return Annotations(
            frame=self.frame[rows],
            class_id=self.class_id[rows],
            source=self.source[rows],
            azimuth=self.azimuth[rows],
            distance=self.distance[rows],
            frame_count=max(frames, used_frames),
            elevation=elevation if used_frames and not np.isnan(elevation).any() else None,
            onscreen=onscreen == 1 if used_frames and (onscreen != UNKNOWN_ONSCREEN).all() else None,
            classes=self.classes,
        )


def _elevation(clip: Annotations) -> Floats:
    return np.full(len(clip), np.nan) if clip.elevation is None else clip.elevation


def _onscreen(clip: Annotations) -> NDArray[np.int8]:
    if clip.onscreen is None:
        return np.full(len(clip), UNKNOWN_ONSCREEN, np.int8)
    return clip.onscreen.astype(np.int8)

"""Additive counts from which all scores are computed."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from seldkit.types import Flags, Floats, Integers


class Count(IntEnum):
    """Columns of `ProtocolCounts.by_class`.

    A reference and a prediction that are paired form a match. A match within all thresholds is a true
    positive.
    """

    TRUE_POSITIVES = 0
    FALSE_POSITIVES = 1
    """Predictions without a match."""
    MISLOCALIZED = 2
    """Matches beyond a threshold."""
    FALSE_NEGATIVES = 3
    """References without a match."""
    REFERENCES = 4
    PREDICTIONS = 5
    MATCHES = 6
    ANGLE = 7
    """Sum of the angles of all matches, in degrees."""
    DISTANCE = 8
    """Sum of the distance errors of the matches in `DISTANCE_KNOWN`, in metres."""
    RELATIVE_DISTANCE = 9
    """Sum of the relative distance errors of the matches in `DISTANCE_KNOWN`."""
    ONSCREEN_AGREEMENTS = 10
    """Matches with equal on-screen flags."""
    ONSCREEN_KNOWN = 11
    """Matches in which both sides have an on-screen flag."""
    DISTANCE_KNOWN = 12
    """Matches with a known reference distance; all matches in the official reading."""


class DetectionError(IntEnum):
    """Columns of `ProtocolCounts.errors`."""

    SUBSTITUTIONS = 0
    DELETIONS = 1
    INSERTIONS = 2


@dataclass(frozen=True, eq=False)
class ProtocolCounts:
    """Counts of clips. The counts of a set of clips are the sums over its clips.

    Attributes:
        by_class: Counts of each class, columns as in `Count`. Shape ``(clips, classes, 13)``. Score functions
            accept any number of leading dimensions.
        errors: Detection errors over all classes, columns as in `DetectionError`. Shape ``(clips, 3)``.
    """

    by_class: Floats
    errors: Floats

    def __len__(self) -> int:
        """Returns the number of clips."""
        return len(self.by_class)

    @classmethod
    def zeros(cls, classes: int) -> "ProtocolCounts":
        """Creates the counts of one clip without events.

        Args:
            classes: Number of classes.

        Returns:
            Counts that are all 0.
        """
        return cls(np.zeros((1, classes, len(Count))), np.zeros((1, len(DetectionError))))

    def total(self) -> "ProtocolCounts":
        """Sums the counts over the clips.

        Returns:
            Counts of a single clip.
        """
        return ProtocolCounts(
            self.by_class.sum(axis=0, keepdims=True), self.errors.sum(axis=0, keepdims=True)
        )

    def leave_one_out(self) -> "ProtocolCounts":
        """Sums the counts of all other clips, for each clip.

        Returns:
            Counts with as many clips as before.
        """
        total = self.total()
        return ProtocolCounts(total.by_class - self.by_class, total.errors - self.errors)

    def select(self, clips: Flags) -> "ProtocolCounts":
        """Selects clips.

        Args:
            clips: Mask of the clips to keep. Shape ``(clips,)``.

        Returns:
            Counts of the selected clips.
        """
        return ProtocolCounts(self.by_class[clips], self.errors[clips])

    def __add__(self, other: "ProtocolCounts") -> "ProtocolCounts":
        """Adds counts clip by clip; classes that only one side has count 0 on the other side."""
        classes = max(self.by_class.shape[1], other.by_class.shape[1])
        return ProtocolCounts(_padded(self, classes) + _padded(other, classes), self.errors + other.errors)


def _padded(counts: ProtocolCounts, classes: int) -> Floats:
    missing = classes - counts.by_class.shape[1]
    return np.pad(counts.by_class, ((0, 0), (0, missing), (0, 0)))


def sum_by_class(
    clip: Integers, class_id: Integers, values: Floats | Integers, shape: tuple[int, int]
) -> Floats:
    """Sums values by clip and class.

    Args:
        clip: Clip of each value. Shape ``(values,)``.
        class_id: Class of each value. Shape ``(values,)``.
        values: Values to add. Shape ``(values,)``.
        shape: Numbers of clips and classes.

    Returns:
        Sums. Shape ``(clips, classes)``.
    """
    clips, classes = shape
    sums = np.bincount(clip * classes + class_id, weights=values, minlength=clips * classes)
    return np.asarray(sums, np.float64).reshape(shape)


def count_detection_errors(
    clip: Integers, unit: Integers, false_positives: Floats | Integers, false_negatives: Integers, clips: int
) -> Floats:
    """Counts substitutions, deletions and insertions.

    Within a time unit, over all classes, a false positive and a false negative form one substitution; the
    rest are insertions or deletions. Source: Mesaros et al., "Joint measurement of localization and detection
    of sound events", WASPAA 2019.

    Args:
        clip: Clip of each entry, in increasing order. Shape ``(entries,)``.
        unit: Time unit of each entry (frame or segment), in increasing order within a clip. Shape
            ``(entries,)``.
        false_positives: False positives of each entry. Shape ``(entries,)``.
        false_negatives: False negatives of each entry. Shape ``(entries,)``.
        clips: Number of clips.

    Returns:
        Errors, columns as in `DetectionError`. Shape ``(clips, 3)``.
    """
    begins = np.ones(len(clip), np.bool_)
    begins[1:] = (clip[1:] != clip[:-1]) | (unit[1:] != unit[:-1])
    index = np.cumsum(begins) - 1
    positives = np.bincount(index, weights=false_positives)
    negatives = np.bincount(index, weights=false_negatives)
    columns = [
        np.minimum(positives, negatives),
        np.maximum(negatives - positives, 0),
        np.maximum(positives - negatives, 0),
    ]
    return np.stack(
        [np.bincount(clip[begins], weights=column, minlength=clips) for column in columns], axis=1
    )

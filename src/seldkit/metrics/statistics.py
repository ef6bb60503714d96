"""What a protocol counts: numbers that add over clips, so that every score and interval is a sum away."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seldkit.types import Floats, Integers


class Count(IntEnum):
    """The columns of `ProtocolCounts.by_class`."""

    HITS = 0  # matched within all thresholds
    FALSE = 1  # predictions without a partner
    MISPLACED = 2  # matched, but beyond a threshold
    MISSED = 3  # references without a partner
    REFERENCES = 4
    PREDICTIONS = 5
    PAIRS = 6  # matched, whatever the error
    ANGLE = 7  # sum over pairs, degrees
    DISTANCE = 8  # sum over pairs, metres
    RELATIVE = 9  # sum over pairs of |error| / distance
    ONSCREEN = 10  # pairs whose on-screen flags agree
    FLAGGED = 11  # pairs of which both sides say whether they are on-screen


class Error(IntEnum):
    """The columns of `ProtocolCounts.errors`: substitutions, deletions and insertions over all classes."""

    SUBSTITUTIONS = 0
    DELETIONS = 1
    INSERTIONS = 2


@dataclass(frozen=True, eq=False)
class ProtocolCounts:
    """Counts of clips: `by_class` (clips, classes, len(Count)) and `errors` (clips, len(Error)).

    Additive: the counts of a set of clips are the sums over its clips.
    """

    by_class: Floats
    errors: Floats

    def __len__(self) -> int:
        """The number of clips."""
        return len(self.by_class)

    def total(self) -> "ProtocolCounts":
        """The sum over the clips, as a single one."""
        return ProtocolCounts(
            self.by_class.sum(axis=0, keepdims=True), self.errors.sum(axis=0, keepdims=True)
        )

    def leave_one_out(self) -> "ProtocolCounts":
        """For each clip, the sum over all the others."""
        total = self.total()
        return ProtocolCounts(total.by_class - self.by_class, total.errors - self.errors)

    def __add__(self, other: "ProtocolCounts") -> "ProtocolCounts":
        """The sum, clip by clip; a class that one of them lacks counts 0 there."""
        classes = max(self.by_class.shape[1], other.by_class.shape[1])
        return ProtocolCounts(_padded(self, classes) + _padded(other, classes), self.errors + other.errors)


def _padded(statistics: ProtocolCounts, classes: int) -> Floats:
    lacking = classes - statistics.by_class.shape[1]
    return np.pad(statistics.by_class, ((0, 0), (0, lacking), (0, 0)))


def summed(clip: Integers, class_id: Integers, values: Floats | Integers, shape: tuple[int, int]) -> Floats:
    """Values added up by clip and class, (clips, classes)."""
    clips, classes = shape
    flat = np.bincount(clip * classes + class_id, weights=values, minlength=clips * classes)
    return np.asarray(flat, np.float64).reshape(shape)


def balance(clip: Integers, unit: Integers, false: NDArray[Any], missed: NDArray[Any], clips: int) -> Floats:
    """Substitutions, deletions and insertions by clip, (clips, 3).

    The entries are ordered by clip, then unit of time (a frame, a segment). Within a unit, over all classes,
    a false and a missed source make one substitution; the rest are deletions or insertions. (Mesaros et al.,
    "Joint measurement of localization and detection of sound events", WASPAA 2019.)
    """
    begins = np.ones(len(clip), np.bool_)
    begins[1:] = (clip[1:] != clip[:-1]) | (unit[1:] != unit[:-1])
    index = np.cumsum(begins) - 1
    wrong = np.bincount(index, weights=false)
    lost = np.bincount(index, weights=missed)
    columns = [np.minimum(wrong, lost), np.maximum(lost - wrong, 0), np.maximum(wrong - lost, 0)]
    return np.stack(
        [np.bincount(clip[begins], weights=column, minlength=clips) for column in columns], axis=1
    )

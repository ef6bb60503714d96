"""Which predicted event is which true one: pairs of one class and clip, each event in at most one."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.assignment import solve_assignment
from seldkit.metrics.events.event_table import EventTable, equal_pairs
from seldkit.metrics.frame_based import ANGLE, Compared
from seldkit.metrics.scores import quotient
from seldkit.types import Flags, Floats, Integers

COLLAR: Final = 0.2
"""Seconds by which onset and offset may be off."""
LENGTH_SHARE: Final = 0.2
"""The same of the offset as a share of the true event's length, where that is more."""
OVERLAP: Final = 0.5
"""Intersection over union from which two events are one."""
ROUNDING: Final = 1e-6
SURE: Final = 1000.0
"""What a hit is worth beside how good it is: more hits always come first."""


@dataclass(frozen=True, eq=False)
class Meetings:
    """All pairs of events of one class in one clip, each array (pairs,).

    onset, offset: seconds apart. overlap: intersection over union of the two spans. off: mean degrees over
    the frames that both have, relative: mean relative distance error; NaN where there are none.
    """

    reference: Integers
    prediction: Integers
    onset: Floats
    offset: Floats
    allowed: Floats
    overlap: Floats
    off: Floats
    relative: Floats

    def within_collar(self) -> Flags:
        """Onset and offset are right, wherever the source is."""
        return (self.onset <= COLLAR + ROUNDING) & (self.offset <= self.allowed + ROUNDING)

    def overlapping(self) -> Flags:
        """At least half of what either covers is common."""
        return self.overlap >= OVERLAP - ROUNDING

    def located(self) -> Flags:
        """The same, and the direction is right on average."""
        return self.overlapping() & (self.off <= ANGLE)

    def matched(self, hits: Flags) -> Integers:
        """The pairs that count, each event in one at most: as many as possible, then the best of those."""
        places = np.flatnonzero(hits)
        worth = SURE + self.overlap[places] - np.nan_to_num(self.off[places], nan=180.0) / 180.0
        return places[_best(self.reference[places], self.prediction[places], worth)]


def meetings(references: EventTable, predictions: EventTable, compared: Compared) -> Meetings:
    """Compare the events of two tables of the same clips; `compared` is of their rows."""
    size = 1 + max(int(table.class_id.max(initial=0)) for table in (references, predictions))
    i, j = equal_pairs(
        references.clip * size + references.class_id, predictions.clip * size + predictions.class_id
    )
    off, relative = _along(references, predictions, compared, i * (1 + len(predictions)) + j)
    common = np.minimum(references.offset[i], predictions.offset[j]) - np.maximum(
        references.onset[i], predictions.onset[j]
    )
    common = np.maximum(common, 0.0)
    length = references.offset - references.onset
    union = length[i] + (predictions.offset - predictions.onset)[j] - common
    return Meetings(
        reference=i,
        prediction=j,
        onset=np.abs(references.onset[i] - predictions.onset[j]),
        offset=np.abs(references.offset[i] - predictions.offset[j]),
        allowed=np.maximum(COLLAR, LENGTH_SHARE * length[i]),
        overlap=common / union,
        off=off,
        relative=relative,
    )


def same_cells(compared: Compared) -> tuple[Integers, Integers]:
    """All pairs of rows of one clip, frame and class."""
    sides = (compared.references, compared.predictions)
    frames, classes = (
        1 + max(int(getattr(side, name).max(initial=0)) for side in sides) for name in ("frame", "class_id")
    )
    keys = [(side.clip * frames + side.frame) * classes + side.class_id for side in sides]
    return equal_pairs(*keys)


def _along(
    references: EventTable, predictions: EventTable, compared: Compared, wanted: Integers
) -> tuple[Floats, Floats]:
    """Mean angle and mean relative distance error of pairs of events over their common frames, (pairs,)."""
    i, j = same_cells(compared)
    place = np.searchsorted(wanted, references.owner[i] * (1 + len(predictions)) + predictions.owner[j])
    relative = compared.relative(i, j)
    known = np.isfinite(references.rows.distance[i])

    def summed(values: Floats) -> Floats:
        return np.bincount(place, weights=values, minlength=len(wanted)).astype(np.float64)

    off = quotient(summed(compared.off(i, j)), summed(np.ones(len(i))))
    return off, quotient(summed(np.where(known, relative, 0.0)), summed(known.astype(np.float64)))


def _best(left: Integers, right: Integers, worth: Floats) -> Integers:
    """Places of the pairs of the most worth together, no event twice."""
    if len(left) == 0:
        return np.empty(0, np.int64)
    alone = (np.bincount(left)[left] == 1) & (np.bincount(right)[right] == 1)
    contested = np.flatnonzero(~alone)
    chosen = [np.flatnonzero(alone)]
    for group in _groups(left[contested], right[contested]):
        chosen.append(_assigned(contested[group], left, right, worth))
    return np.sort(np.concatenate(chosen))


def _groups(left: Integers, right: Integers) -> list[Integers]:
    """Pairs that hang together because they share events."""
    if len(left) == 0:
        return []
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = 1 + int(left.max())
    nodes = size + 1 + int(right.max())
    graph = coo_array((np.ones(len(left)), (left, size + right)), shape=(nodes, nodes))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[left], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[left][order])) + 1)


def _assigned(places: Integers, left: Integers, right: Integers, worth: Floats) -> Integers:
    rows, row = np.unique(left[places], return_inverse=True)
    columns, column = np.unique(right[places], return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    pair = np.full(table.shape, -1)
    table[row, column], pair[row, column] = worth[places], places
    taken = pair[solve_assignment(table, maximize=True)]
    return np.asarray(taken[taken >= 0])

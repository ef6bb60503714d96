"""Matching of predicted with reference events of the same class and clip."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.assignment import solve_assignment
from seldkit.metrics.events.event_table import EventTable, equal_pairs
from seldkit.metrics.row_comparison import RowComparison
from seldkit.metrics.row_selection import cell_keys, key_sizes
from seldkit.metrics.scores import quotient
from seldkit.types import Flags, Floats, Integers

COLLAR_SECONDS: Final = 0.2
"""Largest error of onset and offset in seconds."""

OFFSET_COLLAR_SHARE: Final = 0.2
"""Largest error of the offset as a share of the reference event's length, if that is more."""

MIN_OVERLAP: Final = 0.5
"""Smallest intersection over union."""

ROUNDING_TOLERANCE: Final = 1e-6

HIT_VALUE: Final = 1000.0
"""Value of a match; larger than all differences in quality, so that more matches always come first."""


@dataclass(frozen=True, eq=False)
class EventPairs:
    """All pairs of a reference event and a predicted event of one class in one clip.

    Attributes:
        reference: Number of the reference event. Shape ``(pairs,)``.
        prediction: Number of the predicted event. Shape ``(pairs,)``.
        onset_error: Absolute difference of the onsets in seconds. Shape ``(pairs,)``.
        offset_error: Absolute difference of the offsets in seconds. Shape ``(pairs,)``.
        offset_collar: Largest allowed offset error in seconds. Shape ``(pairs,)``.
        overlap: Intersection over union of the time spans, 0 to 1. Shape ``(pairs,)``.
        angle: Mean angle over common frames in degrees, NaN without common frames. Shape ``(pairs,)``.
        relative_distance_error: Mean over common frames with a reference distance, else NaN. Shape
            ``(pairs,)``.
        max_angle_deg: Largest angle of a hit, in degrees.
    """

    reference: Integers
    prediction: Integers
    onset_error: Floats
    offset_error: Floats
    offset_collar: Floats
    overlap: Floats
    angle: Floats
    relative_distance_error: Floats
    max_angle_deg: float

    def within_collar(self) -> Flags:
        """Finds pairs with correct onset and offset, whatever the direction.

        Returns:
            Mask. Shape ``(pairs,)``.
        """
        onset = self.onset_error <= COLLAR_SECONDS + ROUNDING_TOLERANCE
        return onset & (self.offset_error <= self.offset_collar + ROUNDING_TOLERANCE)

    def overlapping(self) -> Flags:
        """Finds pairs with sufficient overlap, whatever the direction.

        Returns:
            Mask. Shape ``(pairs,)``.
        """
        return self.overlap >= MIN_OVERLAP - ROUNDING_TOLERANCE

    def localized(self) -> Flags:
        """Finds pairs with sufficient overlap and a correct mean direction.

        Returns:
            Mask. Shape ``(pairs,)``.
        """
        return self.overlapping() & (self.angle <= self.max_angle_deg)

    def match(self, hits: Flags) -> Integers:
        """Selects pairs so that each event is in at most one.

        As many pairs as possible are selected; among such selections, the one with the largest total overlap
        and the smallest angles.

        Args:
            hits: Mask of the pairs that may be selected. Shape ``(pairs,)``.

        Returns:
            Numbers of the selected pairs, increasing.
        """
        pairs = np.flatnonzero(hits)
        value = HIT_VALUE + self.overlap[pairs] - np.nan_to_num(self.angle[pairs], nan=180.0) / 180.0
        return pairs[_best_pairs(self.reference[pairs], self.prediction[pairs], value)]


def pair_events(references: EventTable, predictions: EventTable, comparison: RowComparison) -> EventPairs:
    """Compares all events of the same class and clip.

    Args:
        references: Reference events.
        predictions: Predicted events of the same clips.
        comparison: Comparison of the events' rows.

    Returns:
        All pairs.
    """
    size = 1 + max(int(table.class_id.max(initial=0)) for table in (references, predictions))
    i, j = equal_pairs(
        references.clip * size + references.class_id, predictions.clip * size + predictions.class_id
    )
    angle, relative_error = _mean_errors(references, predictions, comparison, i * (1 + len(predictions)) + j)
    intersection = np.minimum(references.offset[i], predictions.offset[j]) - np.maximum(
        references.onset[i], predictions.onset[j]
    )
    intersection = np.maximum(intersection, 0.0)
    length = references.offset - references.onset
    union = length[i] + (predictions.offset - predictions.onset)[j] - intersection
    return EventPairs(
        reference=i,
        prediction=j,
        onset_error=np.abs(references.onset[i] - predictions.onset[j]),
        offset_error=np.abs(references.offset[i] - predictions.offset[j]),
        offset_collar=np.maximum(COLLAR_SECONDS, OFFSET_COLLAR_SHARE * length[i]),
        overlap=intersection / union,
        angle=angle,
        relative_distance_error=relative_error,
        max_angle_deg=comparison.rules.max_angle_deg,
    )


def pair_rows_in_cells(comparison: RowComparison) -> tuple[Integers, Integers]:
    """Finds all pairs of rows of the same clip, frame and class.

    Args:
        comparison: Rows of both sides.

    Returns:
        Row numbers of references and predictions. Shape ``(pairs,)`` each.
    """
    sides = (comparison.references, comparison.predictions)
    sizes = key_sizes(*sides)
    return equal_pairs(*(cell_keys(side, *sizes) for side in sides))


def _mean_errors(
    references: EventTable, predictions: EventTable, comparison: RowComparison, pair_keys: Integers
) -> tuple[Floats, Floats]:
    """Mean angle and relative distance error over common frames of pairs with sorted keys, ``(pairs,)``."""
    i, j = pair_rows_in_cells(comparison)
    keys = references.event[i] * (1 + len(predictions)) + predictions.event[j]
    pair = np.searchsorted(pair_keys, keys)
    relative_error = comparison.relative_distance_error(i, j)
    known = np.isfinite(references.rows.distance[i]) & comparison.distance_known[i]

    def total(values: Floats) -> Floats:
        return np.bincount(pair, weights=values, minlength=len(pair_keys)).astype(np.float64)

    angle = quotient(total(comparison.angle(i, j)), total(np.ones(len(i))))
    return angle, quotient(total(np.where(known, relative_error, 0.0)), total(known.astype(np.float64)))


def _best_pairs(left: Integers, right: Integers, value: Floats) -> Integers:
    """Positions of the pairs with the largest total value, each event in at most one."""
    if len(left) == 0:
        return np.empty(0, np.int64)
    single = (np.bincount(left)[left] == 1) & (np.bincount(right)[right] == 1)
    contested = np.flatnonzero(~single)
    selected = [np.flatnonzero(single)]
    for group in _connected_pairs(left[contested], right[contested]):
        selected.append(_assign(contested[group], left, right, value))
    return np.sort(np.concatenate(selected))


def _connected_pairs(left: Integers, right: Integers) -> list[Integers]:
    """Groups of pairs that are connected by common events."""
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


def _assign(pairs: Integers, left: Integers, right: Integers, value: Floats) -> Integers:
    """The pairs of one group with the largest total value."""
    rows, row = np.unique(left[pairs], return_inverse=True)
    columns, column = np.unique(right[pairs], return_inverse=True)
    values = np.zeros((len(rows), len(columns)))
    pair_at = np.full(values.shape, -1)
    values[row, column], pair_at[row, column] = value[pairs], pairs
    assigned = pair_at[solve_assignment(values, maximize=True)]
    return np.asarray(assigned[assigned >= 0])

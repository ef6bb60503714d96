"""Scores by properties of the sources: class, polyphony, distance and on-screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import join_classes
from seldkit.metrics.protocol import DEFAULT_PROTOCOL
from seldkit.metrics.row_pairs import RowPairs, pair_rows
from seldkit.metrics.scores import extend_class_names, nan_to_none, quotient
from seldkit.types import Flags, Floats, Integers

MAX_POLYPHONY: Final = 4
"""Number of simultaneous sources from which frames are in one group."""

DISTANCE_LIMITS_M: Final = (1.0, 2.0, 4.0)
"""Limits of the distance groups in metres."""

_POLYPHONY_GROUPS: Final = (*(str(number) for number in range(MAX_POLYPHONY)), f"{MAX_POLYPHONY} or more")
_DISTANCE_GROUPS: Final = (
    f"below {DISTANCE_LIMITS_M[0]:g} m",
    *(f"{low:g} to {high:g} m" for low, high in pairwise(DISTANCE_LIMITS_M)),
    f"{DISTANCE_LIMITS_M[-1]:g} m and more",
    "unknown",
)
_ONSCREEN_GROUPS: Final = ("off-screen", "on-screen", "unknown")  # an unknown flag is -1: the last group


@dataclass(frozen=True)
class SourceGroup:
    """Scores of a group of rows. Scores are NaN if there is nothing to measure.

    Attributes:
        name: Name of the group.
        references: Number of reference rows.
        predictions: Number of prediction rows.
        hits: Number of pairs within the protocol's thresholds of angle and relative distance.
        f_score: 2 · hits / (references + predictions).
        recall: hits / references.
        precision: hits / predictions.
        doa_error: Mean angle of the pairs in degrees.
        relative_distance_error: Mean distance error of the pairs as a fraction of the reference distance.
        onscreen_accuracy: Share of pairs with equal on-screen flags.
    """

    name: str
    references: int
    predictions: int
    hits: int
    f_score: float
    recall: float
    precision: float
    doa_error: float
    relative_distance_error: float
    onscreen_accuracy: float

    def to_dict(self) -> dict[str, Any]:
        """Converts the group for JSON; NaN becomes None.

        Returns:
            Values by name.
        """
        return nan_to_none(vars(self))


@dataclass(frozen=True)
class Breakdown:
    """Scores by groups of rows. Groups without rows are left out.

    Attributes:
        by_class: Groups by class.
        polyphony: Groups by the number of reference sources in the frame.
        distance: Groups by distance.
        onscreen: Groups by on-screen flag.
    """

    by_class: tuple[SourceGroup, ...]
    polyphony: tuple[SourceGroup, ...]
    distance: tuple[SourceGroup, ...]
    onscreen: tuple[SourceGroup, ...]

    def to_dict(self) -> dict[str, Any]:
        """Converts the groups for JSON.

        Returns:
            Lists of groups by property.
        """
        return {name: [group.to_dict() for group in groups] for name, groups in vars(self).items()}


def breakdown(
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    protocol: str = DEFAULT_PROTOCOL,
) -> Breakdown:
    """Computes scores by properties of the sources, in the strict reading.

    A prediction with a pair is in the group of its reference, so that a wrong distance counts in the group of
    the true distance. A prediction without a pair is in the group of its own values.

    Args:
        references: References of clips.
        predictions: Predictions of the same clips, in the same order.
        protocol: Name of the scoring protocol.

    Returns:
        Groups in which every row is counted once for each property.

    Raises:
        SeldkitError: The numbers of clips differ, or the protocol is unknown.
    """
    pairs = pair_rows(references, predictions, protocol)
    # The tables of the comparison have 0 where distances are unknown.
    reference_rows = ClipTable.from_annotations(references)
    sides = reference_rows, ClipTable.from_annotations(predictions).renumbered(reference_rows.classes)
    return Breakdown(
        by_class=_groups(pairs, join_classes(*sides), *(side.class_id for side in sides)),
        polyphony=_groups(pairs, _POLYPHONY_GROUPS, *_polyphony(*sides)),
        distance=_groups(pairs, _DISTANCE_GROUPS, *_distance_groups(*sides)),
        onscreen=_groups(pairs, _ONSCREEN_GROUPS, *(side.onscreen.astype(np.int64) for side in sides)),
    )


def _polyphony(references: ClipTable, predictions: ClipTable) -> tuple[Integers, Integers]:
    """Number of reference sources in the frame of each row, at most `MAX_POLYPHONY`."""
    sides = (references, predictions)
    frames = 1 + max(int(side.frame.max(initial=0)) for side in sides)
    keys = [side.clip * frames + side.frame for side in sides]
    counts = np.minimum(np.bincount(keys[0], minlength=len(references) * frames), MAX_POLYPHONY)
    return counts[keys[0]], counts[keys[1]]


def _distance_groups(references: ClipTable, predictions: ClipTable) -> tuple[Integers, Integers]:
    """Distance group of each row. A reference distance of 0 is unknown."""
    known = (references.distance > 0, ~np.isnan(predictions.distance))
    groups = (
        np.searchsorted(DISTANCE_LIMITS_M, side.distance, side="right") for side in (references, predictions)
    )
    first, second = (np.where(mask, group, -1) for mask, group in zip(known, groups, strict=True))
    return first, second


def _groups(
    pairs: RowPairs, names: Sequence[str], references: Integers, predictions: Integers
) -> tuple[SourceGroup, ...]:
    """Groups from the group number of each row; negative numbers count from the end."""
    size = max(len(names), *(1 + int(side.max(initial=-1)) for side in (references, predictions)))
    references, predictions = references % size, predictions % size
    predictions[pairs.prediction] = references[pairs.reference]
    group = references[pairs.reference]

    def total(values: Floats | Flags) -> Floats:
        return np.bincount(group, weights=values, minlength=size).astype(np.float64)

    reference_count, prediction_count = (
        np.bincount(side, minlength=size).astype(np.float64) for side in (references, predictions)
    )
    hits, known = total(pairs.true_positive), ~np.isnan(pairs.relative_distance_error)
    columns = [
        quotient(2 * hits, reference_count + prediction_count),
        quotient(hits, reference_count),
        quotient(hits, prediction_count),
        quotient(total(pairs.angle), total(np.ones(len(group)))),
        quotient(total(np.nan_to_num(pairs.relative_distance_error)), total(known)),
        quotient(total(pairs.onscreen_agrees), total(pairs.onscreen_known)),
    ]
    table = np.stack(columns, axis=1)
    labels = extend_class_names(names, size)
    return tuple(
        SourceGroup(
            labels[row],
            *(int(counts[row]) for counts in (reference_count, prediction_count, hits)),
            *map(float, table[row]),
        )
        for row in np.flatnonzero(reference_count + prediction_count).tolist()
    )

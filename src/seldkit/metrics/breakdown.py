"""Scores by what the sources are: class, how many sound at once, how far away, on the screen or off it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.row_pairs import RowPairs, paired_rows
from seldkit.metrics.scores import quotient
from seldkit.types import Floats, Integers

MOST_AT_ONCE: Final = 4
DISTANCES: Final = (1.0, 2.0, 4.0)
"""Metres between the groups of distance."""


@dataclass(frozen=True)
class SourceGroup:
    """The rows of one group.

    hits: pairs within 20 degrees and relative distance 1. f_score: 2 hits / (references + predictions).
    recall, precision: hits / references, hits / predictions. doa_error (degrees), relative_distance_error
    and onscreen_accuracy are means over pairs. NaN where there is nothing to measure.
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
        """For JSON: what is not a number becomes None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Breakdown:
    """The groups by class, polyphony (sources of the reference in the frame), distance and on-screen."""

    by_class: tuple[SourceGroup, ...]
    polyphony: tuple[SourceGroup, ...]
    distance: tuple[SourceGroup, ...]
    onscreen: tuple[SourceGroup, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: [group.to_dict() for group in groups] for name, groups in vars(self).items()}


def breakdown(
    references: Sequence[Annotations], predictions: Sequence[Annotations], protocol: str = "dcase2025"
) -> Breakdown:
    """The scores of clips, paired by position, by the sources' properties, in the strict reading.

    A prediction that has a partner is in the partner's group, so that a wrong distance counts against the
    distance that is true; one without a partner is in the group of what it says itself. Every row is in one
    group of each kind; groups without rows are left out. Raises SeldkitError.
    """
    pairs = paired_rows(references, predictions, protocol)
    truth, found = ClipTable.of(references), ClipTable.of(predictions)
    names = truth.classes + found.classes[len(truth.classes) :]
    at_once = _sources_at_once(truth, found)
    return Breakdown(
        by_class=_groups(pairs, names, truth.class_id, found.class_id),
        polyphony=_groups(pairs, _POLYPHONY, *at_once),
        distance=_groups(pairs, _DISTANCE, _distance_group(truth), _distance_group(found)),
        onscreen=_groups(pairs, _ONSCREEN, truth.onscreen.astype(np.int64), found.onscreen.astype(np.int64)),
    )


_POLYPHONY: Final = (*(str(number) for number in range(MOST_AT_ONCE)), f"{MOST_AT_ONCE} or more")
_DISTANCE: Final = (
    f"below {DISTANCES[0]:g} m",
    *(f"{low:g} to {high:g} m" for low, high in pairwise(DISTANCES)),
    f"{DISTANCES[-1]:g} m and more",
    "unknown",
)
_ONSCREEN: Final = ("off-screen", "on-screen", "not said")  # -1, what files do not say, is the last


def _sources_at_once(truth: ClipTable, found: ClipTable) -> tuple[Integers, Integers]:
    """The sources that the reference has in each row's frame, at most `MOST_AT_ONCE`."""
    frames = 1 + max(int(side.frame.max(initial=0)) for side in (truth, found))
    keys = [side.clip * frames + side.frame for side in (truth, found)]
    counts = np.minimum(np.bincount(keys[0], minlength=len(truth) * frames), MOST_AT_ONCE)
    return counts[keys[0]], counts[keys[1]]


def _distance_group(clips: ClipTable) -> Integers:
    return np.where(np.isnan(clips.distance), -1, np.searchsorted(DISTANCES, clips.distance, side="right"))


def _groups(
    pairs: RowPairs, names: Sequence[str], references: Integers, predictions: Integers
) -> tuple[SourceGroup, ...]:
    """Groups from the group number of each row of both sides; negative ones count from the end."""
    size = max(len(names), *(1 + int(side.max(initial=-1)) for side in (references, predictions)))
    references, predictions = references % size, predictions % size
    predictions[pairs.prediction] = references[pairs.reference]
    group = references[pairs.reference]

    def added(values: NDArray[Any]) -> Floats:
        return np.bincount(group, weights=values, minlength=size).astype(np.float64)

    true, said = (np.bincount(side, minlength=size).astype(np.float64) for side in (references, predictions))
    hits, known = added(pairs.near & pairs.ranged), ~np.isnan(pairs.relative)
    columns = [
        quotient(2 * hits, true + said),
        quotient(hits, true),
        quotient(hits, said),
        quotient(added(pairs.off), added(np.ones(len(group)))),
        quotient(added(np.nan_to_num(pairs.relative)), added(known)),
        quotient(added(pairs.agreed), added(pairs.said)),
    ]
    table = np.stack(columns, axis=1)
    return tuple(
        SourceGroup(
            _name(names, row), int(true[row]), int(said[row]), int(hits[row]), *map(float, table[row])
        )
        for row in np.flatnonzero(true + said).tolist()
    )


def _name(names: Sequence[str], row: int) -> str:
    return names[row] if row < len(names) else f"class {row}"

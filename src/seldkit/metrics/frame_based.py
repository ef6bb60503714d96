"""The protocols that count frame by frame: 2024 (directions in space) and 2025 (folded azimuth).

In each 100 ms frame and class, references and predictions are paired by the least total angle. A pair is a
hit when its angle is at most 20 degrees, its relative distance error at most 1, and, where that is required,
its on-screen flags agree. Source: the baselines' evaluators of DCASE 2024 and 2025 Task 3.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from seldkit.annotations import Floats, Integers
from seldkit.formats import Clips
from seldkit.metrics.angles import folded_difference, great_circle, great_circle_2024
from seldkit.metrics.matching import Cells, Pairs, cells_and_pairs
from seldkit.metrics.selection import Rules, before, last_frames, within_tracks
from seldkit.metrics.statistics import Count, Statistics, balance, summed

ANGLE: Final = 20.0
RELATIVE_DISTANCE: Final = 1.0
EPSILON: Final = float(np.finfo(float).eps)

Angle = Callable[[Clips, Integers, Clips, Integers], Floats]


def count_2025(references: Clips, predictions: Clips, rules: Rules) -> Statistics:
    """The counts of DCASE 2025, distances compared in centimetres as the files hold them."""
    if rules.official:
        references, predictions = _official_rows(references, predictions, rules.classes)
        references, predictions = within_tracks(references), within_tracks(predictions)
    return _counted(
        references, predictions, rules, _folded, _centimetres(references), _centimetres(predictions), 100
    )


def count_2024(references: Clips, predictions: Clips, rules: Rules) -> Statistics:
    """The counts of DCASE 2024, distances compared in metres."""
    angle = _spherical
    if rules.official:
        references, predictions = _official_rows(references, predictions, rules.classes)
        angle = _spherical_2024
    return _counted(references, predictions, rules, angle, references.distance, predictions.distance, 1)


def _official_rows(references: Clips, predictions: Clips, classes: int) -> tuple[Clips, Clips]:
    """All rows before the last annotated frame, which the evaluators take for the number of frames."""
    ends = last_frames(references)
    return before(references, ends, classes), before(predictions, ends, classes)


def _centimetres(clips: Clips) -> Floats:
    """The distance as the file had it: undoes the rounding of the division by 100."""
    return np.round(clips.distance * 100, 6)


def _folded(left: Clips, i: Integers, right: Clips, j: Integers) -> Floats:
    return folded_difference(left.azimuth[i], right.azimuth[j])


def _spherical(left: Clips, i: Integers, right: Clips, j: Integers) -> Floats:
    return great_circle(left.azimuth[i], left.elevation[i], right.azimuth[j], right.elevation[j])


def _spherical_2024(left: Clips, i: Integers, right: Clips, j: Integers) -> Floats:
    return great_circle_2024(left.azimuth[i], left.elevation[i], right.azimuth[j], right.elevation[j])


def _counted(
    references: Clips,
    predictions: Clips,
    rules: Rules,
    angle: Angle,
    reference_distance: Floats,
    distance: Floats,
    per_metre: float,
) -> Statistics:
    def relative(i: Integers, j: Integers) -> Floats:
        true = reference_distance[i]
        return np.asarray(np.abs(true - distance[j]) / (true + EPSILON))

    def wrong(i: Integers, j: Integers, off: Floats) -> Floats:
        mistaken = references.onscreen[i] != predictions.onscreen[j]
        beyond = (off > ANGLE) | (relative(i, j) > RELATIVE_DISTANCE)
        return np.asarray(beyond | (mistaken & rules.require_onscreen), np.float64)

    def cost(i: Integers, j: Integers) -> Floats:
        off = angle(references, i, predictions, j)
        if rules.official:
            return off
        # Equal angles: the pairing that hits more, then the nearer one with agreeing flags, in any row order.
        metres = np.abs(reference_distance[i] - distance[j]) / per_metre
        mistaken = references.onscreen[i] != predictions.onscreen[j]
        apart = relative(i, j) + 0.01 * metres + 0.001 * mistaken
        return np.asarray(off + 1e-4 * wrong(i, j, off) + 1e-7 * np.minimum(apart, 100))

    cells, pairs = cells_and_pairs(references, predictions, cost)
    i, j = pairs.reference, pairs.prediction
    off = angle(references, i, predictions, j)
    flagged = (references.onscreen[i] >= 0) & (predictions.onscreen[j] >= 0)
    columns = {
        Count.MISPLACED: wrong(i, j, off),
        Count.PAIRS: np.ones(len(i)),
        Count.ANGLE: off,
        Count.DISTANCE: np.abs(reference_distance[i] - distance[j]),
        Count.RELATIVE: relative(i, j),
        Count.ONSCREEN: (flagged & (references.onscreen[i] == predictions.onscreen[j])).astype(np.float64),
        Count.FLAGGED: flagged.astype(np.float64),
    }
    return _added(cells, pairs, columns, (len(references), _class_count(cells, rules)), per_metre)


def _class_count(cells: Cells, rules: Rules) -> int:
    return max(rules.classes, int(cells.class_id.max(initial=-1)) + 1)


def _added(
    cells: Cells, pairs: Pairs, columns: dict[Count, Floats], shape: tuple[int, int], per_metre: float
) -> Statistics:
    by_class = np.zeros((*shape, len(Count)))
    clip, class_id = cells.clip[pairs.cell], cells.class_id[pairs.cell]
    for column, values in columns.items():
        by_class[..., column] = summed(clip, class_id, values, shape)
    by_class[..., Count.DISTANCE] /= per_metre
    false = np.maximum(cells.predictions - cells.references, 0)
    missed = np.maximum(cells.references - cells.predictions, 0)
    of_cells = {
        Count.FALSE: false,
        Count.MISSED: missed,
        Count.REFERENCES: cells.references,
        Count.PREDICTIONS: cells.predictions,
    }
    for column, counted in of_cells.items():
        by_class[..., column] = summed(cells.clip, cells.class_id, counted, shape)
    by_class[..., Count.HITS] = by_class[..., Count.PAIRS] - by_class[..., Count.MISPLACED]
    misplaced = np.bincount(pairs.cell, weights=columns[Count.MISPLACED], minlength=len(cells.clip))
    return Statistics(by_class, balance(cells.clip, cells.frame, false + misplaced, missed, shape[0]))

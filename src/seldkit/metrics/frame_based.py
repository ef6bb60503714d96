"""The protocols that count frame by frame: 2024 (directions in space) and 2025 (folded azimuth).

In each 100 ms frame and class, references and predictions are paired by the least total angle. A pair is a
hit when its angle is at most 20 degrees, its relative distance error at most 1, and, where that is required,
its on-screen flags agree. Source: the baselines' evaluators of DCASE 2024 and 2025 Task 3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.formats import ClipTable
from seldkit.metrics.angles import folded_difference, great_circle, great_circle_2024
from seldkit.metrics.matching import Cells, Pairs, cells_and_pairs
from seldkit.metrics.selection import Rules, before, last_frames, within_tracks
from seldkit.metrics.statistics import Count, ProtocolCounts, balance, summed
from seldkit.types import Flags, Floats, Integers

ANGLE: Final = 20.0
RELATIVE_DISTANCE: Final = 1.0
EPSILON: Final = float(np.finfo(float).eps)

Angle = Callable[[ClipTable, Integers, ClipTable, Integers], Floats]


def count_2025(references: ClipTable, predictions: ClipTable, rules: Rules) -> ProtocolCounts:
    """The counts of DCASE 2025, distances compared in centimetres as the files hold them."""
    if rules.official:
        references, predictions = _official_rows(references, predictions, rules.classes)
        references, predictions = within_tracks(references), within_tracks(predictions)
    return _counted(compared_2025(references, predictions, rules))


def count_2024(references: ClipTable, predictions: ClipTable, rules: Rules) -> ProtocolCounts:
    """The counts of DCASE 2024, distances compared in metres."""
    if rules.official:
        references, predictions = _official_rows(references, predictions, rules.classes)
    return _counted(compared_2024(references, predictions, rules))


def compared_2025(references: ClipTable, predictions: ClipTable, rules: Rules) -> "Compared":
    """Two tables under the rules of 2025."""
    distances = (_centimetres(references), _centimetres(predictions))
    return Compared(references, predictions, rules, _folded, distances, 100)


def compared_2024(references: ClipTable, predictions: ClipTable, rules: Rules) -> "Compared":
    """Two tables under the rules of 2024."""
    angle = _spherical_2024 if rules.official else _spherical
    return Compared(references, predictions, rules, angle, (references.distance, predictions.distance), 1)


def _official_rows(
    references: ClipTable, predictions: ClipTable, classes: int
) -> tuple[ClipTable, ClipTable]:
    """All rows before the last annotated frame, which the evaluators take for the number of frames."""
    ends = last_frames(references)
    return before(references, ends, classes), before(predictions, ends, classes)


def _centimetres(clips: ClipTable) -> Floats:
    """The distance as the file had it: undoes the rounding of the division by 100."""
    return np.round(clips.distance * 100, 6)


def _folded(left: ClipTable, i: Integers, right: ClipTable, j: Integers) -> Floats:
    return folded_difference(left.azimuth[i], right.azimuth[j])


def _spherical(left: ClipTable, i: Integers, right: ClipTable, j: Integers) -> Floats:
    return great_circle(left.azimuth[i], left.elevation[i], right.azimuth[j], right.elevation[j])


def _spherical_2024(left: ClipTable, i: Integers, right: ClipTable, j: Integers) -> Floats:
    return great_circle_2024(left.azimuth[i], left.elevation[i], right.azimuth[j], right.elevation[j])


@dataclass(frozen=True, eq=False)
class Compared:
    """Two tables of the same clips, and how a protocol compares a row of one with a row of the other.

    distances: of both sides in the unit of which `per_metre` make a metre. Row numbers i of the references
    and j of the predictions are broadcast against each other.
    """

    references: ClipTable
    predictions: ClipTable
    rules: Rules
    angle: Angle
    distances: tuple[Floats, Floats]
    per_metre: float

    def off(self, i: Integers, j: Integers) -> Floats:
        """Degrees between the directions."""
        return self.angle(self.references, i, self.predictions, j)

    def apart(self, i: Integers, j: Integers) -> Floats:
        """The difference of the distances, in their unit."""
        return np.asarray(np.abs(self.distances[0][i] - self.distances[1][j]))

    def relative(self, i: Integers, j: Integers) -> Floats:
        """The same as a share of the reference's distance."""
        return np.asarray(self.apart(i, j) / (self.distances[0][i] + EPSILON))

    def mistaken(self, i: Integers, j: Integers) -> Flags:
        """Whether the on-screen flags differ."""
        return np.asarray(self.references.onscreen[i] != self.predictions.onscreen[j])

    def misplaced(self, i: Integers, j: Integers) -> Flags:
        """Whether a pair is no hit."""
        beyond = (self.off(i, j) > ANGLE) | (self.relative(i, j) > RELATIVE_DISTANCE)
        return np.asarray(beyond | (self.mistaken(i, j) & self.rules.require_onscreen))

    def pairs(self) -> tuple[Cells, Pairs]:
        """The cells of frames and classes, and the rows that are matched in them."""
        return cells_and_pairs(self.references, self.predictions, self._cost)

    def _cost(self, i: Integers, j: Integers) -> Floats:
        off = self.off(i, j)
        if self.rules.official:
            return off
        # Equal angles: the pairing that hits more, then the nearer one with agreeing flags, in any row order.
        metres = self.apart(i, j) / self.per_metre
        rest = self.relative(i, j) + 0.01 * metres + 0.001 * self.mistaken(i, j)
        return np.asarray(off + 1e-4 * self.misplaced(i, j) + 1e-7 * np.minimum(rest, 100))


def _counted(compared: Compared) -> ProtocolCounts:
    references, predictions = compared.references, compared.predictions
    cells, pairs = compared.pairs()
    i, j = pairs.reference, pairs.prediction
    flagged = (references.onscreen[i] >= 0) & (predictions.onscreen[j] >= 0)
    columns = {
        Count.MISPLACED: compared.misplaced(i, j).astype(np.float64),
        Count.PAIRS: np.ones(len(i)),
        Count.ANGLE: compared.off(i, j),
        Count.DISTANCE: compared.apart(i, j),
        Count.RELATIVE: compared.relative(i, j),
        Count.ONSCREEN: (flagged & ~compared.mistaken(i, j)).astype(np.float64),
        Count.FLAGGED: flagged.astype(np.float64),
    }
    shape = (len(references), _class_count(cells, compared.rules))
    return _added(cells, pairs, columns, shape, compared.per_metre)


def _class_count(cells: Cells, rules: Rules) -> int:
    return max(rules.classes, int(cells.class_id.max(initial=-1)) + 1)


def _added(
    cells: Cells, pairs: Pairs, columns: dict[Count, Floats], shape: tuple[int, int], per_metre: float
) -> ProtocolCounts:
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
    return ProtocolCounts(by_class, balance(cells.clip, cells.frame, false + misplaced, missed, shape[0]))

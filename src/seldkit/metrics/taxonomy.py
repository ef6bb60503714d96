"""What goes wrong, row by row: every reference and every prediction in exactly one kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.frame_based import ANGLE, Compared
from seldkit.metrics.matching import cells_and_pairs
from seldkit.metrics.row_pairs import RowPairs, paired_rows
from seldkit.metrics.selection import rows
from seldkit.types import Flags, Integers


class ErrorKind(IntEnum):
    """The kinds, in the order in which they are asked for: a row is of the first that fits.

    The first six count one reference with one prediction, of one class but for WRONG_CLASS.
    """

    MIRRORED = 0  # beyond 20 degrees, and within 20 with left and right exchanged
    WRONG_DIRECTION = 1  # beyond 20 degrees
    WRONG_DISTANCE = 2  # relative distance error above 1
    WRONG_ONSCREEN = 3  # both say whether it is on the screen, and differ
    CORRECT = 4
    WRONG_CLASS = 5  # rows without a partner of their class that lie within 20 degrees in one frame
    MISSED = 6  # a reference left over
    FALSE = 7  # a prediction left over


PAIRED: Final = tuple(kind for kind in ErrorKind if kind not in (ErrorKind.MISSED, ErrorKind.FALSE))
"""The kinds that count a row of each side."""


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """How many rows are of each kind.

    by_class: (classes, kinds), by the class of the reference, or of the prediction where it is false.
    confusions: (classes, classes), rows of the reference's class that were given another one's name.
    """

    by_class: Integers
    confusions: Integers
    classes: tuple[str, ...]

    def __getitem__(self, kind: ErrorKind) -> int:
        """The rows of a kind, all classes together."""
        return int(self.by_class[:, kind].sum())

    @property
    def references(self) -> int:
        """Rows of the references: all kinds but FALSE."""
        return sum(self[kind] for kind in ErrorKind if kind is not ErrorKind.FALSE)

    @property
    def predictions(self) -> int:
        """Rows of the predictions: all kinds but MISSED."""
        return sum(self[kind] for kind in ErrorKind if kind is not ErrorKind.MISSED)

    def to_dict(self) -> dict[str, Any]:
        """For JSON: counts by kind, by class, and the classes that were taken for others."""
        names = {kind: kind.name.lower() for kind in ErrorKind}
        return {
            "references": self.references,
            "predictions": self.predictions,
            "counts": {name: self[kind] for kind, name in names.items()},
            "by_class": {name: self.by_class[:, kind].tolist() for kind, name in names.items()},
            "confusions": self.confusions.tolist(),
            "classes": list(self.classes),
        }


def taxonomy(
    references: Sequence[Annotations], predictions: Sequence[Annotations], protocol: str = "dcase2025"
) -> Taxonomy:
    """Sort all rows of clips, paired by position, into kinds.

    Rows of one frame and class are paired as the strict reading of the protocol pairs them; a pair is of the
    first of `ErrorKind` that fits. What is left over is then paired across classes, nearest first in total,
    where it lies within 20 degrees; the rest is missed or false. Unknown angles of predictions count as 0, as
    in the scores. (After the error analyses of Mesaros et al., WASPAA 2019, and Hoiem et al., ECCV 2012.)
    Raises SeldkitError.
    """
    pairs = paired_rows(references, predictions, protocol)
    truth, found = pairs.compared.references, pairs.compared.predictions
    names = truth.classes + found.classes[len(truth.classes) :]
    size = max(len(names), *(1 + int(side.class_id.max(initial=-1)) for side in (truth, found)))
    lone, false = (np.flatnonzero(mask) for mask in pairs.lone)
    first, second = _of_other_classes(pairs.compared, lone, false)
    by_class = np.zeros((size, len(ErrorKind)), np.int64)
    counted = [
        (truth.class_id[pairs.reference], _kinds(pairs)),
        (truth.class_id[first], np.array(ErrorKind.WRONG_CLASS)),
        (truth.class_id[np.setdiff1d(lone, first)], np.array(ErrorKind.MISSED)),
        (found.class_id[np.setdiff1d(false, second)], np.array(ErrorKind.FALSE)),
    ]
    for class_id, kind in counted:
        np.add.at(by_class, (class_id, kind), 1)
    confusions = np.zeros((size, size), np.int64)
    np.add.at(confusions, (truth.class_id[first], found.class_id[second]), 1)
    more = tuple(f"class {number}" for number in range(len(names), size))
    return Taxonomy(by_class, confusions, names + more)


def _kinds(pairs: RowPairs) -> Integers:
    """The kind of each pair, (pairs,)."""
    compared = pairs.compared
    flipped = replace(
        compared, predictions=replace(compared.predictions, azimuth=-compared.predictions.azimuth)
    )
    mirrored = flipped.off(pairs.reference, pairs.prediction) <= ANGLE
    fits: list[Flags] = [~pairs.near & mirrored, ~pairs.near, ~pairs.ranged, pairs.said & ~pairs.agreed]
    return np.select(fits, list(ErrorKind)[: len(fits)], ErrorKind.CORRECT)


def _of_other_classes(compared: Compared, lone: Integers, false: Integers) -> tuple[Integers, Integers]:
    """Rows without a partner that share a frame and a direction: row numbers of both sides, (pairs,)."""
    left = replace(
        compared,
        references=_of_one_class(compared.references, lone),
        predictions=_of_one_class(compared.predictions, false),
    )
    _, pairs = cells_and_pairs(
        left.references, left.predictions, lambda i, j: np.where(left.off(i, j) > ANGLE, 1e4, left.off(i, j))
    )
    near = left.off(pairs.reference, pairs.prediction) <= ANGLE
    return lone[pairs.reference[near]], false[pairs.prediction[near]]


def _of_one_class(clips: ClipTable, kept: Integers) -> ClipTable:
    left = rows(clips, kept)
    return replace(left, class_id=np.zeros_like(left.class_id))

"""Taxonomy of errors: every reference row and every prediction row has exactly one kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import join_classes
from seldkit.metrics.matching import match_rows
from seldkit.metrics.protocol import DEFAULT_PROTOCOL
from seldkit.metrics.row_comparison import RowComparison
from seldkit.metrics.row_pairs import RowPairs, pair_rows
from seldkit.metrics.row_selection import select_rows
from seldkit.metrics.scores import extend_class_names
from seldkit.types import Flags, Floats, Integers

OUT_OF_REACH_COST: Final = 1e4


class ErrorKind(IntEnum):
    """Kinds of rows in order of precedence: a row has the first kind that applies.

    The first six kinds count a reference and a prediction together; they have the same class except for
    WRONG_CLASS. The thresholds of angle and distance are those of the protocol (20 degrees and 1 in DCASE).
    """

    MIRRORED = 0
    """The angle exceeds the threshold, but not after exchanging left and right."""
    WRONG_DIRECTION = 1
    """The angle exceeds the threshold."""
    WRONG_DISTANCE = 2
    """The relative distance error exceeds the threshold."""
    WRONG_ONSCREEN = 3
    """Both on-screen flags are known and differ."""
    CORRECT = 4
    WRONG_CLASS = 5
    """Rows without a pair of their class, within the angle threshold in the same frame."""
    MISSED = 6
    """Another reference without a pair."""
    FALSE = 7
    """Another prediction without a pair."""


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """Numbers of rows by kind.

    Attributes:
        by_class: Counts by class of the reference (of the prediction for FALSE) and kind. Shape
            ``(classes, kinds)``.
        confusions: Counts of WRONG_CLASS by class of the reference and class of the prediction. Shape
            ``(classes, classes)``.
        classes: Names of the classes.
    """

    by_class: Integers
    confusions: Integers
    classes: tuple[str, ...]

    def __getitem__(self, kind: ErrorKind) -> int:
        """Returns the number of rows of a kind over all classes."""
        return int(self.by_class[:, kind].sum())

    @property
    def references(self) -> int:
        """Number of reference rows: all kinds except FALSE."""
        return sum(self[kind] for kind in ErrorKind if kind is not ErrorKind.FALSE)

    @property
    def predictions(self) -> int:
        """Number of prediction rows: all kinds except MISSED."""
        return sum(self[kind] for kind in ErrorKind if kind is not ErrorKind.MISSED)

    def to_dict(self) -> dict[str, Any]:
        """Converts the counts for JSON.

        Returns:
            Counts by kind, by class, and confusions between classes.
        """
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
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    protocol: str = DEFAULT_PROTOCOL,
) -> Taxonomy:
    """Assigns a kind to every row.

    Rows of one frame and class are paired as in the strict reading of the protocol. Rows without a pair are
    then paired across classes within the angle threshold, by the minimum total angle. Unknown angles of
    predictions count as 0, as in the scores. Source: error analyses of Mesaros et al., WASPAA 2019, and Hoiem
    et al., ECCV 2012.

    Args:
        references: References of clips.
        predictions: Predictions of the same clips, in the same order.
        protocol: Name of the scoring protocol.

    Returns:
        Numbers of rows by kind and class.

    Raises:
        SeldkitError: The numbers of clips differ, or the protocol is unknown.
    """
    pairs = pair_rows(references, predictions, protocol)
    sides = pairs.comparison.references, pairs.comparison.predictions
    classes = join_classes(*sides)
    size = max(len(classes), *(1 + int(side.class_id.max(initial=-1)) for side in sides))
    missed, false = (np.flatnonzero(mask) for mask in pairs.unmatched)
    confused_reference, confused_prediction = _pair_across_classes(pairs.comparison, missed, false)
    reference_class, prediction_class = (side.class_id for side in sides)
    by_class = np.zeros((size, len(ErrorKind)), np.int64)
    counted = [
        (reference_class[pairs.reference], _kinds(pairs)),
        (reference_class[confused_reference], np.array(ErrorKind.WRONG_CLASS)),
        (reference_class[np.setdiff1d(missed, confused_reference)], np.array(ErrorKind.MISSED)),
        (prediction_class[np.setdiff1d(false, confused_prediction)], np.array(ErrorKind.FALSE)),
    ]
    for class_id, kind in counted:
        np.add.at(by_class, (class_id, kind), 1)
    confusions = np.zeros((size, size), np.int64)
    np.add.at(confusions, (reference_class[confused_reference], prediction_class[confused_prediction]), 1)
    return Taxonomy(by_class, confusions, extend_class_names(classes, size))


def _kinds(pairs: RowPairs) -> Integers:
    """Kind of each pair. Shape ``(pairs,)``."""
    mirrored_angle = pairs.comparison.mirrored().angle(pairs.reference, pairs.prediction)
    mirrored = mirrored_angle <= pairs.comparison.rules.max_angle_deg
    conditions: list[Flags] = [
        ~pairs.within_angle & mirrored,
        ~pairs.within_angle,
        ~pairs.within_distance,
        pairs.onscreen_known & ~pairs.onscreen_agrees,
    ]
    return np.select(conditions, list(ErrorKind)[: len(conditions)], ErrorKind.CORRECT)


def _pair_across_classes(
    comparison: RowComparison, references: Integers, predictions: Integers
) -> tuple[Integers, Integers]:
    """Pairs of the given rows in the same frame and direction. Row numbers of shape ``(pairs,)`` each."""
    rest = replace(
        comparison,
        references=_as_one_class(comparison.references, references),
        predictions=_as_one_class(comparison.predictions, predictions),
    )
    limit = comparison.rules.max_angle_deg

    def cost(i: Integers, j: Integers) -> Floats:
        angle = rest.angle(i, j)
        return np.where(angle > limit, OUT_OF_REACH_COST, angle)

    _, matches = match_rows(rest.references, rest.predictions, cost)
    within = rest.angle(matches.reference, matches.prediction) <= limit
    return references[matches.reference[within]], predictions[matches.prediction[within]]


def _as_one_class(clips: ClipTable, rows: Integers) -> ClipTable:
    selected = select_rows(clips, rows)
    return replace(selected, class_id=np.zeros_like(selected.class_id))

"""Rows of references and predictions in pairs, for results that are reported row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import require_equal_count
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS
from seldkit.metrics.row_comparison import CountingOptions, RowComparison
from seldkit.types import Flags, Floats, Integers


@dataclass(frozen=True, eq=False)
class RowPairs:
    """Rows of both sides, and the pairs that the strict reading matches.

    Attributes:
        comparison: Rows of both sides.
        reference: Row numbers of the references. Shape ``(pairs,)``.
        prediction: Row numbers of the predictions. Shape ``(pairs,)``.
        angle: Angles in degrees. Shape ``(pairs,)``.
        relative_distance_error: Distance error as a fraction of the reference distance, NaN if that is
            unknown (also 0). Shape ``(pairs,)``.
        onscreen_known: Whether both sides have an on-screen flag. Shape ``(pairs,)``.
        onscreen_agrees: Whether both flags are known and equal. Shape ``(pairs,)``.
    """

    comparison: RowComparison
    reference: Integers
    prediction: Integers
    angle: Floats
    relative_distance_error: Floats
    onscreen_known: Flags
    onscreen_agrees: Flags

    @property
    def within_angle(self) -> Flags:
        """Whether the angle is within the protocol's threshold. Shape ``(pairs,)``."""
        return self.angle <= self.comparison.rules.max_angle_deg

    @property
    def within_distance(self) -> Flags:
        """Whether the relative distance error is unknown or within the threshold. Shape ``(pairs,)``."""
        return ~(self.relative_distance_error > self.comparison.rules.max_relative_distance)

    @property
    def true_positive(self) -> Flags:
        """Whether angle and distance are within their thresholds. Shape ``(pairs,)``."""
        return self.within_angle & self.within_distance

    @property
    def unmatched(self) -> tuple[Flags, Flags]:
        """Masks of the rows of references and of predictions without a pair. Shape ``(rows,)`` each."""
        references = np.ones(len(self.comparison.references.frame), np.bool_)
        predictions = np.ones(len(self.comparison.predictions.frame), np.bool_)
        references[self.reference], predictions[self.prediction] = False, False
        return references, predictions


def pair_rows(
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    protocol: str = DEFAULT_PROTOCOL,
) -> RowPairs:
    """Pairs rows as the strict reading of a frame-based protocol matches them.

    Segment-based protocols have no matches of rows; their angles are used frame by frame.

    Args:
        references: References of clips.
        predictions: Predictions of the same clips, in the same order.
        protocol: Name of the scoring protocol.

    Returns:
        Pairs of all clips.

    Raises:
        SeldkitError: The numbers of clips differ, or the protocol is unknown.
    """
    require_equal_count(len(references), len(predictions))
    reference_rows = ClipTable.from_annotations(references)
    prediction_rows = ClipTable.from_annotations(predictions).renumbered(reference_rows.classes)
    options = CountingOptions(official=False, class_count=len(reference_rows.classes))
    comparison = PROTOCOLS[protocol].compare(reference_rows, prediction_rows, options)
    _, matches = comparison.match()
    i, j = matches.reference, matches.prediction
    known = comparison.onscreen_known(i, j)
    return RowPairs(
        comparison=comparison,
        reference=i,
        prediction=j,
        angle=comparison.angle(i, j),
        relative_distance_error=comparison.relative_distance_error(i, j),
        onscreen_known=known,
        onscreen_agrees=known & ~comparison.onscreen_differs(i, j),
    )

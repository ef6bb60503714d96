"""Scores of single clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seldkit.annotations import Annotations
from seldkit.metrics.protocol import DEFAULT_PROTOCOL
from seldkit.metrics.row_pairs import pair_rows
from seldkit.metrics.scores import quotient


@dataclass(frozen=True)
class ClipScore:
    """Score of one clip.

    Attributes:
        name: Name of the clip.
        references: Number of reference rows.
        predictions: Number of prediction rows.
        hits: Number of pairs within the protocol's thresholds of angle and relative distance.
        f_score: 2 · hits / (references + predictions), NaN without rows.
    """

    name: str
    references: int
    predictions: int
    hits: int
    f_score: float

    @property
    def errors(self) -> int:
        """Number of rows of both sides that belong to no hit."""
        return self.references + self.predictions - 2 * self.hits


def clip_scores(
    names: Sequence[str],
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    protocol: str = DEFAULT_PROTOCOL,
) -> tuple[ClipScore, ...]:
    """Scores single clips in the strict reading.

    Args:
        names: Names of the clips.
        references: References of the clips.
        predictions: Predictions of the clips, in the same order.
        protocol: Name of the scoring protocol.

    Returns:
        Scores; clips with the most errors first.

    Raises:
        SeldkitError: The numbers of clips differ, or the protocol is unknown.
    """
    pairs = pair_rows(references, predictions, protocol)
    reference_clip, prediction_clip = pairs.comparison.references.clip, pairs.comparison.predictions.clip
    hit_clip = reference_clip[pairs.reference[pairs.true_positive]]
    reference_count, prediction_count, hits = (
        np.bincount(clips, minlength=len(names)) for clips in (reference_clip, prediction_clip, hit_clip)
    )
    rows = reference_count + prediction_count
    f_score = quotient(2 * hits.astype(np.float64), rows.astype(np.float64))
    order = np.lexsort((np.arange(len(names)), 2 * hits - rows))
    return tuple(
        ClipScore(
            name=names[clip],
            references=int(reference_count[clip]),
            predictions=int(prediction_count[clip]),
            hits=int(hits[clip]),
            f_score=float(f_score[clip]),
        )
        for clip in order.tolist()
    )

"""Which clips go wrong, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seldkit.annotations import Annotations
from seldkit.metrics.row_pairs import paired_rows
from seldkit.metrics.scores import quotient


@dataclass(frozen=True)
class ClipScore:
    """One clip's rows: of the reference, of the prediction, and pairs within 20 degrees and relative
    distance 1 (hits). f_score: 2 hits / (references + predictions), NaN where there is neither.
    """

    name: str
    references: int
    predictions: int
    hits: int
    f_score: float

    @property
    def wrong(self) -> int:
        """Rows of both sides that are no part of a hit."""
        return self.references + self.predictions - 2 * self.hits


def clip_scores(
    names: Sequence[str],
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    protocol: str = "dcase2025",
) -> tuple[ClipScore, ...]:
    """The clips, paired by position, in the strict reading; those with most wrong rows first.

    Raises SeldkitError.
    """
    pairs = paired_rows(references, predictions, protocol)
    truth, found = pairs.compared.references.clip, pairs.compared.predictions.clip
    hit = pairs.reference[pairs.near & pairs.ranged]
    true, said, hits = (np.bincount(clips, minlength=len(names)) for clips in (truth, found, truth[hit]))
    f_score = quotient(2 * hits.astype(np.float64), (true + said).astype(np.float64))
    order = np.lexsort((np.arange(len(names)), 2 * hits - true - said))
    return tuple(
        ClipScore(names[clip], int(true[clip]), int(said[clip]), int(hits[clip]), float(f_score[clip]))
        for clip in order.tolist()
    )

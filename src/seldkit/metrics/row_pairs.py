"""Rows of references and predictions side by side, for what is told row by row and not as one score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import certain
from seldkit.metrics.frame_based import ANGLE, RELATIVE_DISTANCE, Compared, compared_2024, compared_2025
from seldkit.metrics.selection import Rules
from seldkit.registry import nearest
from seldkit.types import Flags, Floats, Integers

COMPARED: Final = {"dcase2025": compared_2025, "dcase2024": compared_2024, "dcase2023": compared_2024}
"""How rows are compared; the segments of 2023 have no rows, so that its clips are taken frame by frame."""


@dataclass(frozen=True, eq=False)
class RowPairs:
    """All rows of both sides, and which of them are one source of one class (as the strict reading pairs).

    reference, prediction: row numbers of the pairs. off: degrees. relative: the distance's error as a share
    of the reference's, NaN where that is unknown. said: both say whether the source is on the screen. agreed:
    they say the same. All (pairs,).
    """

    compared: Compared
    reference: Integers
    prediction: Integers
    off: Floats
    relative: Floats
    said: Flags
    agreed: Flags

    @property
    def near(self) -> Flags:
        """Within the protocol's angle."""
        return self.off <= ANGLE

    @property
    def ranged(self) -> Flags:
        """Within the protocol's relative distance, or not known to be beyond it."""
        return ~(self.relative > RELATIVE_DISTANCE)

    @property
    def lone(self) -> tuple[Flags, Flags]:
        """The rows of each side that have no partner, (rows,)."""
        references = np.ones(len(self.compared.references.frame), np.bool_)
        predictions = np.ones(len(self.compared.predictions.frame), np.bool_)
        references[self.reference], predictions[self.prediction] = False, False
        return references, predictions


def paired_rows(
    references: Sequence[Annotations], predictions: Sequence[Annotations], protocol: str = "dcase2025"
) -> RowPairs:
    """Pair the rows of clips by position. Raises SeldkitError."""
    if len(references) != len(predictions):
        raise SeldkitError(
            f"expected as many predictions as references ({len(references)}), got {len(predictions)}"
        )
    if protocol not in COMPARED:
        raise SeldkitError(f"unknown protocol '{protocol}'; {nearest(protocol, COMPARED)}")
    truth, found = ClipTable.of(references), ClipTable.of(predictions)
    rules = Rules(official=False, classes=len(truth.classes))
    compared = COMPARED[protocol](certain(truth), certain(found), rules)
    _, pairs = compared.pairs()
    i, j = pairs.reference, pairs.prediction
    said = (truth.onscreen[i] >= 0) & (found.onscreen[j] >= 0)
    return RowPairs(
        compared=compared,
        reference=i,
        prediction=j,
        off=compared.off(i, j),
        relative=np.where(np.isnan(truth.distance[i]), np.nan, compared.relative(i, j)),
        said=said,
        agreed=said & ~compared.mistaken(i, j),
    )

"""Frame-based counting, as in DCASE 2024 and 2025 Task 3.

In each 100 ms frame and class, references and predictions are matched by the minimum total angle. A match is
a true positive if its angle and its relative distance error are within the thresholds and, where required,
its on-screen flags agree. In the strict reading, a reference distance of 0 is unknown, and the match is left
out of the distance errors. Source: official evaluators of DCASE 2024 and 2025 Task 3.
"""

import numpy as np

from seldkit.metrics.matching import Cells, Matches
from seldkit.metrics.protocol_counts import Count, ProtocolCounts, count_detection_errors, sum_by_class
from seldkit.metrics.row_comparison import RowComparison
from seldkit.types import Floats


def count_frames(comparison: RowComparison) -> ProtocolCounts:
    """Counts matches and errors frame by frame.

    Args:
        comparison: Rows of references and predictions.

    Returns:
        Counts of each clip. Classes beyond the vocabulary are appended.
    """
    cells, matches = comparison.match()
    classes = max(comparison.options.class_count, int(cells.class_id.max(initial=-1)) + 1)
    shape = (len(comparison.references), classes)
    by_class = np.zeros((*shape, len(Count)))
    clip, class_id = cells.clip[matches.cell], cells.class_id[matches.cell]
    match_values = _match_values(comparison, matches)
    for column, values in match_values.items():
        by_class[..., column] = sum_by_class(clip, class_id, values, shape)
    by_class[..., Count.DISTANCE] /= comparison.rules.distance_units_per_metre
    false_positives = np.maximum(cells.predictions - cells.references, 0)
    false_negatives = np.maximum(cells.references - cells.predictions, 0)
    cell_values = {
        Count.FALSE_POSITIVES: false_positives,
        Count.FALSE_NEGATIVES: false_negatives,
        Count.REFERENCES: cells.references,
        Count.PREDICTIONS: cells.predictions,
    }
    for column, counts in cell_values.items():
        by_class[..., column] = sum_by_class(cells.clip, cells.class_id, counts, shape)
    by_class[..., Count.TRUE_POSITIVES] = by_class[..., Count.MATCHES] - by_class[..., Count.MISLOCALIZED]
    false_positives = false_positives + _mislocalized_in_cells(
        cells, matches, match_values[Count.MISLOCALIZED]
    )
    return ProtocolCounts(
        by_class, count_detection_errors(cells.clip, cells.frame, false_positives, false_negatives, shape[0])
    )


def _match_values(comparison: RowComparison, matches: Matches) -> dict[Count, Floats]:
    """Value of each match for the columns that are summed over matches. Shape ``(matches,)`` each."""
    i, j = matches.reference, matches.prediction
    known = comparison.onscreen_known(i, j)
    return {
        Count.MISLOCALIZED: comparison.mislocalized(i, j).astype(np.float64),
        Count.MATCHES: np.ones(len(i)),
        Count.ANGLE: comparison.angle(i, j),
        Count.DISTANCE: np.nan_to_num(comparison.distance_error(i, j)),
        Count.RELATIVE_DISTANCE: np.nan_to_num(comparison.relative_distance_error(i, j)),
        Count.DISTANCE_KNOWN: comparison.distance_known[i].astype(np.float64),
        Count.ONSCREEN_AGREEMENTS: (known & ~comparison.onscreen_differs(i, j)).astype(np.float64),
        Count.ONSCREEN_KNOWN: known.astype(np.float64),
    }


def _mislocalized_in_cells(cells: Cells, matches: Matches, mislocalized: Floats) -> Floats:
    """Mislocalized matches of each cell. Shape ``(cells,)``."""
    return np.asarray(np.bincount(matches.cell, weights=mislocalized, minlength=len(cells.clip)), np.float64)

"""Scoring protocol of DCASE 2025 Task 3: stereo audio, folded azimuths, distances and on-screen flags.

Source: official evaluator, github.com/partha2409/DCASE2025_seld_baseline.
"""

from seldkit.formats import ClipTable
from seldkit.metrics.angles import folded_azimuth_angle
from seldkit.metrics.formulas import NamedScores, average_scores, frame_scores
from seldkit.metrics.protocol import PROTOCOLS, Average, Protocol
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import ComparisonRules
from seldkit.metrics.row_selection import limit_tracks, rows_before_last_frame
from seldkit.metrics.score_definition import (
    DISTANCE_ERROR,
    DOA_ERROR,
    F_SCORE,
    ONSCREEN_ACCURACY,
    RELATIVE_DISTANCE_ERROR,
)


def _official_rows(
    references: ClipTable, predictions: ClipTable, class_count: int
) -> tuple[ClipTable, ClipTable]:
    references, predictions = rows_before_last_frame(references, predictions, class_count)
    return limit_tracks(references), limit_tracks(predictions)


def _scores(counts: ProtocolCounts, average: Average, official: bool) -> tuple[NamedScores, NamedScores]:
    return average_scores(counts, average, official, frame_scores)


PROTOCOLS.register("dcase2025")(
    Protocol(
        name="dcase2025",
        scores=(F_SCORE, DOA_ERROR, DISTANCE_ERROR, RELATIVE_DISTANCE_ERROR, ONSCREEN_ACCURACY),
        score=_scores,
        rules=ComparisonRules(
            angle=folded_azimuth_angle, official_angle=folded_azimuth_angle, distance_units_per_metre=100.0
        ),
        select_official=_official_rows,
        format="dcase2025",
        folds_azimuth=True,
        scores_onscreen=True,
    )
)

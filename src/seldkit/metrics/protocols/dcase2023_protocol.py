"""Scoring protocol of DCASE 2023 Task 3: directions with elevation, in segments of one second.

Source: official evaluator, github.com/sharathadavanne/seld-dcase2023.
"""

from typing import Final

import numpy as np

from seldkit.formats import ClipTable
from seldkit.metrics.angles import great_circle_angle, great_circle_angle_2023
from seldkit.metrics.formulas import (
    NamedScores,
    average_scores_with_error_rate,
    f_score,
    localization_error,
    localization_recall,
)
from seldkit.metrics.protocol import PROTOCOLS, Average, Protocol
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import ComparisonRules
from seldkit.metrics.row_selection import last_frames, rows_before
from seldkit.metrics.score_definition import (
    ERROR_RATE,
    F_SCORE,
    LOCALIZATION_ERROR,
    LOCALIZATION_RECALL,
    SELD_SCORE,
)
from seldkit.metrics.segment_counting import count_segments
from seldkit.types import Floats

SEGMENT_FRAMES: Final = 10


def _official_rows(
    references: ClipTable, predictions: ClipTable, class_count: int
) -> tuple[ClipTable, ClipTable]:
    """Rows of whole segments up to the last annotated frame."""
    ends = -(-last_frames(references) // SEGMENT_FRAMES) * SEGMENT_FRAMES
    return rows_before(references, ends, class_count), rows_before(predictions, ends, class_count)


def _scores(counts: ProtocolCounts, average: Average, official: bool) -> tuple[NamedScores, NamedScores]:
    return average_scores_with_error_rate(counts, average, official, _class_scores, _seld_score)


def _class_scores(by_class: Floats, official: bool) -> NamedScores:
    return {
        "f_score": f_score(by_class, official),
        "localization_error": localization_error(by_class, official),
        "localization_recall": localization_recall(by_class, official),
    }


def _seld_score(named: NamedScores) -> Floats:
    location = [named["localization_error"] / 180, 1 - named["localization_recall"]]
    return np.asarray(np.mean([named["error_rate"], 1 - named["f_score"], *location], axis=0))


PROTOCOLS.register("dcase2023")(
    Protocol(
        name="dcase2023",
        scores=(ERROR_RATE, F_SCORE, LOCALIZATION_ERROR, LOCALIZATION_RECALL, SELD_SCORE),
        score=_scores,
        rules=ComparisonRules(
            angle=great_circle_angle, official_angle=great_circle_angle_2023, segment_frames=SEGMENT_FRAMES
        ),
        select_official=_official_rows,
        count=count_segments,
        format="dcase2023",
        scores_distance=False,
    )
)

"""Scoring protocol of DCASE 2024 Task 3: directions with elevation, and distances.

Source: official evaluator, github.com/partha2409/DCASE2024_seld_baseline.
"""

import numpy as np

from seldkit.metrics.angles import great_circle_angle, great_circle_angle_2024
from seldkit.metrics.formulas import (
    NamedScores,
    average_scores_with_error_rate,
    frame_scores,
    localization_recall,
)
from seldkit.metrics.protocol import PROTOCOLS, Average, Protocol
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import ComparisonRules
from seldkit.metrics.row_selection import rows_before_last_frame
from seldkit.metrics.score_definition import (
    DISTANCE_ERROR,
    DOA_ERROR,
    ERROR_RATE,
    F_SCORE,
    LOCALIZATION_RECALL,
    RELATIVE_DISTANCE_ERROR,
    SELD_SCORE,
)
from seldkit.metrics.scores import mean_of_known
from seldkit.types import Floats


def _scores(counts: ProtocolCounts, average: Average, official: bool) -> tuple[NamedScores, NamedScores]:
    return average_scores_with_error_rate(counts, average, official, _class_scores, _seld_score)


def _class_scores(by_class: Floats, official: bool) -> NamedScores:
    named = frame_scores(by_class, official)
    del named["onscreen_accuracy"]
    return named | {"localization_recall": localization_recall(by_class, official)}


def _seld_score(named: NamedScores) -> Floats:
    parts = [1 - named["f_score"], named["doa_error"] / 180, named["relative_distance_error"]]
    return mean_of_known(np.stack(parts, axis=-1))


PROTOCOLS.register("dcase2024")(
    Protocol(
        name="dcase2024",
        scores=(
            ERROR_RATE,
            F_SCORE,
            DOA_ERROR,
            DISTANCE_ERROR,
            RELATIVE_DISTANCE_ERROR,
            LOCALIZATION_RECALL,
            SELD_SCORE,
        ),
        score=_scores,
        rules=ComparisonRules(angle=great_circle_angle, official_angle=great_circle_angle_2024),
        select_official=rows_before_last_frame,
        format="dcase2024",
        reference_centimetres=True,
        prediction_centimetres=False,
    )
)

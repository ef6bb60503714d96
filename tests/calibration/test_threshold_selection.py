"""Choice of thresholds from scores."""

import numpy as np

from seldkit.calibration.threshold_selection import MIN_CLIPS_PER_CLASS, select_thresholds

CANDIDATES = np.array([0.1, 0.2, 0.3, 0.4, 0.5])


def test_each_class_gets_its_best_smoothed_score_and_rare_classes_the_best_of_all() -> None:
    plateau, peak, rare = [0, 2, 2, 2, 0], [3, 0, 0, 2.5, 2.5], [9, 0, 0, 0, 0]
    scores = np.array([plateau, peak, rare], float).T
    counts = np.array([9, 9, MIN_CLIPS_PER_CLASS - 1])
    assert select_thresholds(CANDIDATES, scores, [0, 1, 0, 0, 0], counts) == [0.3, 0.5, 0.2]


def test_undefined_scores_count_as_zero() -> None:
    scores = np.full((5, 1), np.nan)
    scores[3] = 0.1
    assert select_thresholds(CANDIDATES, scores, [0] * 5, np.array([9])) == [0.4]

"""Choice of activity thresholds from scores on validation clips."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seldkit.types import Floats, Integers

MIN_CLIPS_PER_CLASS: Final = 5
"""Classes that occur in fewer clips get the threshold of all classes together."""


def select_thresholds(
    candidates: Floats,
    class_scores: Sequence[Sequence[float]],
    micro_scores: Sequence[float],
    clip_counts: Integers,
) -> list[float]:
    """Selects the threshold with the highest score for each class.

    Scores are averaged over neighbouring candidates first, because a single maximum is noise.

    Args:
        candidates: Thresholds, ``(candidates,)``.
        class_scores: Score of each class at each candidate, ``(candidates, classes)``; NaN counts as 0.
        micro_scores: Score of all classes together at each candidate, ``(candidates,)``.
        clip_counts: Number of clips in which each class occurs, ``(classes,)``.

    Returns:
        One threshold per class.
    """
    best = _smooth(class_scores).argmax(axis=0)  # (classes,)
    best[clip_counts < MIN_CLIPS_PER_CLASS] = _smooth([[score] for score in micro_scores]).argmax()
    return [float(value) for value in candidates[best]]


def _smooth(scores: Sequence[Sequence[float]]) -> Floats:
    """Weighted mean with both neighbours along the first axis (weights 1, 2, 1)."""
    table = np.pad(np.nan_to_num(np.array(scores)), ((1, 1), (0, 0)), mode="edge")
    return np.asarray((table[:-2] + 2 * table[1:-1] + table[2:]) / 4)

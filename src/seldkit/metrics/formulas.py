"""Formulas from counts to scores.

All functions accept counts with any number of leading dimensions, so that the scores of thousands of
leave-one-out sets are computed at once.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from seldkit.metrics.protocol_counts import Count, DetectionError, ProtocolCounts
from seldkit.metrics.scores import EVALUATOR_EPSILON, mean_of_known, quotient
from seldkit.types import Floats

NO_MATCH_LOCALIZATION_ERROR_DEG: Final = 180.0
"""Localization error of a class without a match (DCASE 2023), in degrees."""

NamedScores = dict[str, Floats]
"""Scores by name."""

ClassScoreFunction = Callable[[Floats, bool], NamedScores]
"""Scores of each class from counts of shape ``(..., classes, 13)`` and whether the reading is official."""


def average_scores(
    counts: ProtocolCounts, average: str, official: bool, score: ClassScoreFunction
) -> tuple[NamedScores, NamedScores]:
    """Computes overall and class-wise scores.

    Args:
        counts: Counts with any number of leading dimensions.
        average: "macro" is the mean over the classes with a value; "micro" pools the counts of all classes.
        official: Whether to reproduce the official evaluator.
        score: Scores of each class.

    Returns:
        Overall scores of shape ``(...,)`` and class-wise scores of shape ``(..., classes)``.
    """
    classwise = score(counts.by_class, official)
    pooled = score(np.asarray(counts.by_class.sum(axis=-2, keepdims=True)), official)
    overall = {name: values[..., 0] for name, values in pooled.items()}
    if average == "macro":
        overall |= {name: mean_of_known(values) for name, values in classwise.items()}
    return overall, classwise


def average_scores_with_error_rate(
    counts: ProtocolCounts,
    average: str,
    official: bool,
    score: ClassScoreFunction,
    seld_score: Callable[[NamedScores], Floats],
) -> tuple[NamedScores, NamedScores]:
    """Computes overall and class-wise scores, with the error rate and an aggregate SELD score.

    The error rate is that of all classes together, also in class-wise scores. In the official reading, the
    macro-averaged SELD score is the mean over classes; in the strict reading it is computed from the
    averages.

    Args:
        counts: Counts with any number of leading dimensions.
        average: "macro" or "micro", as for `average_scores`.
        official: Whether to reproduce the official evaluator.
        score: Scores of each class.
        seld_score: SELD score from the other scores.

    Returns:
        Overall scores of shape ``(...,)`` and class-wise scores of shape ``(..., classes)``.
    """
    rate = error_rate(counts, official)

    def all_scores(by_class: Floats, official: bool) -> NamedScores:
        named = {"error_rate": np.broadcast_to(rate[..., None], by_class.shape[:-1])}
        named |= score(by_class, official)
        return named | {"seld_score": seld_score(named)}

    overall, classwise = average_scores(counts, average, official, all_scores)
    overall["error_rate"] = rate
    if average == "macro" and not official:
        overall["seld_score"] = seld_score(overall)
    return overall, classwise


def frame_scores(by_class: Floats, official: bool) -> NamedScores:
    """Computes the scores of frame-based protocols.

    Args:
        by_class: Counts. Shape ``(..., classes, 13)``.
        official: Whether to reproduce the official evaluator.

    Returns:
        F-score, errors of direction (degrees) and distance (metres, relative), on-screen accuracy. Shape
        ``(..., classes)`` each.
    """
    matches = by_class[..., Count.MATCHES]
    known = by_class[..., Count.ONSCREEN_KNOWN]
    with_distance = by_class[..., Count.DISTANCE_KNOWN]
    return {
        "f_score": f_score(by_class, official),
        "doa_error": quotient(by_class[..., Count.ANGLE], matches),
        "distance_error": quotient(by_class[..., Count.DISTANCE], with_distance),
        "relative_distance_error": quotient(by_class[..., Count.RELATIVE_DISTANCE], with_distance),
        "onscreen_accuracy": quotient(by_class[..., Count.ONSCREEN_AGREEMENTS], known),
    }


def f_score(by_class: Floats, official: bool) -> Floats:
    """Computes the location-dependent F-score, TP / (TP + mislocalized + (FP + FN) / 2).

    Args:
        by_class: Counts. Shape ``(..., classes, 13)``.
        official: Whether a class without events has a score of 0 instead of NaN.

    Returns:
        F-scores, 0 to 1. Shape ``(..., classes)``.
    """
    hits, mislocalized = by_class[..., Count.TRUE_POSITIVES], by_class[..., Count.MISLOCALIZED]
    unmatched = by_class[..., Count.FALSE_POSITIVES] + by_class[..., Count.FALSE_NEGATIVES]
    return _ratio(hits, hits + mislocalized + 0.5 * unmatched, official)


def localization_recall(by_class: Floats, official: bool) -> Floats:
    """Computes the share of references with a match, whatever its angle.

    Args:
        by_class: Counts. Shape ``(..., classes, 13)``.
        official: Whether a class without references has a recall of 0 instead of NaN.

    Returns:
        Recalls, 0 to 1. Shape ``(..., classes)``.
    """
    matches = by_class[..., Count.MATCHES]
    return _ratio(matches, matches + by_class[..., Count.FALSE_NEGATIVES], official)


def localization_error(by_class: Floats, official: bool) -> Floats:
    """Computes the mean angle of the matches; 180 degrees for a class without a match.

    Args:
        by_class: Counts. Shape ``(..., classes, 13)``.
        official: Whether classes without references also get 180 degrees instead of NaN.

    Returns:
        Errors in degrees. Shape ``(..., classes)``.
    """
    error = quotient(by_class[..., Count.ANGLE], by_class[..., Count.MATCHES])
    unmatched = np.isnan(error) & (official | (by_class[..., Count.REFERENCES] > 0))
    return np.where(unmatched, NO_MATCH_LOCALIZATION_ERROR_DEG, error)


def error_rate(counts: ProtocolCounts, official: bool) -> Floats:
    """Computes the detection errors per reference over all classes.

    Args:
        counts: Counts with any number of leading dimensions.
        official: Whether clips without references have a finite rate instead of NaN.

    Returns:
        Error rates, 0 or more. Shape ``(...,)``.
    """
    errors = counts.errors[..., list(DetectionError)].sum(axis=-1)
    references = counts.by_class[..., Count.REFERENCES].sum(axis=-1)
    return np.asarray(errors / (references + EVALUATOR_EPSILON)) if official else quotient(errors, references)


def _ratio(part: Floats, whole: Floats, official: bool) -> Floats:
    return np.asarray(part / (EVALUATOR_EPSILON + whole)) if official else quotient(part, whole)

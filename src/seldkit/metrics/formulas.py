"""From counts to scores. Every function takes counts with any leading axes, so that thousands of
leave-one-out sets are scored at once."""

from typing import Final, Literal

import numpy as np

from seldkit.metrics.scores import mean_of_known, quotient
from seldkit.metrics.statistics import Count, Error, ProtocolCounts
from seldkit.types import Floats

Average = Literal["macro", "micro"]
Named = dict[str, Floats]

EPSILON: Final = float(np.finfo(float).eps)
NO_LOCALIZATION: Final = 180.0
"""The localization error of 2023, in degrees, of a class that was never found."""


def scores_2025(counts: ProtocolCounts, average: Average, official: bool) -> tuple[Named, Named]:
    """Overall (...,) and class-wise (..., classes) scores of DCASE 2025."""
    return _averaged(
        _frame_scores(counts.by_class, official), _frame_scores(_pooled(counts), official), average
    )


def scores_2024(counts: ProtocolCounts, average: Average, official: bool) -> tuple[Named, Named]:
    """Overall (...,) and class-wise (..., classes) scores of DCASE 2024."""

    def scores(by_class: Floats) -> Named:
        named = _frame_scores(by_class, official)
        del named["onscreen_accuracy"]
        named = {"error_rate": _error_rate(counts, by_class, official)} | named
        named["localization_recall"] = _recall(by_class, official)
        return named | {"seld_score": _seld_2024(named)}

    overall, classwise = _averaged(scores(counts.by_class), scores(_pooled(counts)), average)
    if average == "macro" and not official:
        overall["seld_score"] = _seld_2024(overall)
    return overall, classwise


def scores_2023(counts: ProtocolCounts, average: Average, official: bool) -> tuple[Named, Named]:
    """Overall (...,) and class-wise (..., classes) scores of DCASE 2023."""

    def scores(by_class: Floats) -> Named:
        named = {
            "error_rate": _error_rate(counts, by_class, official),
            "f_score": _f_score(by_class, official),
            "localization_error": _localization_error(by_class, official),
            "localization_recall": _recall(by_class, official),
        }
        return named | {"seld_score": _seld_2023(named)}

    overall, classwise = _averaged(scores(counts.by_class), scores(_pooled(counts)), average)
    if average == "macro" and not official:
        overall["seld_score"] = _seld_2023(overall)
    return overall, classwise


def _pooled(counts: ProtocolCounts) -> Floats:
    """All classes as one, (..., 1, columns)."""
    return np.asarray(counts.by_class.sum(axis=-2, keepdims=True))


def _averaged(classwise: Named, pooled: Named, average: Average) -> tuple[Named, Named]:
    """Macro is the mean over the classes that have a value, but the error rate is of all classes anyway."""
    overall = {name: values[..., 0] for name, values in pooled.items()}
    if average == "macro":
        overall |= {name: mean_of_known(row) for name, row in classwise.items() if name != "error_rate"}
    return overall, classwise


def _frame_scores(by_class: Floats, official: bool) -> Named:
    pairs, flagged = by_class[..., Count.PAIRS], by_class[..., Count.FLAGGED]
    return {
        "f_score": _f_score(by_class, official),
        "doa_error": quotient(by_class[..., Count.ANGLE], pairs),
        "distance_error": quotient(by_class[..., Count.DISTANCE], pairs),
        "relative_distance_error": quotient(by_class[..., Count.RELATIVE], pairs),
        "onscreen_accuracy": quotient(by_class[..., Count.ONSCREEN], flagged),
    }


def _f_score(by_class: Floats, official: bool) -> Floats:
    hits, misplaced = by_class[..., Count.HITS], by_class[..., Count.MISPLACED]
    unpaired = by_class[..., Count.FALSE] + by_class[..., Count.MISSED]
    whole = hits + misplaced + 0.5 * unpaired
    return np.asarray(hits / (EPSILON + whole)) if official else quotient(hits, whole)


def _recall(by_class: Floats, official: bool) -> Floats:
    pairs = by_class[..., Count.PAIRS]
    whole = pairs + by_class[..., Count.MISSED]
    return np.asarray(pairs / (EPSILON + whole)) if official else quotient(pairs, whole)


def _localization_error(by_class: Floats, official: bool) -> Floats:
    error = quotient(by_class[..., Count.ANGLE], by_class[..., Count.PAIRS])
    never = np.isnan(error) & (official | (by_class[..., Count.REFERENCES] > 0))
    return np.where(never, NO_LOCALIZATION, error)


def _error_rate(counts: ProtocolCounts, by_class: Floats, official: bool) -> Floats:
    """Of all classes together, repeated for each: errors are balanced between classes."""
    errors = counts.errors[..., list(Error)].sum(axis=-1)
    references = counts.by_class[..., Count.REFERENCES].sum(axis=-1)
    rate = errors / (references + EPSILON) if official else quotient(errors, references)
    return np.broadcast_to(rate[..., None], by_class.shape[:-1])


def _seld_2024(named: Named) -> Floats:
    parts = [1 - named["f_score"], named["doa_error"] / 180, named["relative_distance_error"]]
    return mean_of_known(np.stack(parts, axis=-1))


def _seld_2023(named: Named) -> Floats:
    located = [named["localization_error"] / 180, 1 - named["localization_recall"]]
    return np.asarray(np.mean([named["error_rate"], 1 - named["f_score"], *located], axis=0))

"""Scores of a set of clips."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from seldkit.classes import ClassVocabulary
from seldkit.metrics.score_definition import ScoreDefinition
from seldkit.types import Floats

EVALUATOR_EPSILON: Final = float(np.finfo(float).eps)
"""Number that the official evaluators add to denominators."""


@dataclass(frozen=True)
class Interval:
    """Jackknife estimate of one score, in the unit of the score. NaN if it cannot be computed.

    Attributes:
        estimate: Score corrected for bias.
        low: Lower end of the 95 % confidence interval.
        high: Upper end of the 95 % confidence interval.
        bias: Estimated bias of the score.
        standard_error: Standard error of the estimate.
    """

    estimate: float
    low: float
    high: float
    bias: float
    standard_error: float


@dataclass(frozen=True)
class Scores:
    """Scores of a set of clips.

    Attributes:
        protocol: Name of the scoring protocol.
        reading: "official" or "strict"; "events" for scores of events.
        average: "macro" or "micro".
        overall: Overall scores by name, such as `f_score` (0 to 1), `doa_error` (degrees) or `distance_error`
            (metres). NaN if there is nothing to measure.
        classwise: Scores of each class by name, in the order of `classes`.
        classes: Names of the classes.
        clips: Number of scored clips.
        intervals: Jackknife intervals by name, empty if not requested.
        definitions: Definitions of the scores: unit, direction and display.
    """

    protocol: str
    reading: str
    average: str
    overall: dict[str, float]
    classwise: dict[str, list[float]]
    classes: tuple[str, ...]
    clips: int
    intervals: dict[str, Interval] = field(default_factory=dict)
    definitions: tuple[ScoreDefinition, ...] = ()

    def __getitem__(self, name: str) -> float:
        """Returns an overall score by its name."""
        return self.overall[name]

    def definition(self, name: str) -> ScoreDefinition:
        """Returns the definition of a score.

        Args:
            name: Name of the score.

        Returns:
            Its definition; a dimensionless one if the scores were created without definitions.
        """
        for definition in self.definitions:
            if definition.name == name:
                return definition
        return ScoreDefinition(name, higher_is_better=True)

    def class_score(self, name: str, class_id: int) -> float:
        """Returns the score of one class.

        Args:
            name: Name of the score.
            class_id: Number of the class.

        Returns:
            The score; NaN for a class without a value. Only the strict reading has values of classes beyond
            the vocabulary.
        """
        values = self.classwise[name]
        return values[class_id] if class_id < len(values) else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Converts the scores for JSON; NaN becomes None.

        Returns:
            Overall scores by name, `classwise`, `classes`, `clips` and, if available, `jackknife`.
        """
        content = nan_to_none(self.overall)
        content["classwise"] = {
            name: [_number(value) for value in values] for name, values in self.classwise.items()
        }
        content["classes"] = list(self.classes)
        content["clips"] = self.clips
        if self.intervals:
            content["jackknife"] = {
                name: nan_to_none(vars(interval)) for name, interval in self.intervals.items()
            }
        return content


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def nan_to_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replaces NaN and infinity by None, for JSON.

    Args:
        values: Values by name.

    Returns:
        A dictionary with the same keys.
    """
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def mean_of_known(values: Floats) -> Floats:
    """Computes the mean over the last axis without NaN.

    Args:
        values: Values. Shape ``(..., n)``.

    Returns:
        Means; NaN if all values are NaN. Shape ``(...,)``.
    """
    known = ~np.isnan(values)
    return quotient(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1))


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Divides, with NaN where the denominator is 0.

    Args:
        numerator: Numerators, any shape.
        denominator: Denominators. Shape broadcastable to `numerator`.

    Returns:
        Quotients, in the broadcast shape.
    """
    ratio = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=ratio, where=np.asarray(denominator) != 0)
    return ratio


def extend_class_names(classes: Sequence[str], count: int) -> tuple[str, ...]:
    """Adds names such as "class 13" for class numbers beyond a vocabulary.

    Args:
        classes: Names of the vocabulary.
        count: Number of classes.

    Returns:
        At least `count` names.
    """
    return ClassVocabulary.from_names(classes).with_size(count).names

"""Scores: named numbers, overall and by class, made from counts."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seldkit.types import Floats


@dataclass(frozen=True)
class Interval:
    """A jackknife interval of one score.

    estimate: corrected for bias. low, high: its 95 % confidence interval. NaN where none can be given.
    """

    estimate: float
    low: float
    high: float
    bias: float
    standard_error: float


@dataclass(frozen=True)
class Scores:
    """The scores of a set of clips.

    overall: by name, e.g. `f_score` (0 to 1), `doa_error` (degrees), `distance_error` (metres); NaN where
    there is nothing to measure. classwise: the same names, a list over `classes` each. clips: how many were
    counted. intervals: by name, where they were asked for.
    """

    protocol: str
    reading: str
    average: str
    overall: dict[str, float]
    classwise: dict[str, list[float]]
    classes: tuple[str, ...]
    clips: int
    intervals: dict[str, Interval] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        """One overall score by its name."""
        return self.overall[name]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the overall scores, then `classwise`, `classes`, `clips` and, where asked for,
        `jackknife`.

        What is not a number becomes None.
        """
        content: dict[str, Any] = {name: _number(value) for name, value in self.overall.items()}
        content["classwise"] = {
            name: [_number(value) for value in row] for name, row in self.classwise.items()
        }
        content["classes"] = list(self.classes)
        content["clips"] = self.clips
        if self.intervals:
            content["jackknife"] = {name: _interval(interval) for name, interval in self.intervals.items()}
        return content


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _interval(interval: Interval) -> dict[str, float | None]:
    return {name: _number(value) for name, value in vars(interval).items()}


def mean_of_known(values: Floats) -> Floats:
    """The mean over the last axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return quotient(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1))


def quotient(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, NaN where bottom is 0."""
    ratio = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=ratio, where=np.asarray(bottom) != 0)
    return ratio

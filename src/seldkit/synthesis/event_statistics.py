"""Statistics of real sound events (frequency, duration, motion), from which scenes are drawn.

They are computed from the annotations of the STARSS22 development set (Politis et al. 2022) by
``recipes/statistics/make_statistics.py``.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

DURATION_CANDIDATES: Final = 32
"""Durations from which the duration of an ongoing event is drawn."""


@dataclass(frozen=True)
class ClassStatistics:
    """Statistics of the events of one class.

    Attributes:
        share: Share of all events.
        durations: Quantiles of the durations in seconds, evenly spaced from 0 to 1.
        moving_share: Share of the events whose source moves.
    """

    share: float
    durations: tuple[float, ...]
    moving_share: float

    def draw_duration(self, rng: np.random.Generator) -> float:
        """Draws the duration of an event.

        Args:
            rng: Random number generator.

        Returns:
            Duration in seconds.
        """
        return _draw_quantile(self.durations, rng)

    def draw_ongoing_duration(self, rng: np.random.Generator) -> float:
        """Draws the duration of an event that is active at a random time.

        Its probability is proportional to the duration (length-biased sampling).

        Args:
            rng: Random number generator.

        Returns:
            Duration in seconds.
        """
        durations = np.array([self.draw_duration(rng) for _ in range(DURATION_CANDIDATES)])
        return float(rng.choice(durations, p=durations / durations.sum()))

    @property
    def mean_duration(self) -> float:
        """Mean duration in seconds."""
        return float(np.mean(np.convolve(self.durations, [0.5, 0.5], "valid")))


@dataclass(frozen=True)
class EventStatistics:
    """Statistics of scenes.

    Attributes:
        onset_counts: Shares of segments of five seconds in which 0, 1, … events begin.
        polyphony: Shares of the time in which 0, 1, … events are active.
        elevation: Quantiles of the elevations in degrees, evenly spaced from 0 to 1.
        classes: Statistics by class name.
    """

    onset_counts: tuple[float, ...]
    polyphony: tuple[float, ...]
    elevation: tuple[float, ...]
    classes: dict[str, ClassStatistics]

    def for_class(self, name: str) -> ClassStatistics:
        """Returns the statistics of a class.

        Args:
            name: Class name.

        Returns:
            Its statistics, or the mean of all classes if STARSS22 does not have the class.
        """
        if name in self.classes:
            return self.classes[name]
        known = list(self.classes.values())
        durations = np.mean([one.durations for one in known], axis=0)
        moving_share = float(np.mean([one.moving_share for one in known]))
        return ClassStatistics(1.0 / len(known), tuple(durations), moving_share)

    def onset_weight(self, active: int) -> float:
        """Returns the relative rate at which events begin while a number of others are active.

        In real scenes, people take turns: there is less silence and less overlap than by chance. With this
        rate, and if every event ended independently (a birth-death process), `polyphony` would be the
        stationary distribution.

        Args:
            active: Number of active events.

        Returns:
            Relative rate.
        """
        at = min(active, len(self.polyphony) - 2)
        return self.polyphony[at + 1] * (at + 1) / self.polyphony[at]

    def draw_elevation(self, rng: np.random.Generator) -> float:
        """Draws an elevation.

        Args:
            rng: Random number generator.

        Returns:
            Elevation in degrees.
        """
        return _draw_quantile(self.elevation, rng)


@lru_cache(maxsize=1)
def starss22_statistics() -> EventStatistics:
    """Returns the statistics of STARSS22 that the package contains.

    Returns:
        The statistics.
    """
    text = (files("seldkit.synthesis") / "statistics.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    classes = {
        name: ClassStatistics(one["share"], tuple(one["seconds"]), one["moving"])
        for name, one in content["classes"].items()
    }
    return EventStatistics(
        onset_counts=tuple(content["onsets_in_5_s"]),
        polyphony=tuple(content["active_at_once"]),
        elevation=tuple(content["elevation"]),
        classes=classes,
    )


def draw_count(shares: tuple[float, ...], rng: np.random.Generator) -> int:
    """Draws a count.

    Args:
        shares: Shares of the counts 0, 1, …
        rng: Random number generator.

    Returns:
        The count.
    """
    return int(rng.choice(len(shares), p=np.array(shares) / sum(shares)))


def _draw_quantile(quantiles: tuple[float, ...], rng: np.random.Generator) -> float:
    return float(np.interp(rng.random(), np.linspace(0.0, 1.0, len(quantiles)), quantiles))

"""How often, how long and how mobile real sound events are: what scenes are drawn from.

The numbers are of the annotations of STARSS22 (Politis et al. 2022); `recipes/statistics` makes the file.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

_TRIALS: Final = 32


@dataclass(frozen=True)
class ClassStatistics:
    """share: of all events. seconds: lengths, evenly spaced quantiles. moving: share of those that move."""

    share: float
    seconds: tuple[float, ...]
    moving: float

    def draw_seconds(self, rng: np.random.Generator) -> float:
        """A length."""
        return _drawn(self.seconds, rng)

    def draw_seconds_under_way(self, rng: np.random.Generator) -> float:
        """The length of one that sounds at some moment: longer ones are likelier to, by their length."""
        lengths = np.array([self.draw_seconds(rng) for _ in range(_TRIALS)])
        return float(rng.choice(lengths, p=lengths / lengths.sum()))

    @property
    def mean_seconds(self) -> float:
        """The mean length."""
        return float(np.mean(np.convolve(self.seconds, [0.5, 0.5], "valid")))


@dataclass(frozen=True)
class EventStatistics:
    """begun_in_5_s: shares of five-second stretches in which 0, 1, … events begin.

    sounding_at_once: shares of moments at which 0, 1, … sound. elevation: degrees, evenly spaced quantiles.
    """

    begun_in_5_s: tuple[float, ...]
    sounding_at_once: tuple[float, ...]
    elevation: tuple[float, ...]
    classes: dict[str, ClassStatistics]

    def of(self, name: str) -> ClassStatistics:
        """A class's; the mean of all for a class that STARSS22 does not have."""
        if name in self.classes:
            return self.classes[name]
        every = list(self.classes.values())
        seconds = np.mean([one.seconds for one in every], axis=0)
        return ClassStatistics(
            1.0 / len(every), tuple(seconds), float(np.mean([one.moving for one in every]))
        )

    def eagerness(self, sounding: int) -> float:
        """How readily an event begins while so many others sound, as real scenes have them.

        People take turns: there is less silence and less overlap than by chance. Were events to begin at
        this rate and each to end independently, the shares of `sounding_at_once` would come about.
        """
        shares = self.sounding_at_once
        at = min(sounding, len(shares) - 2)
        return shares[at + 1] * (at + 1) / shares[at]

    def draw_elevation(self, rng: np.random.Generator) -> float:
        """Degrees."""
        return _drawn(self.elevation, rng)


@lru_cache(maxsize=1)
def starss22_statistics() -> EventStatistics:
    """Those of real scenes, as the package holds them."""
    text = (files("seldkit.synthesis") / "statistics.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    classes = {
        name: ClassStatistics(one["share"], tuple(one["seconds"]), one["moving"])
        for name, one in content["classes"].items()
    }
    begun, sounding, elevation = (
        tuple(content[name]) for name in ("begun_in_5_s", "sounding_at_once", "elevation")
    )
    return EventStatistics(begun, sounding, elevation, classes)


def draw_count(shares: tuple[float, ...], rng: np.random.Generator) -> int:
    """0, 1, … with these shares."""
    return int(rng.choice(len(shares), p=np.array(shares) / sum(shares)))


def _drawn(quantiles: tuple[float, ...], rng: np.random.Generator) -> float:
    return float(np.interp(rng.random(), np.linspace(0.0, 1.0, len(quantiles)), quantiles))

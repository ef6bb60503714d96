"""Several seeds of one recipe: what their scores are on average, and how far they lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seldkit.metrics import Scores


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (of a sample: n − 1) over seeds; NaN where a seed has no value."""

    mean: float
    deviation: float

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: what is not a number becomes None."""
        return {name: value if np.isfinite(value) else None for name, value in vars(self).items()}


def spread(scores: Sequence[Scores]) -> dict[str, Spread]:
    """Of each overall score, over two seeds or more."""
    return {
        name: Spread(float(np.mean(values)), float(np.std(values, ddof=1)))
        for name in scores[0].overall
        for values in [[one.overall[name] for one in scores]]
    }

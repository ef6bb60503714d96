"""Whether one system is better than another, or luck: paired bootstrap over the clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import count
from seldkit.metrics.formulas import Average
from seldkit.metrics.protocols import PROTOCOLS, Reading
from seldkit.metrics.statistics import ProtocolCounts
from seldkit.types import Floats

RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Difference:
    """How far apart two systems' scores lie.

    value: the second's score minus the first's. low, high: its 95 % interval. p_value: how often, twice over,
    resampled clips would have it the other way round (two-sided).
    """

    value: float
    low: float
    high: float
    p_value: float

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: what is not a number becomes None."""
        return {name: value if np.isfinite(value) else None for name, value in vars(self).items()}


def paired_differences(
    references: Sequence[Annotations],
    first: Sequence[Annotations],
    second: Sequence[Annotations],
    protocol: str = "dcase2025",
    reading: Reading = "strict",
    average: Average = "macro",
    groups: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Difference]:
    """The differences between two systems' overall scores on the same clips, by name.

    The clips are drawn anew, with replacement, `resamples` times, the same ones for both systems (paired
    percentile bootstrap, Efron and Tibshirani 1993). groups: clips of one name are drawn together, such as
    those that were cut from one recording; by default each clip for itself.
    """
    if not len(references) == len(first) == len(second) or not references:
        raise SeldkitError(
            f"expected as many answers of both systems as references, got {len(references)} references, "
            f"{len(first)} and {len(second)} answers"
        )
    rules = PROTOCOLS[protocol]
    counts = [
        count(ClipTable.of(references), ClipTable.of(found), protocol, reading) for found in (first, second)
    ]
    draws = _draws(groups or [str(number) for number in range(len(references))], resamples, seed)
    official = reading == "official"
    whole = [rules.score(one.total(), average, official)[0] for one in counts]
    drawn = [rules.score(_resampled(one, draws), average, official)[0] for one in counts]
    return {
        name: _difference(float(whole[1][name][0] - whole[0][name][0]), drawn[1][name] - drawn[0][name])
        for name in whole[0]
    }


def _draws(groups: Sequence[str], resamples: int, seed: int) -> Floats:
    """How often each clip is in each resample: (resamples, clips)."""
    _, member = np.unique(list(groups), return_inverse=True)
    number = int(member.max()) + 1
    times = np.random.default_rng(seed).multinomial(number, np.full(number, 1.0 / number), resamples)
    return np.asarray(times[:, member], np.float64)


def _resampled(counts: ProtocolCounts, draws: Floats) -> ProtocolCounts:
    """The counts of each resample."""
    by_class = draws @ counts.by_class.reshape(len(counts), -1)
    return ProtocolCounts(by_class.reshape(len(draws), *counts.by_class.shape[1:]), draws @ counts.errors)


def _difference(value: float, drawn: Floats) -> Difference:
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) == 0:
        return Difference(value, *[float("nan")] * 3)
    low, high = np.quantile(drawn, [0.025, 0.975])
    against = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return Difference(value, float(low), float(high), min(1.0, 2.0 * (against + 1) / (len(drawn) + 1)))

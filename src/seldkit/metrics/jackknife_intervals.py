"""Jackknife intervals: how much the scores hang on single clips."""

from typing import Final

import numpy as np

from seldkit.metrics.formulas import Average
from seldkit.metrics.protocols import Protocol
from seldkit.metrics.scores import Interval
from seldkit.metrics.statistics import ProtocolCounts
from seldkit.types import Floats

SIGNIFICANCE: Final = 0.05


def intervals(
    counts: ProtocolCounts, protocol: Protocol, average: Average, official: bool
) -> dict[str, Interval]:
    """The 95 % jackknife interval of every overall score, over clips left out one at a time.

    With n clips, p the n leave-one-out scores and s the score of all: bias = (n - 1) (mean p - s), estimate =
    s - bias, standard error = sqrt((n - 1) mean (p - mean p)²), and the interval is the estimate ± t(0.975, n
    - 1) standard errors. (Mesaros, Politis et al., the interval of the DCASE challenges' reports.)
    """
    whole, _ = protocol.score(counts.total(), average, official)
    partial, _ = protocol.score(counts.leave_one_out(), average, official)
    return {name: _interval(float(whole[name][0]), partial[name]) for name in whole}


def _interval(score: float, partial: Floats) -> Interval:
    from scipy.special import stdtrit

    n = len(partial)
    if n < 2:
        return Interval(*[float("nan")] * 5)
    mean = partial.mean()
    bias = (n - 1) * (mean - score)
    error = np.sqrt((n - 1) * ((partial - mean) ** 2).mean())
    reach = stdtrit(n - 1, 1 - SIGNIFICANCE / 2) * error
    estimate = score - bias
    return Interval(*map(float, (estimate, estimate - reach, estimate + reach, bias, error)))

"""Jackknife confidence intervals."""

from typing import Final

import numpy as np

from seldkit.metrics.protocol import Average, Protocol
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.scores import Interval
from seldkit.types import Floats

SIGNIFICANCE_LEVEL: Final = 0.05


def jackknife_intervals(
    counts: ProtocolCounts, protocol: Protocol, average: Average, official: bool
) -> dict[str, Interval]:
    """Computes the 95 % jackknife interval of every overall score by leaving out one clip at a time.

    With n clips, leave-one-out scores p and the score s of all clips: bias = (n - 1) (mean p - s), estimate =
    s - bias, standard error = sqrt((n - 1) mean (p - mean p)²), interval = estimate ± t(0.975, n - 1)
    standard error. Source: Mesaros et al., intervals of the DCASE challenge reports.

    Args:
        counts: Counts of each clip.
        protocol: Scoring protocol.
        average: "macro" or "micro".
        official: Whether to reproduce the official evaluator.

    Returns:
        Intervals by name of the score.
    """
    overall, _ = protocol.score(counts.total(), average, official)
    partial, _ = protocol.score(counts.leave_one_out(), average, official)
    return {name: _interval(float(overall[name][0]), partial[name]) for name in protocol.score_names}


def _interval(score: float, partial: Floats) -> Interval:
    from scipy.special import stdtrit

    n = len(partial)
    if n < 2:
        return Interval(*[float("nan")] * 5)
    mean = partial.mean()
    bias = (n - 1) * (mean - score)
    error = np.sqrt((n - 1) * ((partial - mean) ** 2).mean())
    half_width = stdtrit(n - 1, 1 - SIGNIFICANCE_LEVEL / 2) * error
    estimate = score - bias
    return Interval(*map(float, (estimate, estimate - half_width, estimate + half_width, bias, error)))

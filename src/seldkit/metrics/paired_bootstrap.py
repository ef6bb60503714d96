"""Significance of the difference between two systems: paired bootstrap over clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import count
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average, Reading
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.scores import nan_to_none
from seldkit.types import Floats

RESAMPLE_COUNT: Final = 2000


@dataclass(frozen=True)
class Difference:
    """Difference between the scores of two systems, in the unit of the score.

    Attributes:
        value: Score of the second system minus score of the first.
        low: Lower end of the 95 % confidence interval.
        high: Upper end of the 95 % confidence interval.
        p_value: Two-sided p-value of the hypothesis that the systems do not differ.
    """

    value: float
    low: float
    high: float
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Converts the difference for JSON; NaN becomes None.

        Returns:
            Values by name.
        """
        return nan_to_none(vars(self))


def paired_differences(
    references: Sequence[Annotations],
    first: Sequence[Annotations],
    second: Sequence[Annotations],
    protocol: str = DEFAULT_PROTOCOL,
    reading: Reading = "strict",
    average: Average = "macro",
    groups: Sequence[str] | None = None,
    resamples: int = RESAMPLE_COUNT,
    seed: int = 0,
) -> dict[str, Difference]:
    """Compares the overall scores of two systems on the same clips.

    Clips are drawn with replacement, the same ones for both systems (paired percentile bootstrap, Efron and
    Tibshirani 1993).

    Args:
        references: References of clips.
        first: Predictions of the first system for the same clips, in the same order.
        second: Predictions of the second system.
        protocol: Name of the scoring protocol.
        reading: "official" or "strict".
        average: "macro" or "micro".
        groups: Name of each clip's group; clips of one group, for example of one recording, are drawn
            together. Default: each clip is a group.
        resamples: Number of bootstrap samples.
        seed: Random seed.

    Returns:
        Differences by name of the score.

    Raises:
        SeldkitError: The numbers of clips differ or are 0, or an argument is unknown.
    """
    if not len(references) == len(first) == len(second) or not references:
        raise SeldkitError(
            "expected as many predictions of both systems as references and at least one, "
            f"got {len(references)} references, {len(first)} and {len(second)} predictions"
        )
    rules = PROTOCOLS[protocol]
    counts = [
        count(
            ClipTable.from_annotations(references), ClipTable.from_annotations(predictions), protocol, reading
        )
        for predictions in (first, second)
    ]
    draws = _draw_clips(groups or [str(number) for number in range(len(references))], resamples, seed)
    official = reading == "official"
    overall = [rules.score(one.total(), average, official)[0] for one in counts]
    resampled = [rules.score(_resample(one, draws), average, official)[0] for one in counts]
    return {
        name: _difference(
            float(overall[1][name][0] - overall[0][name][0]), resampled[1][name] - resampled[0][name]
        )
        for name in rules.score_names
    }


def _draw_clips(groups: Sequence[str], resamples: int, seed: int) -> Floats:
    """How often each clip is in each sample. Shape ``(resamples, clips)``."""
    _, group = np.unique(list(groups), return_inverse=True)
    size = int(group.max()) + 1
    times = np.random.default_rng(seed).multinomial(size, np.full(size, 1.0 / size), resamples)
    return np.asarray(times[:, group], np.float64)


def _resample(counts: ProtocolCounts, draws: Floats) -> ProtocolCounts:
    """Counts of each sample."""
    by_class = draws @ counts.by_class.reshape(len(counts), -1)
    return ProtocolCounts(by_class.reshape(len(draws), *counts.by_class.shape[1:]), draws @ counts.errors)


def _difference(value: float, resampled: Floats) -> Difference:
    resampled = resampled[np.isfinite(resampled)]
    if len(resampled) == 0:
        return Difference(value, *[float("nan")] * 3)
    low, high = np.quantile(resampled, [0.025, 0.975])
    contrary = min((resampled <= 0).sum(), (resampled >= 0).sum())
    return Difference(value, float(low), float(high), min(1.0, 2.0 * (contrary + 1) / (len(resampled) + 1)))

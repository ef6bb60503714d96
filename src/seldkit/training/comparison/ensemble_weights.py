"""Weights of the models of an ensemble, selected on validation clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import torch
from torch import Tensor

from seldkit.annotations import Annotations
from seldkit.metrics import evaluate
from seldkit.models import Ensemble, SeldModel

MAX_SELECTIONS: Final = 10
"""Number of greedy selections; a weight is a whole number of selections."""

WINDOWS_PER_AVERAGE: Final = 256
"""Number of windows that are averaged together."""


@dataclass(frozen=True)
class WeightSelection:
    """Selected weights and F-scores on the validation clips (strict reading).

    Attributes:
        weights: Weights of the models, from 0, with sum 1.
        f_score: F-score of the ensemble with these weights.
        equal_f_score: F-score of the ensemble with equal weights.
        single_f_scores: F-score of each model.
        clips: Number of validation windows.
    """

    weights: tuple[float, ...]
    f_score: float
    equal_f_score: float
    single_f_scores: tuple[float, ...]
    clips: int

    def to_dict(self) -> dict[str, Any]:
        """Converts the scores for JSON.

        Returns:
            Values by name, without the weights.
        """
        return {
            "clips": self.clips,
            "f_score": self.f_score,
            "f_score_with_equal_weights": self.equal_f_score,
            "f_scores_alone": list(self.single_f_scores),
        }


def select_weights(
    models: Sequence[SeldModel], outputs: Sequence[Tensor], references: Sequence[Annotations]
) -> WeightSelection:
    """Selects convex weights by the F-score of the models' protocol (strict reading, macro average).

    Greedy selection with replacement (Caruana et al., "Ensemble selection from libraries of models", ICML
    2004): at each step, the model that gives the best ensemble is added, possibly again. The weights are the
    shares of the models after the best step. Equal weights are used if no step is better. The result is
    deterministic.

    Args:
        models: Models of the ensemble.
        outputs: Outputs of each model for the same windows, ``(windows, frames, tracks, elements, classes)``.
        references: Ground truth of the windows.

    Returns:
        The selected weights.
    """
    cache: dict[tuple[int, ...], float] = {}

    def f_score(counts: Sequence[int]) -> float:
        key = tuple(count // gcd(*counts) for count in counts)
        if key not in cache:
            cache[key] = _f_score(models, outputs, references, counts)
        return cache[key]

    indices = range(len(models))
    equal = [1] * len(models)
    best, counts = equal, [0] * len(models)
    for _ in range(MAX_SELECTIONS):
        candidates = [[count + (other == index) for other, count in enumerate(counts)] for index in indices]
        counts = max(candidates, key=f_score)  # the first of equal candidates
        if f_score(counts) > f_score(best):
            best = counts
    return WeightSelection(
        weights=tuple(count / sum(best) for count in best),
        f_score=f_score(best),
        equal_f_score=f_score(equal),
        single_f_scores=tuple(f_score([int(other == index) for other in indices]) for index in indices),
        clips=len(references),
    )


def average_outputs(ensemble: Ensemble, outputs: Sequence[Tensor]) -> Tensor:
    """Averages the outputs of the models of an ensemble for any number of windows.

    Args:
        ensemble: The ensemble.
        outputs: Output of each model, ``(windows, frames, tracks, elements, classes)``.

    Returns:
        Output of the ensemble, same shape.
    """
    parts = zip(*(torch.split(output, WINDOWS_PER_AVERAGE) for output in outputs), strict=True)
    return torch.cat([ensemble.average(part) for part in parts])


def _f_score(
    models: Sequence[SeldModel],
    outputs: Sequence[Tensor],
    references: Sequence[Annotations],
    counts: Sequence[int],
) -> float:
    """F-score with the counts as weights; 0 if there are no sources and no predictions."""
    selected = [index for index, count in enumerate(counts) if count]
    ensemble = Ensemble([models[index] for index in selected], [float(counts[index]) for index in selected])
    predictions = ensemble.decode(average_outputs(ensemble, [outputs[index] for index in selected]))
    value = evaluate(references, predictions, ensemble.config.protocol, reading="strict").overall["f_score"]
    return value if value == value else 0.0

"""How much each model of an ensemble counts, chosen on clips that none of them learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import torch
from torch import Tensor

from seldkit.annotations import Annotations
from seldkit.metrics import evaluate
from seldkit.models import Ensemble, SeldModel

STEPS: Final = 10
"""Most picks; weights are whole picks of them."""

TOGETHER: Final = 256
"""Windows that are averaged at once."""


@dataclass(frozen=True)
class Weighting:
    """weights: of the models in their order, from 0, their sum 1. f_score: the ensemble's on the validation
    clips (strict reading); alike: with equal weights; alone: each model's own. clips: how many there were."""

    weights: tuple[float, ...]
    f_score: float
    alike: float
    alone: tuple[float, ...]
    clips: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "clips": self.clips,
            "f_score": self.f_score,
            "f_score_with_equal_weights": self.alike,
            "f_scores_alone": list(self.alone),
        }


def chosen_weights(
    models: Sequence[SeldModel], answers: Sequence[Tensor], truth: Sequence[Annotations]
) -> Weighting:
    """Convex weights by the F-score of the models' protocol (strict reading, macro).

    Greedy selection with replacement (Caruana et al., "Ensemble selection from libraries of models", ICML
    2004): model after model is picked, each time the one with which the ensemble is best, the same one as
    often as it helps; weights are shares of the picks, and of `STEPS` picks those to the best point stay.
    Equal weights stay where nothing is better. The same clips give the same weights.

    answers: of each model to the same windows, (windows, frames, tracks, elements, classes). truth: of those
    windows.
    """
    known: dict[tuple[int, ...], float] = {}

    def f_score(picks: Sequence[int]) -> float:
        key = tuple(count // gcd(*picks) for count in picks)
        if key not in known:
            known[key] = _f_score(models, answers, truth, picks)
        return known[key]

    numbers = range(len(models))
    alike = [1] * len(models)
    best, picks = alike, [0] * len(models)
    for _ in range(STEPS):
        candidates = [[count + (at == number) for at, count in enumerate(picks)] for number in numbers]
        picks = max(candidates, key=f_score)  # of equals the first
        if f_score(picks) > f_score(best):
            best = picks
    return Weighting(
        weights=tuple(count / sum(best) for count in best),
        f_score=f_score(best),
        alike=f_score(alike),
        alone=tuple(f_score([int(at == number) for at in numbers]) for number in numbers),
        clips=len(truth),
    )


def joint_answer(ensemble: Ensemble, answers: Sequence[Tensor]) -> Tensor:
    """The models' answers to any number of windows as the ensemble's one."""
    parts = zip(*(torch.split(answer, TOGETHER) for answer in answers), strict=True)
    return torch.cat([ensemble.average(part) for part in parts])


def _f_score(
    models: Sequence[SeldModel], answers: Sequence[Tensor], truth: Sequence[Annotations], picks: Sequence[int]
) -> float:
    """Of the models that were picked, each as often; 0 where there is no source and no answer."""
    held = [number for number, count in enumerate(picks) if count]
    ensemble = Ensemble([models[number] for number in held], [float(picks[number]) for number in held])
    found = ensemble.decode(joint_answer(ensemble, [answers[number] for number in held]))
    value = evaluate(truth, found, ensemble.config.protocol, reading="strict").overall["f_score"]
    return value if value == value else 0.0

"""Compared systems: single trained models and ensembles."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from seldkit.models import SeldModel
from seldkit.training.comparison.ensemble_weights import WeightSelection
from seldkit.training.prepared_sources import StoredClips
from seldkit.training.recipe import Recipe

TIMED_RUNS: Final = 20
"""Number of timed runs; the time is the mean of the faster half."""


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A recipe trained with one seed.

    Attributes:
        recipe: The recipe with this seed.
        seed: Random seed.
        folder: Model directory.
        model: The trained model.
    """

    recipe: Recipe
    seed: int
    folder: Path
    model: SeldModel


@dataclass(frozen=True, eq=False)
class System:
    """A single model or an ensemble.

    Costs are sums over the models, for one window, without the computation of features and streams.

    Attributes:
        name: Name of the recipe or the ensemble.
        seed: Random seed; None for an ensemble.
        members: Indices of the models among the trained models.
        models: Model directories.
        parameters: Number of parameters.
        macs: Number of multiply-accumulate operations.
        seconds: Computing time in seconds.
        weights: Weights of the models.
        weighting: Selection of the weights; None for a single model.
    """

    name: str
    seed: int | None
    members: tuple[int, ...]
    models: tuple[Path, ...]
    parameters: int
    macs: int
    seconds: float
    weights: tuple[float, ...] = (1.0,)
    weighting: WeightSelection | None = None

    @property
    def detect_options(self) -> str:
        """Options of `seldkit detect` for this system, quoted for a shell."""
        pairs = zip(self.models, self.weights, strict=True)
        return " ".join(f"--model {quote(str(model))} --weight {weight:g}" for model, weight in pairs)

    def to_dict(self) -> dict[str, Any]:
        """Converts the values for JSON.

        Returns:
            Values by name.
        """
        costs = {"parameters": self.parameters, "macs": self.macs, "seconds_per_clip": self.seconds}
        if self.weighting is None:
            return {"name": self.name, "seed": self.seed, "model": str(self.models[0]), **costs}
        pairs = zip(self.models, self.weights, strict=True)
        return {
            "name": self.name,
            "seed": None,
            "model": None,
            "members": [{"model": str(model), "weight": weight} for model, weight in pairs],
            "detect": self.detect_options,
            "validation": self.weighting.to_dict(),
            **costs,
        }


def single_system(index: int, trained: TrainedModel, clips: StoredClips) -> System:
    """Returns the system of one trained model.

    Args:
        index: Index of the model among the trained models.
        trained: The trained model.
        clips: Clips; the costs are measured on the first window.

    Returns:
        The system.
    """
    macs, seconds = measure_cost(trained.model, clips)
    return System(
        name=trained.recipe.name,
        seed=trained.seed,
        members=(index,),
        models=(trained.folder,),
        parameters=trained.model.parameter_count,
        macs=macs,
        seconds=seconds,
    )


def ensemble_system(name: str, systems: Sequence[System], weighting: WeightSelection) -> System:
    """Combines single models to an ensemble; models with weight 0 are left out.

    Args:
        name: Name of the ensemble.
        systems: Systems of single models.
        weighting: Weights of the models.

    Returns:
        The ensemble.
    """
    members = [(one, weight) for one, weight in zip(systems, weighting.weights, strict=True) if weight]
    return System(
        name=name,
        seed=None,
        members=tuple(index for one, _ in members for index in one.members),
        models=tuple(model for one, _ in members for model in one.models),
        parameters=sum(one.parameters for one, _ in members),
        macs=sum(one.macs for one, _ in members),
        seconds=sum(one.seconds for one, _ in members),
        weights=tuple(weight for _, weight in members),
        weighting=weighting,
    )


@torch.inference_mode()
def measure_cost(model: SeldModel, clips: StoredClips) -> tuple[int, float]:
    """Measures the cost of a model for one window, without the computation of features and streams.

    Args:
        model: The model.
        clips: Clips; the first window is used.

    Returns:
        Number of multiply-accumulate operations, and computing time in seconds.
    """
    example = clips[0]
    streams = {name: stream[None] for name, stream in example.streams.items()}
    with FlopCounterMode(display=False) as counter:
        _forward(model, example.features, streams)
    times = []
    for _ in range(TIMED_RUNS):
        begin = time.perf_counter()
        _forward(model, example.features, streams)
        times.append(time.perf_counter() - begin)
    fastest = sorted(times)[: TIMED_RUNS // 2]
    return counter.get_total_flops() // 2, sum(fastest) / len(fastest)


def _forward(model: SeldModel, features: Tensor, streams: dict[str, Tensor]) -> Tensor:
    output: Tensor = model(model.features.standardise(features[None]), streams)
    return output

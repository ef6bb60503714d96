"""What is compared: trained models, and several that answer as one."""

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
from seldkit.training.comparison.ensemble_weights import Weighting
from seldkit.training.prepared_sources import StoredClips
from seldkit.training.recipe import Recipe

TIMED: Final = 20
"""Clips, one at a time, of which the fastest half gives the seconds a clip takes."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A recipe that was trained with a seed: the model directory and the model that it holds."""

    recipe: Recipe
    seed: int
    folder: Path
    model: SeldModel


@dataclass(frozen=True, eq=False)
class System:
    """One system of the table.

    seed: None for an ensemble. members: the numbers of its models among the trained ones, `models` their
    directories and `weights` how much each counts; `weighting` says what chose them. parameters, macs
    (multiply-adds of one window, features and streams left out) and seconds (of one window, likewise) are
    sums over its models.
    """

    name: str
    seed: int | None
    members: tuple[int, ...]
    models: tuple[Path, ...]
    parameters: int
    macs: int
    seconds: float
    weights: tuple[float, ...] = (1.0,)
    weighting: Weighting | None = None

    @property
    def detect_options(self) -> str:
        """What `seldkit detect` takes to answer as this system, for a shell."""
        pairs = zip(self.models, self.weights, strict=True)
        return " ".join(f"--model {quote(str(model))} --weight {weight:g}" for model, weight in pairs)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
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


def single(number: int, trained: Trained, clips: StoredClips) -> System:
    """A trained model alone; its costs are measured on one of the clips."""
    macs, seconds = cost(trained.model, clips)
    return System(
        name=trained.recipe.name,
        seed=trained.seed,
        members=(number,),
        models=(trained.folder,),
        parameters=trained.model.parameter_count,
        macs=macs,
        seconds=seconds,
    )


def joint(name: str, systems: Sequence[System], weighting: Weighting) -> System:
    """Several as one; those that have no weight are left out."""
    held = [(one, weight) for one, weight in zip(systems, weighting.weights, strict=True) if weight]
    return System(
        name=name,
        seed=None,
        members=tuple(number for one, _ in held for number in one.members),
        models=tuple(model for one, _ in held for model in one.models),
        parameters=sum(one.parameters for one, _ in held),
        macs=sum(one.macs for one, _ in held),
        seconds=sum(one.seconds for one, _ in held),
        weights=tuple(weight for _, weight in held),
        weighting=weighting,
    )


@torch.inference_mode()
def cost(model: SeldModel, clips: StoredClips) -> tuple[int, float]:
    """Multiply-adds of one window and the seconds that it takes, from features and streams to the answer."""
    example = clips[0]
    streams = {name: stream[None] for name, stream in example.streams.items()}
    with FlopCounterMode(display=False) as counter:
        _ask(model, example.features, streams)
    times = []
    for _ in range(TIMED):
        begin = time.perf_counter()
        _ask(model, example.features, streams)
        times.append(time.perf_counter() - begin)
    fastest = sorted(times)[: TIMED // 2]
    return counter.get_total_flops() // 2, sum(fastest) / len(fastest)


def _ask(model: SeldModel, features: Tensor, streams: dict[str, Tensor]) -> Tensor:
    answer: Tensor = model(model.features.standardise(features[None]), streams)
    return answer

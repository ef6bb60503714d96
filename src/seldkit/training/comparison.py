"""Several recipes, trained and scored on the same clips, side by side."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from seldkit.annotations import Annotations
from seldkit.files import replacing
from seldkit.metrics import Difference, Scores, evaluate, paired_differences
from seldkit.models import SeldModel
from seldkit.training.recipe import Recipe
from seldkit.training.run import Machine, train
from seldkit.training.sources import PreparedSources, StoredClips
from seldkit.training.thresholds import answers

TIMED: Final = 20
"""Clips, one at a time, of which the fastest half gives the seconds a clip takes."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One trained system: its scores on the test clips in both readings, its size and its speed.

    macs: multiply-adds of one clip, features left out. seconds: of one clip, features left
    out. found: its answers, clip by clip.
    """

    name: str
    seed: int
    model: Path
    official: Scores
    strict: Scores
    parameters: int
    macs: int
    seconds: float
    found: Sequence[Annotations]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Systems on the same clips; `differences` from the first one, in the order of the others."""

    entries: Sequence[Entry]
    differences: Sequence[dict[str, Difference]]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "systems": [
                {
                    "name": entry.name,
                    "seed": entry.seed,
                    "model": str(entry.model),
                    "official": entry.official.to_dict(),
                    "strict": entry.strict.to_dict(),
                    "parameters": entry.parameters,
                    "macs": entry.macs,
                    "seconds_per_clip": entry.seconds,
                }
                for entry in self.entries
            ],
            "differences_from_the_first": [
                {name: one.to_dict() for name, one in difference.items()} for difference in self.differences
            ],
        }


def compare(
    recipes: Sequence[Recipe],
    sources: PreparedSources,
    test: Path,
    output: Path,
    seeds: Sequence[int] = (),
    machine: Machine = Machine(),  # noqa: B008
) -> Comparison:
    """Train each recipe with each seed and score all of them on the clips that `test` keeps for testing.

    Runs lie in `output/<recipe>-seed<seed>` and are kept: a second call trains only what is missing. Scores
    have 95 % jackknife intervals; differences are paired over the recordings. Writes `comparison.json`.
    seeds: instead of the recipes' own.
    """
    entries: list[Entry] = []
    for recipe in recipes:
        for seed in seeds or (recipe.training.seed,):
            seeded = _seeded(recipe, seed)
            folder = train(seeded, sources, output / f"{recipe.name}-seed{seed}", machine)
            entries.append(score(folder, seed, sources, test))
    clips = sources.test(test, SeldModel.load(entries[0].model).config)
    truth = [clips[index].truth for index in range(len(clips))]
    comparison = Comparison(entries, _differences(entries, truth, clips.recordings))
    with replacing(output / "comparison.json") as temporary:
        temporary.write_text(json.dumps(comparison.to_dict(), indent=1, allow_nan=False), encoding="utf-8")
    return comparison


def score(folder: Path, seed: int, sources: PreparedSources, test: Path) -> Entry:
    """A trained model on the clips that `test` keeps for testing."""
    model = SeldModel.load(folder)
    clips = sources.test(test, model.config)
    output, truth = answers(model, clips)
    found = model.decode(output)
    protocol = model.config.protocol
    readings = [evaluate(truth, found, protocol, one, jackknife=True) for one in ("official", "strict")]
    macs, seconds = cost(model, clips)
    return Entry(
        model.config.name, seed, folder, readings[0], readings[1], model.parameter_count, macs, seconds, found
    )


@torch.inference_mode()
def cost(model: SeldModel, clips: StoredClips) -> tuple[int, float]:
    """Multiply-adds of one clip and the seconds that it takes, from features to answer."""
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
    answer: Tensor = model(model.features.standardised(features[None]), streams)
    return answer


def _seeded(recipe: Recipe, seed: int) -> Recipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": seed})})


def _differences(
    entries: Sequence[Entry], truth: Sequence[Annotations], groups: Sequence[str]
) -> list[dict[str, Difference]]:
    first, *others = entries
    protocol = first.strict.protocol
    return [paired_differences(truth, first.found, other.found, protocol, groups=groups) for other in others]

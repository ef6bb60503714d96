"""Validation scores of several processes are those of all clips."""

import multiprocessing
from pathlib import Path

import pytest
import torch

from seldkit.annotations import Annotations
from seldkit.metrics import evaluate
from seldkit.models import SeldModel
from seldkit.training.lightning_module import SeldModule
from training.clips import CLASSES, FakeClips, tiny_recipe

PROCESSES = 2


def sides() -> tuple[list[Annotations], list[Annotations]]:
    """Six references, and predictions of which every third has no rows."""
    clips = FakeClips(tiny_recipe().model)
    references = [clips[number].reference for number in range(6)]
    empty = Annotations.empty(references[0].frame_count, CLASSES)
    return references, [one if number % 3 else empty for number, one in enumerate(references)]


def score_part(rank: int, store: str, results: "multiprocessing.Queue[tuple[int, int, float]]") -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=PROCESSES
    )
    recipe = tiny_recipe()
    module = SeldModule(SeldModel(recipe.model), recipe.training, recipe.training.stages[0])
    references, predictions = sides()
    part = slice(0, 2) if rank == 0 else slice(2, None)
    module._score.update(references[part], predictions[part])
    scores = module._reduced_score().compute()
    results.put((rank, scores.clips, scores["f_score"]))
    torch.distributed.destroy_process_group()


def test_states_are_summed_over_processes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    arguments = (str(tmp_path / "store"), results)
    processes = [context.Process(target=score_part, args=(rank, *arguments)) for rank in range(PROCESSES)]
    for process in processes:
        process.start()
    found = sorted(results.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    whole = evaluate(*sides(), "dcase2025", "strict")["f_score"]
    assert found == [(0, 6, pytest.approx(whole)), (1, 6, pytest.approx(whole))]
    assert 0 < whole < 1

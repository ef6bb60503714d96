"""Work shared out to processes."""

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from seldkit.errors import SeldkitError
from seldkit.parallel import run


def square(number: int) -> int:
    if number == 3:
        raise SeldkitError("three is not squared")
    return number * number


def noise(seed: int) -> bytes:
    return np.random.default_rng(seed).standard_normal(1000).cumsum().tobytes()


class KilledOnce:
    """Dies at its first go at an item, and does it at the second."""

    def __init__(self, folder: Path, item: int, always: bool = False) -> None:
        self.folder, self.item, self.always = folder, item, always

    def __call__(self, number: int) -> int:
        mark = self.folder / str(number)
        if number == self.item and (self.always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number


def threads(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_has_an_outcome_and_errors_stop_nothing(workers: int) -> None:
    outcomes = {outcome.item: outcome for outcome in run(square, range(8), workers)}
    assert {item: outcome.result for item, outcome in outcomes.items() if item != 3} == {
        item: item * item for item in range(8) if item != 3
    }
    assert str(outcomes[3].error) == "three is not squared"
    assert isinstance(outcomes[3].error, SeldkitError)


def test_the_number_of_processes_changes_no_bit() -> None:
    alone, together = (
        {outcome.item: outcome.result for outcome in run(noise, range(6), workers)} for workers in (1, 3)
    )
    assert alone == together


def test_the_items_of_a_killed_process_are_done_again(tmp_path: Path) -> None:
    found = [outcome.result for outcome in run(KilledOnce(tmp_path, 2), range(6), 2)]
    assert sorted(found) == list(range(6))
    assert (tmp_path / "2").exists()


def test_an_item_that_always_kills_is_an_error_and_the_others_are_done(tmp_path: Path) -> None:
    outcomes = list(run(KilledOnce(tmp_path, 2, always=True), range(5), 2))
    assert sorted(outcome.result for outcome in outcomes if outcome.error is None) == [0, 1, 3, 4]
    (failed,) = (outcome for outcome in outcomes if outcome.error is not None)
    assert failed.item == 2
    assert "its process died 3 times" in str(failed.error)


def test_who_stops_early_leaves_nothing_running() -> None:
    outcomes = run(square, range(1000), 2)
    next(outcomes)
    outcomes.close()
    assert multiprocessing.active_children() == []


def test_processes_compute_with_one_thread_each() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    assert {outcome.result for outcome in run(threads, range(4), 2)} == {"1"}
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_a_cluster_gives_the_same(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    try:
        outcomes = {outcome.item: outcome for outcome in run(square, range(5), 2, cluster="local")}
        assert {item: outcome.result for item, outcome in outcomes.items()} == {
            0: 0,
            1: 1,
            2: 4,
            3: None,
            4: 16,
        }
        assert isinstance(outcomes[3].error, SeldkitError)
        killed = [outcome.result for outcome in run(KilledOnce(tmp_path, 1), range(3), 2, cluster="local")]
        assert sorted(killed) == [0, 1, 2]
    finally:
        ray.shutdown()

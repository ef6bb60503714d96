"""Tasks that run in several processes or on a cluster."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from parallel_tasks import KilledOnce, broken, noise, square, threads, without_numba
from seldkit.errors import SeldkitError
from seldkit.parallel import run


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_has_a_result_despite_errors(workers: int) -> None:
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


def test_the_items_of_a_killed_process_are_repeated(tmp_path: Path) -> None:
    found = [outcome.result for outcome in run(KilledOnce(tmp_path, 2), range(6), 2)]
    assert sorted(found) == list(range(6))
    assert (tmp_path / "2").exists()


def test_an_item_that_always_kills_its_process_is_an_error_and_the_others_complete(tmp_path: Path) -> None:
    outcomes = list(run(KilledOnce(tmp_path, 2, always=True), range(5), 2))
    assert sorted(outcome.result for outcome in outcomes if outcome.error is None) == [0, 1, 3, 4]
    (failed,) = (outcome for outcome in outcomes if outcome.error is not None)
    assert failed.item == 2
    assert "its process died 3 times" in str(failed.error)


def test_stopping_early_leaves_no_process() -> None:
    outcomes = run(square, range(1000), 2)
    next(outcomes)
    outcomes.close()
    assert multiprocessing.active_children() == []


def test_processes_compute_with_one_thread_each() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    assert {outcome.result for outcome in run(threads, range(4), 2)} == {"1"}
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize(
    ("task", "words"),
    [(without_numba, r"rooms requires the extra \[synthesis\]"), (broken, "ValueError: no such value")],
)
def test_an_error_that_cannot_be_pickled_is_no_dead_process(task: Callable[[int], None], words: str) -> None:
    (outcome,) = run(task, [0], 2)
    with pytest.raises((SeldkitError, RuntimeError), match=words):
        raise outcome.error or AssertionError
    assert isinstance(outcome.error, SeldkitError) == (task is without_numba)


def test_an_error_contains_the_traceback_of_the_other_process() -> None:
    (outcome,) = run(broken, [0], 2)
    assert outcome.error is not None
    assert "in broken" in outcome.error.__notes__[0]


CALLER = """
import os, sys, time
from pathlib import Path
from seldkit.parallel import run

def work(number):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(300)

if __name__ == "__main__":
    list(run(work, range(8), 2))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_caller_leaves_no_process(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    marks = tmp_path / "marks"
    marks.mkdir()
    caller = subprocess.Popen(
        [sys.executable, tmp_path / "caller.py", marks],
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    until(lambda: len(list(marks.iterdir())) == 2)
    caller.send_signal(how)
    caller.wait(timeout=60)
    until(lambda: not any(is_running(int(mark.name)) for mark in marks.iterdir()))


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A container's first process may leave the dead where they are.
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_an_unreachable_cluster_is_reported() -> None:
    pytest.importorskip("ray")
    with pytest.raises(SeldkitError, match=r"127\.0\.0\.1:1: expected the address of a Ray cluster"):
        list(run(square, [1], cluster="127.0.0.1:1"))


def test_a_cluster_gives_the_same_results(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    outcomes = {outcome.item: outcome for outcome in run(square, range(5), 2, cluster="local")}
    results = {item: outcome.result for item, outcome in outcomes.items()}
    assert results == {0: 0, 1: 1, 2: 4, 3: None, 4: 16}
    assert isinstance(outcomes[3].error, SeldkitError)
    assert not ray.is_initialized()


def test_a_cluster_repeats_the_items_of_a_killed_process(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    ray.init("local", num_cpus=2, include_dashboard=False, logging_level=30)
    try:
        killed = [outcome.result for outcome in run(KilledOnce(tmp_path, 1), range(3), cluster="local")]
        assert sorted(killed) == [0, 1, 2]
        (failed,) = run(without_numba, [0], cluster="local")
        assert "requires the extra" in str(failed.error)
        assert {outcome.result for outcome in run(threads, range(2), cluster="local")} == {"1"}
        assert ray.is_initialized()  # the caller started it and shuts it down
    finally:
        ray.shutdown()

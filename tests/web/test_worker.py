import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from seldkit.errors import SeldkitError
from seldkit.web import worker as worker_module
from seldkit.web.detection_job import Job, JobResult, Limits
from seldkit.web.worker import Worker
from web import doubles


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(worker_module, "_work", doubles.work)
    with closing(Worker(["any"], Limits())) as made:
        yield made


def run(
    worker: Worker, folder: Path, name: str, reported: list[tuple[float, str]] | None = None
) -> JobResult:
    def progress(share: float, words: str) -> None:
        if reported is not None:
            reported.append((share, words))

    return asyncio.run(worker.run(Job(folder, name), progress))


def is_alive_process(process: int) -> bool:
    return Path(f"/proc/{process}/stat").exists() and ") Z " not in Path(f"/proc/{process}/stat").read_text()


def test_one_process_runs_all_jobs(worker: Worker, tmp_path: Path) -> None:
    reported: list[tuple[float, str]] = []
    worker.start()
    first, second = run(worker, tmp_path, "a", reported), run(worker, tmp_path, "b")
    assert (first.name, second.name) == ("a", "b")
    assert first.notes[0] == second.notes[0] != str(os.getpid())
    assert reported == [(0.25, "working")]


def test_errors_of_jobs_are_reported_and_the_process_continues(worker: Worker, tmp_path: Path) -> None:
    process = run(worker, tmp_path, "a").notes[0]
    with pytest.raises(SeldkitError, match=r"^refused: no audio$"):
        run(worker, tmp_path, "refused")
    with pytest.raises(SeldkitError, match=r"^ZeroDivisionError: faulty .a bug in seldkit"):
        run(worker, tmp_path, "faulty")
    assert run(worker, tmp_path, "b").notes[0] == process


def test_a_crashed_process_is_reported_and_replaced(worker: Worker, tmp_path: Path) -> None:
    reported: list[tuple[float, str]] = []
    process = run(worker, tmp_path, "a").notes[0]
    with pytest.raises(SeldkitError, match=r"^crash: the worker process ended"):
        run(worker, tmp_path, "crash")
    assert run(worker, tmp_path, "b", reported).notes[0] != process
    assert reported[0] == (0.0, "loading the model")


def test_cancelling_a_job_ends_its_process(worker: Worker, tmp_path: Path) -> None:
    async def stopped() -> int:
        task = asyncio.create_task(worker.run(Job(tmp_path, "long"), lambda done, words: None))
        while not (tmp_path / "started").exists() or not (tmp_path / "started").read_text():
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int((tmp_path / "started").read_text())

    assert not is_alive_process(asyncio.run(stopped()))
    assert run(worker, tmp_path, "b").name == "b"


def test_the_event_loop_runs_during_a_job(worker: Worker, tmp_path: Path) -> None:
    async def turns() -> int:
        task = asyncio.create_task(worker.run(Job(tmp_path, "long"), lambda done, words: None))
        count = 0
        while not (tmp_path / "started").exists():
            await asyncio.sleep(0.01)
            count += 1
        task.cancel()
        return count

    assert asyncio.run(turns()) > 3


@pytest.mark.parametrize(
    ("model", "message"), [("bad", "^bad: no model$"), ("crash", "^the worker process ended")]
)
def test_invalid_models_are_reported_at_the_start(
    monkeypatch: pytest.MonkeyPatch, model: str, message: str
) -> None:
    monkeypatch.setattr(worker_module, "_work", doubles.work)
    with closing(Worker([model], Limits())) as worker, pytest.raises(SeldkitError, match=message):
        worker.start()


def test_signals_are_delayed_until_the_process_has_started(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, alive = SpawnProcess.start, list[bool]()

    def interrupted(process: SpawnProcess) -> None:
        signal.raise_signal(signal.SIGINT)
        start(process)
        alive.append(process.is_alive())

    monkeypatch.setattr(SpawnProcess, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worker.start()
    assert alive == [True]
    assert worker._process is not None  # it can be ended
    worker.close()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

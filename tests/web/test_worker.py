import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from seldkit.errors import SeldkitError
from seldkit.web import worker as room
from seldkit.web.detection_job import Job, JobResult, Limits
from seldkit.web.worker import Worker
from web import doubles


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(room, "_work", doubles.work)
    with closing(Worker(["any"], Limits())) as made:
        yield made


def done(worker: Worker, folder: Path, name: str, told: list[tuple[float, str]] | None = None) -> JobResult:
    def progress(share: float, words: str) -> None:
        if told is not None:
            told.append((share, words))

    return asyncio.run(worker.run(Job(folder, name), progress))


def alive(process: int) -> bool:
    return Path(f"/proc/{process}/stat").exists() and ") Z " not in Path(f"/proc/{process}/stat").read_text()


def test_jobs_are_done_one_after_the_other_by_one_process(worker: Worker, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    worker.start()
    first, second = done(worker, tmp_path, "a", told), done(worker, tmp_path, "b")
    assert (first.name, second.name) == ("a", "b")
    assert first.notes[0] == second.notes[0] != str(os.getpid())
    assert told == [(0.25, "working")]


def test_what_goes_wrong_is_said_and_the_process_goes_on(worker: Worker, tmp_path: Path) -> None:
    process = done(worker, tmp_path, "a").notes[0]
    with pytest.raises(SeldkitError, match=r"^refused: no audio$"):
        done(worker, tmp_path, "refused")
    with pytest.raises(SeldkitError, match=r"^ZeroDivisionError: faulty .a bug in seldkit"):
        done(worker, tmp_path, "faulty")
    assert done(worker, tmp_path, "b").notes[0] == process


def test_a_process_that_dies_is_said_and_followed_by_another(worker: Worker, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    process = done(worker, tmp_path, "a").notes[0]
    with pytest.raises(SeldkitError, match=r"^deadly: the worker process ended"):
        done(worker, tmp_path, "deadly")
    assert done(worker, tmp_path, "b", told).notes[0] != process
    assert told[0] == (0.0, "loading the model")


def test_a_cancelled_job_ends_its_process(worker: Worker, tmp_path: Path) -> None:
    async def stopped() -> int:
        task = asyncio.create_task(worker.run(Job(tmp_path, "long"), lambda done, words: None))
        while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
            await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int((tmp_path / "begun").read_text())

    assert not alive(asyncio.run(stopped()))
    assert done(worker, tmp_path, "b").name == "b"


def test_the_page_answers_while_a_job_is_done(worker: Worker, tmp_path: Path) -> None:
    async def turns() -> int:
        task = asyncio.create_task(worker.run(Job(tmp_path, "long"), lambda done, words: None))
        count = 0
        while not (tmp_path / "begun").exists():
            await asyncio.sleep(0.01)
            count += 1
        task.cancel()
        return count

    assert asyncio.run(turns()) > 3


@pytest.mark.parametrize(
    ("model", "said"), [("bad", "^bad: no model$"), ("deadly", "^the worker process ended")]
)
def test_models_that_cannot_be_used_are_said_at_once(
    monkeypatch: pytest.MonkeyPatch, model: str, said: str
) -> None:
    monkeypatch.setattr(room, "_work", doubles.work)
    with closing(Worker([model], Limits())) as worker, pytest.raises(SeldkitError, match=said):
        worker.start()


def test_a_signal_waits_until_the_process_has_begun(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, seen = SpawnProcess.start, list[bool]()

    def interrupted(process: SpawnProcess) -> None:
        signal.raise_signal(signal.SIGINT)
        begin(process)
        seen.append(process.is_alive())

    monkeypatch.setattr(SpawnProcess, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worker.start()
    assert seen == [True]
    assert worker._process is not None  # so that it can be ended
    worker.close()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

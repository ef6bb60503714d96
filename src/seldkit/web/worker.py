"""A process of its own for the work: the page answers meanwhile, and a job can be stopped or crash alone."""

from __future__ import annotations

import asyncio
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import current_thread, main_thread
from typing import Final

from seldkit.errors import SeldkitError, in_one_line
from seldkit.parallel import start_child_process
from seldkit.web.detection_job import Job, JobProgress, JobResult, Limits, do
from seldkit.web.loopback import refuse_network

LOOKS: Final = 0.1
"""Seconds between looks for news, and between two pieces of it."""
ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
DIED: Final = "the work died, perhaps for want of memory; try a shorter recording"


@dataclass(frozen=True)
class _Share:
    """How much of a job is done, 0 to 1, and what is being done."""

    done: float
    words: str


class Worker:
    """Does one job at a time with one detector.

        with closing(Worker(["default"], Limits())) as worker:
            found = await worker.do(job, progress)

    models, device: see `seldkit.load`.
    """

    def __init__(self, models: Sequence[str], limits: Limits, device: str = "auto") -> None:
        self._begun_with = (tuple(models), limits, device)
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._ready = False

    def begin(self) -> None:
        """Have the models loaded. Raises SeldkitError where they cannot be used."""
        connection = self._spawned()
        try:
            self._receive(connection)
        except OSError:
            raise SeldkitError(DIED) from None

    async def do(self, job: Job, progress: JobProgress) -> JobResult:
        """The result of a job. Raises SeldkitError; cancelled, it stops the work."""
        connection = self._living()
        if not self._ready:
            progress(0.0, "loading the model")
        try:
            connection.send(job)
            while not isinstance(news := await self._news(connection), JobResult):
                if news is not None:
                    progress(news.done, news.words)
        except OSError:
            self.close()
            raise SeldkitError(f"{job.name}: {DIED}") from None
        except asyncio.CancelledError:
            self.close()
            raise
        return news

    def close(self) -> None:
        """End the process, with whatever it was doing; the next job begins another."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def _living(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            return self._spawned()
        return self._connection

    def _spawned(self) -> Connection:
        self.close()
        self._ready = False
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, *self._begun_with), daemon=True)
        with _signals_waiting():  # a process half begun could not be ended, and would complain
            process.start()
            self._process = process
        theirs.close()
        return self._connection

    async def _news(self, connection: Connection) -> JobResult | _Share | None:
        while not connection.poll():
            await asyncio.sleep(LOOKS)
        return self._receive(connection)

    def _receive(self, connection: Connection) -> JobResult | _Share | None:
        """The next message; None says that the process is ready."""
        try:
            news: object = connection.recv()
        except EOFError as end:
            raise ConnectionResetError from end
        if isinstance(news, SeldkitError):
            raise news
        self._ready = True
        assert news is None or isinstance(news, JobResult | _Share)
        return news


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """What would interrupt the block does so after it."""
    if current_thread() is not main_thread():  # the only one that signals interrupt
        yield
        return
    came: list[int] = []
    former = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING}
    try:
        yield
    finally:
        for ending, handler in former.items():
            signal.signal(ending, handler)
        for number in came:
            signal.raise_signal(number)


def _work(connection: Connection, models: tuple[str, ...], limits: Limits, device: str) -> None:
    """What the process does: load, then one job after the other."""
    start_child_process()
    refuse_network()
    from seldkit.detection import load

    try:
        detector = load(models, device=device)
    except Exception as problem:
        connection.send(_said(problem))
        return
    answer(connection, lambda job, progress: do(job, detector, limits, progress))


def answer(connection: Connection, work: Callable[[Job, JobProgress], JobResult]) -> None:
    """Say that one is ready, then do the jobs that come, one after the other, until there is nobody."""
    connection.send(None)
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        try:
            connection.send(work(job, _Reporter(connection)))
        except Exception as problem:
            connection.send(_said(problem))


class _Reporter:
    """Sends how far the work is, now and then, and at once when something else is being done."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._last, self._words = connection, 0.0, ""

    def __call__(self, done: float, words: str) -> None:
        now = time.monotonic()
        if now - self._last >= LOOKS or words != self._words:
            self._last, self._words = now, words
            self._connection.send(_Share(done, words))


def _said(problem: Exception) -> SeldkitError:
    """An error as the page says it; a fault is shown on the terminal too."""
    if not isinstance(problem, SeldkitError | OSError):
        traceback.print_exception(problem)
    return SeldkitError(in_one_line(problem))

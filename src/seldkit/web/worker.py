"""A process of its own for the work: the page answers meanwhile, and a job can be stopped or crash alone."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from seldkit.errors import SeldkitError, in_one_line
from seldkit.parallel import begin_below
from seldkit.web.job import Found, Job, Limits, Progress, do
from seldkit.web.loopback import refuse_network

LOOKS: Final = 0.1
"""Seconds between looks for news, and between two pieces of it."""


@dataclass(frozen=True)
class _Share:
    done: float
    words: str


@dataclass(frozen=True)
class _Failure:
    words: str


@dataclass(frozen=True)
class _Ready:
    pass


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
        self._spawn()
        assert self._connection is not None
        try:
            self._read(self._connection)
        except OSError:
            raise SeldkitError("the process for the work died at once; it may need more memory") from None

    async def do(self, job: Job, progress: Progress) -> Found:
        """The result of a job. Raises SeldkitError; cancelled, it stops the work."""
        if self._process is None or not self._process.is_alive():
            self._spawn()
        connection = self._connection
        assert connection is not None
        if not self._ready:
            progress(0.0, "loading the model")
        try:
            connection.send(job)
            while not isinstance(news := await self._news(connection), Found):
                if isinstance(news, _Share):
                    progress(news.done, news.words)
        except OSError:
            self.close()
            raise SeldkitError(f"{job.name}: the work on it died; it may need more memory") from None
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
        self._ready = False

    def _spawn(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, *self._begun_with), daemon=True)
        self._process.start()
        theirs.close()

    async def _news(self, connection: Connection) -> Found | _Share | _Ready:
        while not connection.poll():
            await asyncio.sleep(LOOKS)
        return self._read(connection)

    def _read(self, connection: Connection) -> Found | _Share | _Ready:
        try:
            news: object = connection.recv()
        except EOFError as end:
            raise ConnectionResetError from end
        if isinstance(news, _Failure):
            raise SeldkitError(news.words)
        assert isinstance(news, Found | _Share | _Ready)
        self._ready = True
        return news


def _work(connection: Connection, models: tuple[str, ...], limits: Limits, device: str) -> None:
    """What the process does: load, then one job after the other until its parent closes the connection."""
    begin_below()
    refuse_network()
    from seldkit.detection import load

    try:
        detector = load(models, device=device)
    except Exception as problem:
        connection.send(_failure(problem))
        return
    connection.send(_Ready())
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        try:
            connection.send(do(job, detector, limits, _Reporter(connection)))
        except Exception as problem:
            connection.send(_failure(problem))


class _Reporter:
    """Sends how far the work is, now and then."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._last, self._words = connection, 0.0, ""

    def __call__(self, done: float, words: str) -> None:
        now = time.monotonic()
        if now - self._last >= LOOKS or words != self._words:
            self._last, self._words = now, words
            self._connection.send(_Share(done, words))


def _failure(problem: Exception) -> _Failure:
    if not isinstance(problem, SeldkitError | OSError):
        traceback.print_exception(problem)
    return _Failure(in_one_line(problem))

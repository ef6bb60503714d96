"""Process that runs the jobs, so that the page stays responsive and a job can be stopped or crash alone."""

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
from seldkit.web.detection_job import Job, JobProgress, JobResult, Limits, run_job
from seldkit.web.loopback import block_network

POLL_SECONDS: Final = 0.1
"""Time between two checks for messages, and minimum time between two progress messages."""
TERMINATION_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
MAX_JOIN_SECONDS: Final = 5.0
"""Maximum time to wait for a killed process, which may wait for a slow disk."""
WORKER_DIED: Final = "the worker process ended unexpectedly, possibly out of memory; try a shorter recording"


@dataclass(frozen=True)
class _Progress:
    """Completed share of a job, 0 to 1, and its current step."""

    share: float
    step: str


class Worker:
    """Runs one job at a time with one detector in a separate process.

    Examples:
        ``with closing(Worker(["default"], Limits())) as worker: await worker.run(job, progress)``

    Args:
        models: Models, see `seldkit.load`.
        limits: Maximum size of recordings.
        device: Compute device, see `seldkit.load`.
    """

    def __init__(self, models: Sequence[str], limits: Limits, device: str = "auto") -> None:
        self._arguments = (tuple(models), limits, device)
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._ready = False

    def start(self) -> None:
        """Starts the process and waits until the models are loaded.

        Raises:
            SeldkitError: The models cannot be used.
        """
        connection = self._spawn()
        try:
            self._receive(connection)
        except OSError:
            raise SeldkitError(WORKER_DIED) from None

    async def run(self, job: Job, progress: JobProgress) -> JobResult:
        """Runs a job. Cancelling the task ends the process.

        Args:
            job: Recording and options.
            progress: Called with the completed share, 0 to 1, and the current step.

        Returns:
            Result of the job.

        Raises:
            SeldkitError: The job failed.
        """
        connection = self._running_connection()
        if not self._ready:
            progress(0.0, "loading the model")
        try:
            connection.send(job)
            while not isinstance(message := await self._next_message(connection), JobResult):
                if message is not None:
                    progress(message.share, message.step)
        except OSError:
            await self.end_job()
            raise SeldkitError(f"{job.name}: {WORKER_DIED}") from None
        except asyncio.CancelledError:
            await self.end_job()
            raise
        return message

    async def end_job(self) -> None:
        """Ends the process and its current job without blocking the event loop.

        A process that waits for a slow disk ends later than it is killed.
        """
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.join, MAX_JOIN_SECONDS)

    def close(self) -> None:
        """Ends the process and its current job; the next job starts a new one."""
        if self._process is not None:
            self._process.kill()
            self._process.join(MAX_JOIN_SECONDS)
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def _running_connection(self) -> Connection:
        if self._process is None or self._connection is None or not self._process.is_alive():
            return self._spawn()
        return self._connection

    def _spawn(self) -> Connection:
        self.close()
        self._ready = False
        context = get_context("spawn")
        self._connection, other_end = context.Pipe()
        process = context.Process(target=_work, args=(other_end, *self._arguments), daemon=True)
        with _signals_delayed():  # a process that is not fully started cannot be ended
            process.start()
            self._process = process
        other_end.close()
        return self._connection

    async def _next_message(self, connection: Connection) -> JobResult | _Progress | None:
        while not connection.poll():
            await asyncio.sleep(POLL_SECONDS)
        return self._receive(connection)

    def _receive(self, connection: Connection) -> JobResult | _Progress | None:
        """Returns the next message; None means that the process is ready."""
        try:
            message: object = connection.recv()
        except EOFError as end:
            raise ConnectionResetError from end
        if isinstance(message, SeldkitError):
            raise message
        self._ready = True
        assert message is None or isinstance(message, JobResult | _Progress)
        return message


@contextmanager
def _signals_delayed() -> Iterator[None]:
    """Delays signals that would interrupt the block until it is finished."""
    if current_thread() is not main_thread():  # only the main thread receives signals
        yield
        return
    received: list[int] = []
    original = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in TERMINATION_SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in original.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)


def _work(connection: Connection, models: tuple[str, ...], limits: Limits, device: str) -> None:
    """Main function of the process: loads the models and runs jobs."""
    start_child_process()
    block_network()
    from seldkit.detection import load

    try:
        detector = load(models, device=device)
    except Exception as problem:
        connection.send(_as_seldkit_error(problem))
        return
    serve_jobs(connection, lambda job, progress: run_job(job, detector, limits, progress))


def serve_jobs(connection: Connection, work: Callable[[Job, JobProgress], JobResult]) -> None:
    """Reports readiness and runs jobs until the connection is closed.

    Args:
        connection: Receives jobs; sends progress, results and errors.
        work: Runs a job.
    """
    connection.send(None)
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        try:
            connection.send(work(job, _ProgressSender(connection)))
        except Exception as problem:
            connection.send(_as_seldkit_error(problem))


class _ProgressSender:
    """Sends progress at limited intervals, and at once when a new step starts."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._last, self._step = connection, 0.0, ""

    def __call__(self, share: float, step: str) -> None:
        now = time.monotonic()
        if now - self._last >= POLL_SECONDS or step != self._step:
            self._last, self._step = now, step
            self._connection.send(_Progress(share, step))


def _as_seldkit_error(problem: Exception) -> SeldkitError:
    """Converts an error for the page; the traceback of an internal error is printed on the terminal."""
    if not isinstance(problem, SeldkitError | OSError):
        traceback.print_exception(problem)
    return SeldkitError(in_one_line(problem))

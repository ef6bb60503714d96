"""Parallel execution of one task over many items, in local processes or on a Ray cluster.

A task is a picklable callable of one item. Its result and the files that it writes must depend on the item
alone. The results then do not depend on the number of processes, on the order, or on killed processes.
"""

import os
import pickle
import signal
import socket
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, Final, Generic, TypeVar

from seldkit.errors import MissingExtraError, SeldkitError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_ATTEMPTS: Final = 3
"""Number of times that an item is started if its process dies."""
QUEUED_ITEMS_PER_PROCESS: Final = 2
"""Items that are submitted per process in advance."""
THREAD_COUNT_VARIABLES: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"),
)


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """Result of the task for one item.

    Attributes:
        item: The item.
        result: What the task returned; None if it raised an exception.
        error: The exception; from another process it has that traceback as a note.
    """

    item: Item
    result: Result | None = None
    error: Exception | None = None


def run(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int = 1,
    cluster: str | None = None,
) -> Iterator[Outcome[Item, Result]]:
    """Runs a task for every item.

    An exception of the task is an outcome; the other items are not affected. Items of a process that dies are
    repeated; after `MAX_ATTEMPTS` they are an error. If the caller stops early or is killed, no process is
    left running.

    Args:
        task: A picklable callable of one item.
        items: The items.
        workers: Number of processes, each with one thread; 1 runs the task in this process.
        cluster: Address of a Ray cluster to use instead (extra [cluster]): "auto" for the cluster of this
            machine, "local" to start one with `workers` processes.

    Returns:
        Iterator over the outcomes, in the order of completion.

    Raises:
        SeldkitError: No process can be started, or the cluster does not respond.
    """
    if cluster is not None:
        return _on_cluster(task, list(items), workers, cluster)
    if workers <= 1:
        return (_outcome(task, item) for item in items)
    return _in_processes(task, list(items), workers)


def _outcome(task: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
    try:
        return Outcome(item, task(item))
    except Exception as problem:
        return Outcome(item, error=problem)


def _elsewhere(task: Callable[[Item], Result], item: Item) -> tuple[Result | None, Exception | None]:
    """Runs the task in another process; returns its result, or an exception that can be pickled."""
    try:
        return task(item), None
    except Exception as problem:
        return None, _sendable(problem)


def _sendable(problem: Exception) -> Exception:
    """Returns the exception, or one with its message if it cannot be pickled.

    An exception that cannot be pickled would be mistaken for a dead process.
    """
    sent = problem if _is_picklable(problem) else _with_message_of(problem)
    sent.add_note("".join(traceback.format_exception(problem)))
    return sent


def _is_picklable(problem: Exception) -> bool:
    try:
        return str(pickle.loads(pickle.dumps(problem))) == str(problem)
    except Exception:
        return False


def _with_message_of(problem: Exception) -> Exception:
    if isinstance(problem, SeldkitError):
        return SeldkitError(str(problem))
    return RuntimeError(f"{type(problem).__name__}: {problem}")


def _in_processes(
    task: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Outcome[Item, Result]]:
    """Runs all items in parallel; then, one by one, those that were running when a process died."""
    suspects: list[int] = []
    left = deque(range(len(items)))
    while left:
        before = len(left)
        for number, outcome in _until_broken(task, items, left, workers):
            if outcome is None:
                suspects.append(number)
            else:
                yield outcome
        if len(left) == before:
            raise SeldkitError("no process can be started; use --workers 1")
    deaths: Counter[int] = Counter()
    while suspects:
        number = suspects.pop()
        for _, outcome in _until_broken(task, items, deque([number]), 1):
            if outcome is not None:
                yield outcome
                continue
            deaths[number] += 1
            if deaths[number] + 1 < MAX_ATTEMPTS:
                suspects.append(number)
            else:
                yield Outcome(items[number], error=_process_died(items[number]))


def _until_broken(
    task: Callable[[Item], Result], items: Sequence[Item], left: deque[int], workers: int
) -> Iterator[tuple[int, Outcome[Item, Result] | None]]:
    """Yields outcomes by item number until a process dies; None for the items that were running then."""
    with _pool(workers) as pool:
        running: dict[Future[tuple[Result | None, Exception | None]], int] = {}
        broken = False
        while running or (left and not broken):
            while left and not broken and len(running) < workers * QUEUED_ITEMS_PER_PROCESS:
                try:
                    with _one_thread_per_process():  # processes are started here
                        future = pool.submit(_elsewhere, task, items[left[0]])
                except BrokenProcessPool:
                    broken = True
                else:
                    running[future] = left.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                number, problem = running.pop(future), future.exception()
                broken = broken or isinstance(problem, BrokenProcessPool)
                if isinstance(problem, BrokenProcessPool):
                    yield number, None
                elif isinstance(problem, Exception):
                    yield number, Outcome(items[number], error=problem)
                elif problem is not None:
                    raise problem
                else:
                    yield number, Outcome(items[number], *future.result())


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """New processes (not forks, which inherit locks) with one thread each, which end with the block."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=start_child_process)
    processes: Any = pool._processes
    try:
        yield pool
    except BaseException:
        for process in list(processes.values()):
            process.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread_per_process() -> Iterator[None]:
    """Sets the environment of processes that are started within the block."""
    former = {name: os.environ.get(name) for name in THREAD_COUNT_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_COUNT_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def start_child_process() -> None:
    """Initializes a child process: ignores Ctrl-C, which the parent handles, and exits with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_exit_with, args=(parent_process(),), daemon=True).start()


def _exit_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _on_cluster(
    task: Callable[[Item], Result], items: Sequence[Item], workers: int, address: str
) -> Iterator[Outcome[Item, Result]]:
    """Ray runs each task with one thread, because one processor is requested."""
    with _ray(workers, address) as ray:
        remote: Any = ray.remote(num_cpus=1, max_retries=MAX_ATTEMPTS - 1)(_elsewhere)
        left, running = deque(items), dict[Any, Item]()
        try:
            while left or running:
                limit = QUEUED_ITEMS_PER_PROCESS * max(1, int(ray.cluster_resources().get("CPU", 1)))
                while left and len(running) < limit:
                    item = left.popleft()
                    running[remote.remote(task, item)] = item
                (done,), _ = ray.wait(list(running), num_returns=1)
                item = running.pop(done)
                try:
                    yield Outcome(item, *ray.get(done))
                except ray.exceptions.RayError:
                    yield Outcome(item, error=_process_died(item))
        finally:
            for reference in running:
                ray.cancel(reference, force=True)


@contextmanager
def _ray(workers: int, address: str) -> Iterator[Any]:
    """Connects to Ray, and shuts down what was started here."""
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("--cluster", "cluster") from error
    started = not ray.is_initialized()
    if started:
        here: dict[str, Any] = {"num_cpus": workers} if address == "local" else {}
        try:
            _require_listening(address)
            ray.init(address, **here, log_to_driver=False, include_dashboard=False, logging_level=30)
        except (OSError, RuntimeError, ValueError) as problem:
            raise SeldkitError(
                f"{address}: expected the address of a Ray cluster, or auto on one of its machines; "
                f"no response ({' '.join(str(problem).split())[:120]})"
            ) from problem
    try:
        yield ray
    finally:
        if started:
            ray.shutdown()


def _require_listening(address: str) -> None:
    """Raises OSError if nothing listens at the address, for which Ray would wait very long."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=10.0).close()


def _process_died(item: object) -> SeldkitError:
    return SeldkitError(
        f"{item!s:.200}: its process died {MAX_ATTEMPTS} times; it may need more memory: use fewer --workers"
    )

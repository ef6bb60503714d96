"""Work shared out: the same task over many items, by processes of this machine or a Ray cluster.

A task is a picklable callable of one item; what it gives, and what it writes, must depend on the item alone.
Then the results do not depend on how many processes there are, which one did what, or whether one was killed.
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
from threading import Thread
from typing import Any, Final, Generic, TypeVar

from seldkit.errors import MissingExtraError, SeldkitError

Item = TypeVar("Item")
Result = TypeVar("Result")

ATTEMPTS: Final = 3
"""How often an item is begun whose process dies."""
AHEAD: Final = 2
"""Items that are handed out for each process before the first is done."""
ONE_THREAD: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"),
)


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of an item: its result, or the error that its task raised.

    An error from another process has that process's traceback as a note.
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
    """Do `task` for every item: the outcomes, as they come.

    workers: processes of one computing thread each; 1 works in this process. cluster: the address of a Ray
    cluster instead, "auto" for the one that this machine belongs to, "local" to begin one of `workers`
    processes here (extra [cluster]).

    An error of a task is an outcome, the others go on. The items of a process that was killed are done again;
    one whose process dies `ATTEMPTS` times is an error. When the caller stops early, or is killed, nothing is
    left running. Raises SeldkitError where no process can be begun or no cluster answers.
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
    """The task in another process: its result, or an error that can be sent back."""
    try:
        return task(item), None
    except Exception as problem:
        return None, _sendable(problem)


def _sendable(problem: Exception) -> Exception:
    """The error, or one with its words where it cannot be pickled: that would pass for a dead process."""
    sent = problem if _can_be_sent(problem) else _in_words(problem)
    sent.add_note("".join(traceback.format_exception(problem)))
    return sent


def _can_be_sent(problem: Exception) -> bool:
    try:
        return str(pickle.loads(pickle.dumps(problem))) == str(problem)
    except Exception:
        return False


def _in_words(problem: Exception) -> Exception:
    if isinstance(problem, SeldkitError):
        return SeldkitError(str(problem))
    return RuntimeError(f"{type(problem).__name__}: {problem}")


def _in_processes(
    task: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Outcome[Item, Result]]:
    """First all items side by side; then, each alone, those that were under way when a process died."""
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
            raise SeldkitError("no process could be begun here; use --workers 1")
    deaths: Counter[int] = Counter()
    while suspects:
        number = suspects.pop()
        for _, outcome in _until_broken(task, items, deque([number]), 1):
            if outcome is not None:
                yield outcome
                continue
            deaths[number] += 1
            if deaths[number] + 1 < ATTEMPTS:
                suspects.append(number)
            else:
                yield Outcome(items[number], error=_died(items[number]))


def _until_broken(
    task: Callable[[Item], Result], items: Sequence[Item], left: deque[int], workers: int
) -> Iterator[tuple[int, Outcome[Item, Result] | None]]:
    """Outcomes by the number of their item; None for those under way when a process died, which ends it."""
    with _pool(workers) as pool:
        running: dict[Future[tuple[Result | None, Exception | None]], int] = {}
        broken = False
        while running or (left and not broken):
            while left and not broken and len(running) < workers * AHEAD:
                try:
                    with _one_thread():  # this is where processes are begun
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
    """Fresh processes (not forks, which inherit locks) with one thread each; none outlives the block."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=begin_below)
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
def _one_thread() -> Iterator[None]:
    """What processes that are begun now read before they import anything."""
    former = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def begin_below() -> None:
    """What a process begins with: leave Ctrl-C to the one that the user started, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _on_cluster(
    task: Callable[[Item], Result], items: Sequence[Item], workers: int, address: str
) -> Iterator[Outcome[Item, Result]]:
    """Ray gives each task one thread, as it is asked for one processor."""
    with _ray(workers, address) as ray:
        remote: Any = ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1)(_elsewhere)
        left, running = deque(items), dict[Any, Item]()
        try:
            while left or running:
                most = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
                while left and len(running) < most:
                    item = left.popleft()
                    running[remote.remote(task, item)] = item
                (done,), _ = ray.wait(list(running), num_returns=1)
                item = running.pop(done)
                try:
                    yield Outcome(item, *ray.get(done))
                except ray.exceptions.RayError:
                    yield Outcome(item, error=_died(item))
        finally:
            for reference in running:
                ray.cancel(reference, force=True)


@contextmanager
def _ray(workers: int, address: str) -> Iterator[Any]:
    """Ray, connected; what was begun here is ended here."""
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("working on a cluster", "cluster") from error
    begun = not ray.is_initialized()
    if begun:
        here: dict[str, Any] = {"num_cpus": workers} if address == "local" else {}
        try:
            _knock(address)
            ray.init(address, **here, log_to_driver=False, include_dashboard=False, logging_level=30)
        except (OSError, RuntimeError, ValueError) as problem:
            raise SeldkitError(
                f"{address}: expected the address of a Ray cluster, or auto on one of its machines; "
                f"none answers ({' '.join(str(problem).split())[:120]})"
            ) from problem
    try:
        yield ray
    finally:
        if begun:
            ray.shutdown()


def _knock(address: str) -> None:
    """Raises OSError where nothing listens, for which Ray would wait very long."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=10.0).close()


def _died(item: object) -> SeldkitError:
    return SeldkitError(
        f"{item!s:.200}: its process died {ATTEMPTS} times; it may need more memory: use fewer --workers"
    )

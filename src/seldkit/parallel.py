"""Work shared out: the same task over many items, by processes of this machine or a Ray cluster.

A task is a picklable callable of one item; what it gives, and what it writes, must depend on the item alone.
Then the results do not depend on how many processes there are, which one did what, or whether one was killed.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
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
    """What became of an item: its result, or the error that its task raised."""

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
    one whose process dies `ATTEMPTS` times is an error. When the caller stops early, nothing is left running.
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
        running: dict[Future[Result], int] = {}
        broken = False
        while running or (left and not broken):
            while left and not broken and len(running) < workers * AHEAD:
                try:
                    future = pool.submit(task, items[left[0]])
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
                    yield number, Outcome(items[number], future.result())


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes (not forks, which inherit locks) with one thread each; none outlives the block."""
    with _one_thread():
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
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


def _begin() -> None:
    """Leave Ctrl-C to the process that the user started."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _on_cluster(
    task: Callable[[Item], Result], items: Sequence[Item], workers: int, address: str
) -> Iterator[Outcome[Item, Result]]:
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("working on a cluster", "cluster") from error
    if not ray.is_initialized():
        where: dict[str, Any] = {"num_cpus": workers} if address == "local" else {"address": address}
        ray.init(**where, log_to_driver=False, include_dashboard=False, logging_level=30)
    remote: Any = ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1)(_outcome)
    running = {remote.remote(task, item): item for item in items}
    try:
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            item = running.pop(done)
            try:
                yield ray.get(done)
            except ray.exceptions.RayError:
                yield Outcome(item, error=_died(item))
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _died(item: object) -> SeldkitError:
    return SeldkitError(
        f"{item!s:.200}: its process died {ATTEMPTS} times; it may need more memory: use fewer --workers"
    )

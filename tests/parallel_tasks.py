"""Tasks of the tests of parallel execution, in a module that other processes can import."""

import os
import signal
from pathlib import Path

import numpy as np

from seldkit.errors import MissingExtraError, SeldkitError


def square(number: int) -> int:
    if number == 3:
        raise SeldkitError("three is not squared")
    return number * number


def noise(seed: int) -> bytes:
    return np.random.default_rng(seed).standard_normal(1000).cumsum().tobytes()


class KilledOnce:
    """Kills its process at the first attempt of an item, or at every attempt."""

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


def without_numba(_: int) -> None:
    raise MissingExtraError("rooms", "synthesis")


def broken(_: int) -> None:
    error = ValueError("no such value")
    error.open_file = (Path.cwd() for _ in "x")  # type: ignore[attr-defined]  # cannot be pickled
    raise error

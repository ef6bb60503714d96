"""A folder for what people upload: for this user's eyes alone, and gone afterwards, come what may."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

PREFIX: Final = "seldkit-web-"
LOCK: Final = "in-use"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder among the system's temporary ones that only this user may enter, removed with the block.

    Those of processes that were killed are removed first: the system takes their locks from them.
    """
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        with FileLock(folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove this user's folders in `place` that no process has in use."""
    for folder in place.glob(f"{PREFIX}*"):
        if _is_own(folder) and not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """A real folder of this user's, not a link that another put there."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    user = getattr(os, "getuid", lambda: status.st_uid)()  # Windows has no such number
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == user


def _in_use(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        # Killed between making the folder and the lock, or about to make it.
        return _is_new(folder)
    try:
        with FileLock(folder / LOCK, blocking=False):
            return False
    except (OSError, Timeout):
        return True


def _is_new(folder: Path) -> bool:
    try:
        return time.time() - folder.lstat().st_mtime < 60.0
    except OSError:
        return True

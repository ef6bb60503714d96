"""Temporary folder for uploads that only this user can read and that is always removed."""

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
MIN_AGE_SECONDS: Final = 60.0
"""Minimum age at which a folder without a lock file counts as abandoned."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """Creates a folder in the system's temporary directory and removes it at the end of the block.

    Only this user can access the folder. Folders of processes that were killed are removed first; the
    operating system has released their locks.

    Yields:
        Path of the folder.
    """
    remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        with FileLock(folder / LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of this user that no process uses.

    Args:
        parent: Folder to search.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        if _is_own(folder) and not _is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Checks that it is a folder of this user and not a link."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    user = getattr(os, "getuid", lambda: status.st_uid)()  # missing on Windows
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == user


def _is_in_use(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        # Its process was killed before it created the lock file, or is about to create it.
        return _is_new(folder)
    try:
        with FileLock(folder / LOCK, blocking=False):
            return False
    except (OSError, Timeout):
        return True


def _is_new(folder: Path) -> bool:
    try:
        return time.time() - folder.lstat().st_mtime < MIN_AGE_SECONDS
    except OSError:
        return True

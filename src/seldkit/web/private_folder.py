"""Temporary folder for uploads that only this user can read and that is always removed."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

PREFIX: Final = "seldkit-web-"
LOCK: Final = "in-use"
REMOVAL_ATTEMPTS: Final = 20
"""Number of attempts to remove a folder: processes of a killed server may still write to it."""
REMOVAL_INTERVAL_SECONDS: Final = 0.1


@contextmanager
def private_folder() -> Iterator[Path]:
    """Creates a folder in the system's temporary directory and removes it at the end of the block.

    Only this user can access the folder. Folders of processes that were killed are removed first; the
    operating system has released their locks.

    Yields:
        Path of the folder.
    """
    remove_abandoned(Path(tempfile.gettempdir()))
    with ExitStack() as cleanup:  # also if a signal arrives before the folder is in use
        yield _create_locked(cleanup)


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of this user that no process uses.

    Args:
        parent: Folder to search.
    """
    for folder in parent.glob(f"{PREFIX}*"):
        if _is_own(folder):
            _remove_unless_in_use(folder)


def _create_locked(cleanup: ExitStack) -> Path:
    """Creates a folder and locks it. Another start may remove the folder before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        cleanup.callback(_remove, folder)  # systems that cannot delete an open file keep the lock file
        identity = folder.stat().st_ino
        lock = FileLock(folder / LOCK)
        cleanup.callback(lock.release)
        cleanup.callback(_remove, folder)
        try:
            lock.acquire()
            if folder.stat().st_ino == identity and stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU:
                return folder
        except FileNotFoundError:
            pass
        lock.release()
        _remove(folder)  # the lock created it again


def _remove_unless_in_use(folder: Path) -> None:
    """Removes a folder without a lock. A process locks its folder before it writes anything else to it."""
    if not (folder / LOCK).exists():
        try:
            folder.rmdir()  # only if it is empty, because its process may be about to create the lock
        except OSError:
            if not (folder / LOCK).exists():
                _remove(folder)  # its removal was interrupted
                return
        else:
            return
    try:
        with FileLock(folder / LOCK, blocking=False):
            _remove(folder)
    except (OSError, Timeout):
        return
    _remove(folder)


def _remove(folder: Path) -> None:
    for _ in range(REMOVAL_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(REMOVAL_INTERVAL_SECONDS)


def _is_own(folder: Path) -> bool:
    """Checks that it is a folder of this user and not a link."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    user = getattr(os, "getuid", lambda: status.st_uid)()  # missing on Windows
    return stat.S_ISDIR(status.st_mode) and status.st_uid == user

"""Atomic writing and locking of files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seldkit.errors import DatasetError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Writes a file atomically: to a temporary file in the same folder, which is then renamed.

    Creates missing folders. If the block raises an exception, the temporary file is removed and an existing
    file at `path` stays unchanged.

    Args:
        path: The file to write.

    Yields:
        The temporary path, with the same suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Holds an exclusive lock; the system releases it if the process is killed.

    Args:
        path: The lock file, which is created and stays empty.
        message: Error message if another process holds the lock.

    Yields:
        Nothing; the lock is held within the block.

    Raises:
        DatasetError: Another process holds the lock.
    """
    from filelock import FileLock, Timeout  # here, because it takes as long to import as the rest

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DatasetError(message) from None
    try:
        yield
    finally:
        lock.release()

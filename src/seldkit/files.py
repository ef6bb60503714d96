"""Reading of regular files, atomic writing, removal of unfinished files, and locks."""

import errno
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Final
from zlib import crc32

from seldkit.errors import DatasetError

MAX_NAME_BYTES: Final = 100
"""Length to which the name of the written file is shortened in the name of its temporary file, in bytes."""

MAX_ABANDONED_AGE_S: Final = 24 * 3600.0
"""Age after which a temporary file of another machine is removed, in seconds."""

_TEMPORARY: Final = re.compile(r"\..*\.part(\.[^.]+)?", re.DOTALL)
_OWNED: Final = re.compile(r"\..*\.([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})-\d+\.part(\.[^.]+)?", re.DOTALL)
_PROCESS_TOKEN: Final = secrets.token_hex(4)
_NUMBERS: Final = count()
_DISK_ERRORS: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Writes a file atomically: to a temporary file in the same folder, which is then renamed.

    Creates missing folders. If the block raises an exception, the temporary file is removed and an existing
    file at `path` stays unchanged. Several threads and processes may write to one path; the last one
    determines the content. Temporary files of killed processes in the same folder are removed.

    Args:
        path: The file to write.

    Yields:
        The temporary path, with the same suffix.

    Raises:
        OSError: The file cannot be written. If the disk is full, the error names `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_path(path)
    try:
        with naming_disk_errors(path, temporary):
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming_disk_errors(path: Path, temporary: Path) -> Iterator[None]:
    """Replaces errors of a full or failing disk by an error that names the file or folder to be written.

    Libraries report such errors without a file, with the temporary one, or as their own exceptions.

    Args:
        path: The file or folder.
        temporary: Its temporary path.

    Yields:
        Nothing; the block writes to the temporary path.

    Raises:
        OSError: The disk is full, read-only or damaged, or a limit is exceeded.
    """
    try:
        yield
    except Exception as problem:
        number = _disk_error(problem, temporary)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from problem


def temporary_path(path: Path) -> Path:
    """Returns a path for an unfinished file or folder, and removes abandoned ones in the same folder.

    Args:
        path: The path that the file or folder will have. Its parent folder exists.

    Returns:
        A unique hidden path in the same folder, with the same suffix.
    """
    _clean_once(path.parent)
    name = os.fsencode(path.name)[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    suffix = path.suffix if len(path.suffix) <= 16 else ""
    owner = f"{_host()}-{os.getpid()}-{_PROCESS_TOKEN}-{next(_NUMBERS)}"
    return path.with_name(f".{name}.{owner}.part{suffix}")


def is_temporary(path: Path) -> bool:
    """Checks whether a file is an unfinished file, which must not be read.

    Args:
        path: The file.

    Returns:
        True if its name is that of a temporary file of `replacing`.
    """
    return _TEMPORARY.fullmatch(path.name) is not None


def remove_abandoned(folder: Path) -> None:
    """Removes the temporary files and folders of killed processes.

    Those of running processes stay. Those of other machines are removed when they are a day old.

    Args:
        folder: The folder; its subfolders are not searched.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        owner = _OWNED.fullmatch(entry.name)
        if owner is not None and _is_abandoned(Path(entry), owner):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry, ignore_errors=True)
            else:
                Path(entry).unlink(missing_ok=True)


def read_regular_file(path: Path, max_bytes: int) -> bytes:
    """Reads a regular file of limited size. Pipes and devices are refused without waiting for data.

    Args:
        path: The file.
        max_bytes: Largest size in bytes.

    Returns:
        Its content.

    Raises:
        OSError: The file cannot be read, is not a regular file or is too large. `strerror` describes what was
            expected.
    """
    require_regular_file(path, max_bytes)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 (a descriptor)
        _require_regular(os.fstat(descriptor), path, max_bytes)
        return file.read()


def require_regular_file(path: Path, max_bytes: int) -> None:
    """Checks the kind and size of a file without opening it.

    Args:
        path: The file.
        max_bytes: Largest size in bytes.

    Raises:
        OSError: The path does not exist, is not a regular file or is too large. `strerror` describes what was
            expected.
    """
    try:
        status = path.stat()
    except ValueError:  # a null character
        raise OSError(errno.EINVAL, "expected the path of a file, got a null character in it", path) from None
    _require_regular(status, path, max_bytes)


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


def _disk_error(problem: Exception, temporary: Path) -> int | None:
    """The number of an error of the disk, None for other errors and errors of other files."""
    number = problem.errno if isinstance(problem, OSError) else None
    if isinstance(problem, OSError) and temporary.name not in str(problem.filename or temporary):
        return None
    if number is None:
        stated = re.search(r"\(os error (\d+)\)", str(problem))  # libraries in Rust, such as safetensors
        number = int(stated[1]) if stated else None
        if isinstance(problem, OSError) and re.search(r"requested and \d+ written", str(problem)):  # NumPy
            number = errno.ENOSPC
    return number if number in _DISK_ERRORS else None


def _require_regular(status: os.stat_result, path: Path, max_bytes: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "expected a regular file, got a pipe or a device", str(path))
    if status.st_size > max_bytes:
        message = f"expected at most {max_bytes:,} bytes, got {status.st_size:,} bytes"
        raise OSError(errno.EFBIG, message, str(path))


@lru_cache(maxsize=1024)
def _clean_once(folder: Path) -> None:
    """Removes abandoned files when a process writes to a folder for the first time."""
    remove_abandoned(folder)


@lru_cache(maxsize=1)
def _host() -> str:
    """Identifies the machine and the process namespace of containers, in which process numbers are unique."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{crc32(f'{platform.node()} {namespace}'.encode('utf-8', 'replace')):08x}"


def _is_abandoned(path: Path, owner: re.Match[str]) -> bool:
    host, process, token = owner[1], int(owner[2]), owner[3]
    if host == _host() and process == os.getpid():
        return token != _PROCESS_TOKEN
    if host == _host() and not _is_running(process):
        return True
    try:
        return time.time() - path.stat().st_mtime > MAX_ABANDONED_AGE_S
    except OSError:
        return False


def _is_running(process: int) -> bool:
    if os.name != "posix":  # elsewhere, os.kill ends the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True

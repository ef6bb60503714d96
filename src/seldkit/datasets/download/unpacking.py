"""Archives from elsewhere, unpacked without trust."""

import lzma
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from seldkit.datasets.download.split_archive import open_archive
from seldkit.errors import DatasetError
from seldkit.files import replacing
from seldkit.types import CountProgress

MAX_UNPACKED_BYTES: Final = 1 << 40
"""Bytes that an archive may come to, unless the caller says otherwise."""
MAX_FILES: Final = 1_000_000
RATIO_CHECK_MIN_BYTES: Final = 100 * 1024 * 1024
MAX_COMPRESSION_RATIO: Final = 200
"""A member above `RATIO_CHECK_MIN_BYTES` may not be larger than so many times its packed size."""
MAX_NAME_BYTES: Final = 255
"""Length of the longest name of a file or folder, which most file systems limit to this value."""
MAX_PATH_BYTES: Final = 1024
"""Length of the longest path of a member."""
MAX_FOLDER_DEPTH: Final = 64
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OverflowError, IndexError, KeyError,
)  # fmt: skip
"""Exceptions that `zipfile` raises for damaged archives."""
_SKIPPED: Final = re.compile(r"(^|/)(__MACOSX(/|$)|\._|\.DS_Store$)")
_DRIVE: Final = re.compile(r"^[A-Za-z]:")


def unpack(
    parts: Sequence[Path],
    folder: Path,
    *,
    largest: int = MAX_UNPACKED_BYTES,
    progress: CountProgress | None = None,
) -> list[Path]:
    """Unpack a zip archive, whole or in parts, into `folder`; the paths of its files.

    Everything is looked at before anything is written: a name that leads out of the folder, an absolute one,
    a link or anything but a plain file, encryption, more than `largest` bytes or `MAX_FILES` files, or a
    member that unfolds beyond all measure is refused. A file appears when it is whole and its checksum right;
    files of the same size that are there already are kept, so that a broken-off run goes on. What systems add
    of their own (__MACOSX, .DS_Store) is left out. Raises DatasetError.
    """
    if not parts:
        raise ValueError("expected at least one part of an archive")
    with open_archive(parts) as joined:
        try:
            with zipfile.ZipFile(joined) as archive:
                members = list(_checked(archive, parts[-1], largest))
                return _extract_all(archive, members, folder, progress)
        except OSError as problem:
            reason = problem.strerror or problem
            raise DatasetError(f"{problem.filename or parts[-1]}: cannot be unpacked ({reason})") from None
        except _DAMAGE as problem:
            words = " ".join(str(problem).split())
            raise DatasetError(f"{parts[-1]}: damaged ({words:.100}); download it again") from None


def _checked(archive: zipfile.ZipFile, source: Path, largest: int) -> Iterator[zipfile.ZipInfo]:
    """The members that are to be written. Raises DatasetError where any member is not to be trusted."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise DatasetError(f"{source}: expected at most {MAX_FILES} files, got {len(infos)}")
    total = sum(info.file_size for info in infos)
    if total > largest:
        raise DatasetError(f"{source}: expected at most {largest} bytes when unpacked, got {total}")
    seen: set[str] = set()
    folders = {parent for info in infos for parent in _folder_names(info)}
    for info in infos:
        problem = _member_problem(info)
        name = PurePosixPath(info.filename).as_posix()
        if problem is None and name in seen and not info.is_dir():
            problem = "stands in it twice"
        if problem is None and name in folders and not info.is_dir():
            problem = "is both a file and a folder"
        if problem is not None:
            raise DatasetError(f"{source}: refused, its member {info.filename!r:.100} {problem}")
        seen.add(name)
    yield from (info for info in infos if not info.is_dir() and not _SKIPPED.search(info.filename))


def _folder_names(info: zipfile.ZipInfo) -> list[str]:
    """The folders that a member lies in, if its name is valid."""
    path = PurePosixPath(info.filename)
    return [parent.as_posix() for parent in path.parents] if len(path.parts) <= MAX_FOLDER_DEPTH else []


def _member_problem(info: zipfile.ZipInfo) -> str | None:
    """What speaks against a member."""
    name = info.filename
    if not name or "\\" in name or any(ord(sign) < 32 for sign in name):
        return "has a name that is no path"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute name"
    if ".." in PurePosixPath(name).parts:
        return "leads out of the folder"
    parts = [part.encode("utf-8", "replace") for part in PurePosixPath(name).parts]
    if not parts:
        return "has a name that is no path"
    if max(map(len, parts)) > MAX_NAME_BYTES or sum(map(len, parts)) + len(parts) > MAX_PATH_BYTES:
        return f"has a name of over {MAX_NAME_BYTES} bytes, or a path of over {MAX_PATH_BYTES} bytes"
    if len(parts) > MAX_FOLDER_DEPTH:
        return f"lies in more than {MAX_FOLDER_DEPTH} folders"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if info.flag_bits & 1:
        return "is encrypted"
    if info.file_size > RATIO_CHECK_MIN_BYTES and info.file_size > MAX_COMPRESSION_RATIO * max(
        1, info.compress_size
    ):
        return f"unfolds {info.file_size // max(1, info.compress_size)} times"
    return None


def _extract_all(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], folder: Path, progress: CountProgress | None
) -> list[Path]:
    root = folder.resolve()
    total, done = sum(info.file_size for info in members), 0
    written: list[Path] = []
    for info in members:
        path = root / info.filename
        if not path.resolve().is_relative_to(root):  # a link that is in the folder already
            raise DatasetError(f"{path}: leads out of {folder} through a link; unpack into another folder")
        if not (path.is_file() and path.stat().st_size == info.file_size):
            with replacing(path) as temporary, archive.open(info) as source, temporary.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        written.append(path)
        done += info.file_size
        if progress is not None:
            progress(done, total)
    return written

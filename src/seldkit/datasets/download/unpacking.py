"""Secure extraction of zip archives."""

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
"""Default maximum size of all extracted files, in bytes."""
MAX_FILES: Final = 1_000_000
"""Maximum number of files in an archive."""
RATIO_CHECK_MIN_BYTES: Final = 100 * 1024 * 1024
"""Minimum size of files whose compression ratio is limited, in bytes."""
MAX_COMPRESSION_RATIO: Final = 200
"""Maximum ratio of the size of such a file to its compressed size."""
MAX_NAME_BYTES: Final = 255
"""Maximum length of a file or folder name in bytes, which is the limit of most file systems."""
MAX_PATH_BYTES: Final = 1024
"""Maximum length of a path in an archive, in bytes."""
MAX_FOLDER_DEPTH: Final = 64
"""Maximum number of nested folders."""
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
    max_bytes: int = MAX_UNPACKED_BYTES,
    progress: CountProgress | None = None,
) -> list[Path]:
    """Extracts a zip archive.

    All members are checked before any file is written: absolute paths, paths outside of the folder, links and
    other special files, encrypted members, too many files, too much data and extreme compression ratios are
    rejected. A file is visible under its name only after its checksum has been verified. Existing files of
    the same size are kept, so that an interrupted extraction can be resumed. Files that operating systems add
    (__MACOSX, .DS_Store) are skipped.

    Args:
        parts: The archive, or its parts in order.
        folder: Folder to extract to.
        max_bytes: Maximum size of all extracted files, in bytes.
        progress: Called with the number of extracted bytes and the size of all files in bytes.

    Returns:
        Paths of the extracted files.

    Raises:
        ValueError: If `parts` is empty.
        DatasetError: If the archive is damaged or a check fails.
    """
    if not parts:
        raise ValueError("expected at least one part of an archive")
    with open_archive(parts) as joined:
        try:
            with zipfile.ZipFile(joined) as archive:
                members = list(_checked_members(archive, parts[-1], max_bytes))
                return _extract_all(archive, members, folder, progress)
        except OSError as problem:
            reason = problem.strerror or problem
            raise DatasetError(
                f"{problem.filename or parts[-1]}: cannot be extracted ({reason}); check the disk"
            ) from None
        except _DAMAGE as problem:
            reason = " ".join(str(problem).split())
            raise DatasetError(f"{parts[-1]}: damaged ({reason:.100}); download it again") from None


def _checked_members(archive: zipfile.ZipFile, source: Path, max_bytes: int) -> Iterator[zipfile.ZipInfo]:
    """The members to be extracted. Raises DatasetError if a member fails a check."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise DatasetError(f"{source}: expected at most {MAX_FILES} files, got {len(infos)}")
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise DatasetError(f"{source}: expected at most {max_bytes} bytes when extracted, got {total}")
    seen: set[str] = set()
    folders = {parent for info in infos for parent in _folder_names(info)}
    for info in infos:
        problem = _member_problem(info)
        name = PurePosixPath(info.filename).as_posix()
        if problem is None and name in seen and not info.is_dir():
            problem = "is listed twice"
        if problem is None and name in folders and not info.is_dir():
            problem = "is both a file and a folder"
        if problem is not None:
            raise DatasetError(f"{source}: rejected, because the member {info.filename!r:.100} {problem}")
        seen.add(name)
    yield from (info for info in infos if not info.is_dir() and not _SKIPPED.search(info.filename))


def _folder_names(info: zipfile.ZipInfo) -> list[str]:
    """The folders that contain a member, if its name is valid."""
    path = PurePosixPath(info.filename)
    return [parent.as_posix() for parent in path.parents] if len(path.parts) <= MAX_FOLDER_DEPTH else []


def _member_problem(info: zipfile.ZipInfo) -> str | None:
    """The reason for which a member is rejected."""
    name = info.filename
    if not name or "\\" in name or any(ord(character) < 32 for character in name):
        return "has an invalid name"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path"
    if ".." in PurePosixPath(name).parts:
        return "has a path outside of the folder"
    parts = [part.encode("utf-8", "replace") for part in PurePosixPath(name).parts]
    if not parts:
        return "has an invalid name"
    if max(map(len, parts)) > MAX_NAME_BYTES or sum(map(len, parts)) + len(parts) > MAX_PATH_BYTES:
        return f"has a name of over {MAX_NAME_BYTES} bytes, or a path of over {MAX_PATH_BYTES} bytes"
    if len(parts) > MAX_FOLDER_DEPTH:
        return f"is nested in more than {MAX_FOLDER_DEPTH} folders"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if info.flag_bits & 1:
        return "is encrypted"
    compressed = max(1, info.compress_size)
    if info.file_size > max(RATIO_CHECK_MIN_BYTES, MAX_COMPRESSION_RATIO * compressed):
        return f"has a compression ratio of {info.file_size // compressed}"
    return None


def _extract_all(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], folder: Path, progress: CountProgress | None
) -> list[Path]:
    root = folder.resolve()
    total, done = sum(info.file_size for info in members), 0
    written: list[Path] = []
    for info in members:
        path = root / info.filename
        if not path.resolve().is_relative_to(root):  # an existing link in the folder
            raise DatasetError(
                f"{path}: expected a path in {folder}, found a link to another folder; remove the link"
            )
        if not (path.is_file() and path.stat().st_size == info.file_size):
            with replacing(path) as temporary, archive.open(info) as source, temporary.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        written.append(path)
        done += info.file_size
        if progress is not None:
            progress(done, total)
    return written

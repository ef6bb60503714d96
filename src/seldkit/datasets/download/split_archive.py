"""Split zip archives, read as one file without a copy."""

import io
import struct
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from seldkit.errors import DatasetError
from seldkit.files import require_regular_file

MAX_PART_BYTES: Final = 1 << 40
"""Size in bytes of the largest part of an archive that is read."""

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_ZIP64_MARKER: Final = 0xFFFFFFFF
_MAX_END_BYTES: Final = _END.size + 0xFFFF + _LOCATOR64.size
_MAX_DIRECTORY_BYTES: Final = 256 * 1024 * 1024


class JoinedFile(io.RawIOBase):
    """Several files that are read as one.

    Args:
        paths: The files in order.
        end: Position in bytes at which the content of the files ends. None: the end of the last file.
        tail: Content that follows.

    Attributes:
        starts: Position of each file in bytes, and the size of all files.
    """

    def __init__(self, paths: Sequence[Path], end: int | None = None, tail: bytes = b"") -> None:
        super().__init__()
        for path in paths:
            require_regular_file(path, MAX_PART_BYTES)
        self._files: list[IO[bytes]] = [path.open("rb") for path in paths]
        self.starts = list(accumulate((path.stat().st_size for path in paths), initial=0))
        self._end = self.starts[-1] if end is None else end
        self._tail, self._at = tail, 0

    def readable(self) -> bool:
        """States that the file can be read.

        Returns:
            True.
        """
        return True

    def seekable(self) -> bool:
        """States that the position can be changed.

        Returns:
            True.
        """
        return True

    def tell(self) -> int:
        """Returns the current position.

        Returns:
            The position in bytes.
        """
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Changes the position.

        Args:
            offset: Offset in bytes.
            whence: Reference of the offset: ``io.SEEK_SET``, ``io.SEEK_CUR`` or ``io.SEEK_END``.

        Returns:
            The new position in bytes.
        """
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end + len(self._tail)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Reads from the current position.

        Args:
            size: Maximum number of bytes. None or -1: up to the end.

        Returns:
            The bytes.
        """
        stop = self._end + len(self._tail)
        count = stop - self._at if size is None or size < 0 else min(size, stop - self._at)
        pieces: list[bytes] = []
        while count > 0:
            piece = self._piece(count)
            if not piece:
                break
            pieces.append(piece)
            self._at += len(piece)
            count -= len(piece)
        return b"".join(pieces)

    def readall(self) -> bytes:
        """Reads up to the end.

        Returns:
            The bytes.
        """
        return self.read()

    def _piece(self, count: int) -> bytes:
        """At most `count` bytes from the current position, from one file or the tail."""
        if self._at >= self._end:
            begin = self._at - self._end
            return self._tail[begin : begin + count]
        number = bisect_right(self.starts, self._at) - 1
        file = self._files[number]
        file.seek(self._at - self.starts[number])
        return file.read(min(count, self.starts[number + 1] - self._at, self._end - self._at))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all files."""
        for file in self._files:
            file.close()
        super().close()


def open_archive(paths: Sequence[Path]) -> JoinedFile:
    """Opens a zip archive, which may be split, as one file for `zipfile`.

    Pieces of one file (.zip.001, …) are concatenated. The central directory of a split archive (.z01, …,
    .zip) contains the part and the offset of each member; it is replaced by one with positions in the joined
    file. Source: PKWARE APPNOTE, sections 4.3 and 4.4.

    Args:
        paths: The archive, or its parts in order.

    Returns:
        The joined file.

    Raises:
        DatasetError: If a part cannot be read, is missing or is damaged.
    """
    try:
        joined = JoinedFile(paths)
        end, directory, offset = _directory(joined, paths[-1])
        if end is None:
            return joined
        starts = joined.starts
        joined.close()
        entries = [_relocated(entry, starts, paths[-1]) for entry in _entries(directory, paths[-1])]
        return JoinedFile(paths, offset, _tail(b"".join(entries), len(entries), offset))
    except OSError as problem:
        raise DatasetError(f"{problem.filename}: cannot be read ({problem.strerror})") from None


def _directory(joined: JoinedFile, last: Path) -> tuple[int | None, bytes, int]:
    """Number of the last part, central directory and its position; None, b"", 0 if it is not split."""
    joined.seek(max(0, joined.starts[-1] - _MAX_END_BYTES))
    base, text = joined.tell(), joined.read()
    at = text.rfind(b"PK\5\6")
    if at < 0 or len(text) < at + _END.size:
        raise DatasetError(f"{last}: expected a zip archive, or the last part of one; download it again")
    _, disk, first, _, _, size, offset, _ = _END.unpack_from(text, at)
    locator = text.rfind(b"PK\6\7", 0, at)
    if locator == at - _LOCATOR64.size and _ZIP64_MARKER in (size, offset):
        _, part, place, _ = _LOCATOR64.unpack_from(text, locator)
        joined.seek(_start(joined.starts, part, last) + place)
        _, _, _, _, disk, first, _, _, size, offset = _END64.unpack(joined.read(_END64.size))
    if disk == 0:
        joined.seek(0)
        return None, b"", 0
    if disk != len(joined.starts) - 2:
        raise DatasetError(
            f"{last}: expected {disk + 1} parts of this archive, got {len(joined.starts) - 1}; download all"
        )
    if size > min(_MAX_DIRECTORY_BYTES, base + at):
        raise DatasetError(f"{last}: damaged, the size of its directory is {size} bytes; download it again")
    place = _start(joined.starts, first, last) + offset
    joined.seek(place)
    return disk, joined.read(size), place


def _start(starts: Sequence[int], part: int, last: Path) -> int:
    if part >= len(starts) - 1:
        raise DatasetError(
            f"{last}: damaged, it refers to part {part + 1} of {len(starts) - 1}; download it again"
        )
    return starts[part]


def _entries(directory: bytes, last: Path) -> list[bytes]:
    """The entries of a central directory."""
    found: list[bytes] = []
    at = 0
    while directory[at : at + 4] == b"PK\1\2" and len(directory) >= at + _ENTRY.size:
        fields = _ENTRY.unpack_from(directory, at)
        length = _ENTRY.size + fields[10] + fields[11] + fields[12]
        found.append(directory[at : at + length])
        at += length
    if at != len(directory):
        raise DatasetError(f"{last}: the central directory is damaged; download it again")
    return found


def _relocated(entry: bytes, starts: Sequence[int], last: Path) -> bytes:
    """An entry with the position of its member in the joined file instead of that in a part."""
    fields = list(_ENTRY.unpack_from(entry))
    name_end = _ENTRY.size + fields[10]
    extra = entry[name_end : name_end + fields[11]]
    large, others = _zip64(extra)
    sizes: list[int] = []
    # Fields of the sizes before and after compression and of the position; large ones are in the extra field.
    for index in (9, 8, 16):
        sizes.append(large.pop(0) if fields[index] == _ZIP64_MARKER and large else fields[index])
    part = fields[13]
    if part == 0xFFFF and large:
        part = large.pop(0)
    place = _start(starts, part, last) + sizes[2]
    fields[8], fields[9], fields[13], fields[16] = _ZIP64_MARKER, _ZIP64_MARKER, 0, _ZIP64_MARKER
    written = struct.pack("<2H3Q", 1, 24, sizes[0], sizes[1], place) + others
    fields[11] = len(written)
    return _ENTRY.pack(*fields) + entry[_ENTRY.size : name_end] + written + entry[name_end + len(extra) :]


def _zip64(extra: bytes) -> tuple[list[int], bytes]:
    """The Zip64 numbers of the extra field of an entry, and the field without them."""
    numbers: list[int] = []
    others = b""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + length]
        if kind == 1:
            whole = len(body) // 8
            numbers = list(struct.unpack_from(f"<{whole}Q", body))
            if len(body) % 8 == 4:
                numbers.append(struct.unpack_from("<L", body, whole * 8)[0])
        else:
            others += extra[at : at + 4 + length]
        at += 4 + length
    return numbers, others


def _tail(directory: bytes, count: int, offset: int) -> bytes:
    """Central directory and end records of an archive in one piece."""
    end64 = _END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), offset)
    locator = _LOCATOR64.pack(b"PK\6\7", 0, offset + len(directory), 1)
    end = _END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, _ZIP64_MARKER, _ZIP64_MARKER, 0)
    return directory + end64 + locator + end

"""The parts of a split archive as one file, without copying them."""

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
    """Several files read as one, in the order given; from `end` on there is `tail` instead."""

    def __init__(self, paths: Sequence[Path], end: int | None = None, tail: bytes = b"") -> None:
        super().__init__()
        for path in paths:
            require_regular_file(path, MAX_PART_BYTES)
        self._files: list[IO[bytes]] = [path.open("rb") for path in paths]
        self.starts = list(accumulate((path.stat().st_size for path in paths), initial=0))
        self._end = self.starts[-1] if end is None else end
        self._tail, self._at = tail, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end + len(self._tail)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        stop = self._end + len(self._tail)
        wanted = stop - self._at if size is None or size < 0 else min(size, stop - self._at)
        pieces: list[bytes] = []
        while wanted > 0:
            piece = self._piece(wanted)
            if not piece:
                break
            pieces.append(piece)
            self._at += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def readall(self) -> bytes:
        return self.read()

    def _piece(self, wanted: int) -> bytes:
        """Bytes from here on out of one file or the tail, at most `wanted`."""
        if self._at >= self._end:
            begin = self._at - self._end
            return self._tail[begin : begin + wanted]
        number = bisect_right(self.starts, self._at) - 1
        file = self._files[number]
        file.seek(self._at - self.starts[number])
        return file.read(min(wanted, self.starts[number + 1] - self._at, self._end - self._at))

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
        for file in self._files:
            file.close()
        super().close()


def open_archive(paths: Sequence[Path]) -> JoinedFile:
    """The parts of a zip archive as one file that `zipfile` reads. Raises DatasetError.

    Parts that are one file cut into pieces (.zip.001, …) are joined as they are. The parts of a split archive
    (.z01, …, .zip) say for each member in which part it begins; its directory is written anew with places in
    the joined file. Source: PKWARE's APPNOTE, sections 4.3 and 4.4.
    """
    try:
        joined = JoinedFile(paths)
        end, directory, offset = _directory(joined, paths[-1])
        if end is None:
            return joined
        starts = joined.starts
        joined.close()
        entries = [_placed(entry, starts, paths[-1]) for entry in _entries(directory, paths[-1])]
        return JoinedFile(paths, offset, _tail(b"".join(entries), len(entries), offset))
    except OSError as problem:
        raise DatasetError(f"{problem.filename}: cannot be read ({problem.strerror})") from None


def _directory(joined: JoinedFile, last: Path) -> tuple[int | None, bytes, int]:
    """The number of the last part, the archive's directory and its place; None, b"", 0 if it is not split."""
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
            f"{last}: expected {disk + 1} parts of this archive, got {len(joined.starts) - 1}; get the rest"
        )
    if size > min(_MAX_DIRECTORY_BYTES, base + at):
        raise DatasetError(f"{last}: its directory cannot have {size} bytes; download it again")
    place = _start(joined.starts, first, last) + offset
    joined.seek(place)
    return disk, joined.read(size), place


def _start(starts: Sequence[int], part: int, last: Path) -> int:
    if part >= len(starts) - 1:
        raise DatasetError(f"{last}: names part {part + 1} of {len(starts) - 1}; download it again")
    return starts[part]


def _entries(directory: bytes, last: Path) -> list[bytes]:
    """The entries of an archive's directory, each as its bytes."""
    found: list[bytes] = []
    at = 0
    while directory[at : at + 4] == b"PK\1\2" and len(directory) >= at + _ENTRY.size:
        fields = _ENTRY.unpack_from(directory, at)
        length = _ENTRY.size + fields[10] + fields[11] + fields[12]
        found.append(directory[at : at + length])
        at += length
    if at != len(directory):
        raise DatasetError(f"{last}: its directory is damaged; download it again")
    return found


def _placed(entry: bytes, starts: Sequence[int], last: Path) -> bytes:
    """An entry that says its member's place in the joined file instead of in a part."""
    fields = list(_ENTRY.unpack_from(entry))
    name_end = _ENTRY.size + fields[10]
    extra = entry[name_end : name_end + fields[11]]
    large, others = _zip64(extra)
    sizes: list[int] = []
    for index in (
        9,
        8,
        16,
    ):  # uncompressed, compressed, place: those that do not fit above stand in the extra
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
    """The large numbers of an entry's extra field, and the field without them."""
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
    """A directory of an archive in one piece, with its ending for any size."""
    end64 = _END64.pack(b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), offset)
    locator = _LOCATOR64.pack(b"PK\6\7", 0, offset + len(directory), 1)
    end = _END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, _ZIP64_MARKER, _ZIP64_MARKER, 0)
    return directory + end64 + locator + end

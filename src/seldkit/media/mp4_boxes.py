"""Sample entries of MP4 and MOV files: they declare spatial audio and video, which FFmpeg may drop."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

MAX_BOXES: Final = 4096
"""Largest number of boxes that are visited in one file."""
MAX_ENTRY_BYTES: Final = 2**20
"""Largest size of a sample description that is read."""
_HEADER_BYTES: Final = 8
_LARGE_SIZE: Final = 1
_TO_END: Final = 0


def sample_entries(path: Path) -> dict[int, bytes]:
    """Reads the sample descriptions of an MP4 or MOV file.

    Args:
        path: Path of the file.

    Returns:
        Content of the box `stsd` by track number; empty for other and for damaged files.
    """
    try:
        with path.open("rb") as file:
            return _Mp4File(file).sample_entries()
    except (OSError, struct.error, ValueError):
        return {}


def find_box(data: bytes, kind: bytes) -> bytes | None:
    """Finds a box at any depth.

    The headers of audio and video sample entries differ between versions of QuickTime and MP4, so that the
    box is found by its name and accepted if its size is consistent.

    Args:
        data: Content of a box.
        kind: Name of the box that is searched, four bytes.

    Returns:
        Content of the first such box; None if there is none.
    """
    position = data.find(kind)
    while position >= 0:
        if position >= 4:
            (size,) = struct.unpack(">I", data[position - 4 : position])
            if _HEADER_BYTES <= size <= len(data) - position + 4:
                return data[position + 4 : position - 4 + size]
        position = data.find(kind, position + 1)
    return None


class _Mp4File:
    """Walks the boxes of an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._visited = 0
        self._end = file.seek(0, 2)

    def sample_entries(self) -> dict[int, bytes]:
        entries: dict[int, bytes] = {}
        for moov in self._boxes(b"moov", 0, self._end):
            for track in self._boxes(b"trak", *moov):
                number = self._track_number(track)
                for description in self._descend(track, (b"mdia", b"minf", b"stbl", b"stsd")):
                    entries.setdefault(number, self._read(*description))
        return entries

    def _boxes(self, kind: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and end of the content of each box with this name."""
        while start + _HEADER_BYTES <= end and self._visited < MAX_BOXES:
            self._visited += 1
            self._file.seek(start)
            size, name = struct.unpack(">I4s", self._file.read(_HEADER_BYTES))
            content = start + _HEADER_BYTES
            if size == _LARGE_SIZE:
                (size,) = struct.unpack(">Q", self._file.read(8))
                content += 8
            box_end = end if size == _TO_END else start + size
            if not content <= box_end <= end:
                return
            if name == kind:
                yield content, box_end
            start = box_end

    def _descend(self, box: tuple[int, int], kinds: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
        if not kinds:
            yield box
            return
        for inner in self._boxes(kinds[0], *box):
            yield from self._descend(inner, kinds[1:])

    def _track_number(self, track: tuple[int, int]) -> int:
        for header in self._boxes(b"tkhd", *track):
            data = self._read(*header)
            offset = 20 if data[:1] == b"\1" else 12  # version 1 has times of 64 bits
            return int(struct.unpack(">I", data[offset : offset + 4])[0])
        return 0

    def _read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        return self._file.read(min(end - start, MAX_ENTRY_BYTES))

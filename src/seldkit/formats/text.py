"""Comma-separated numbers as bytes: loading, the header, and the quick way to an array."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Floats
from seldkit.errors import FormatError

LARGEST_FILE: Final = 256 * 1024 * 1024
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Table:
    """A file's text: its header (None where it has none), and its rows, lines ended by a line feed.

    first_line is the number of the first row's line in the file, from 1.
    """

    header: tuple[str, ...] | None
    body: bytes
    first_line: int

    @property
    def columns(self) -> int:
        """Columns of the first row, 0 where there is no row."""
        return self.body.split(b"\n", 1)[0].count(b",") + 1 if self.body else 0


def load(path: Path) -> Table:
    """The text of a file. A byte order mark and any line ends are fine; anything but text is an error."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(f"{path}: expected a metadata file, got {path.stat().st_size:,} bytes")
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (a third faster over 10,000 files)
            data = file.read()
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
    return _table(path, data)


def _table(path: Path, data: bytes) -> Table:
    if data.startswith(_UTF16):
        raise FormatError(f"{path}: expected UTF-8 text, got UTF-16; save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise FormatError(f"{path}: expected comma-separated text, got binary data")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    kept = data.lstrip(b"\n \t")
    blank = data[: len(data) - len(kept)].count(b"\n")
    first, _, rest = kept.partition(b"\n")
    if not _is_header(first):
        return Table(None, kept.rstrip(), 1 + blank)
    body = rest.rstrip()
    return Table(_names(path, first), body, 2 + blank)


def _is_header(line: bytes) -> bool:
    """A line of words: no cell of it is a number, and it is not one of nan or inf."""
    if not any(byte > 64 for byte in line):
        return False
    return not any(_is_number(cell) for cell in line.split(b","))


def _is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _names(path: Path, line: bytes) -> tuple[str, ...]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise FormatError(
            f"{path}, line 1: expected UTF-8 text, got other bytes; save it as UTF-8"
        ) from problem
    return tuple(cell.strip().strip('"').strip().lower() for cell in text.split(","))


def numbers(body: bytes, columns: int) -> Floats | None:
    """The rows as an array (rows, columns), or None where any line is not `columns` numbers."""
    if not body:
        return np.empty((0, columns))
    if b"_" in body:  # Python reads 1_0 as a number
        return None
    raw = np.frombuffer(body, np.uint8)
    separators = raw[(raw == ord(",")) | (raw == ord("\n"))]
    ends = separators[columns - 1 :: columns] == ord("\n")
    if (len(separators) + 1) % columns or not ends.all() or body.count(b"\n") != len(ends):
        return None
    try:
        values = np.fromiter(map(float, body.replace(b"\n", b",").split(b",")), np.float64)
    except ValueError:
        return None
    return values.reshape(-1, columns)

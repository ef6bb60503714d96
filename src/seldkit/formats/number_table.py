"""Comma-separated numbers: loading of files, recognition of a header, and fast parsing."""

import codecs
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import FormatError
from seldkit.files import read_regular_file, require_regular_file
from seldkit.types import Floats, Integers

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""Size in bytes of the largest file that is read."""

MAX_DIGITS: Final = 9
"""Largest number of digits for the fast parsing of integers."""

_COMMA, _LINE_FEED, _MINUS, _ZERO = b",\n-0"
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class NumberTable:
    """The text of a file of comma-separated numbers.

    Attributes:
        header: Names of the columns; None if the file has no header.
        body: The rows, separated by line feeds.
        first_line: Number of the first row's line in the file, from 1.
    """

    header: tuple[str, ...] | None
    body: bytes
    first_line: int

    @property
    def columns(self) -> int:
        """Number of columns of the first row; 0 if there are no rows."""
        return self.body.split(b"\n", 1)[0].count(b",") + 1 if self.body else 0


def load_table(path: Path) -> NumberTable:
    """Loads a file of comma-separated numbers.

    Args:
        path: File in UTF-8, with or without a byte order mark, with any line ends.

    Returns:
        Its header and rows.

    Raises:
        FormatError: The file cannot be read or is not text in UTF-8.
    """
    data = _read_bytes(path)
    if data.startswith(_UTF16):
        raise FormatError(f"{path}: expected UTF-8 text, got UTF-16; save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise FormatError(f"{path}: expected comma-separated text, got binary data")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = data.lstrip(b"\n \t")
    blank_lines = data[: len(data) - len(text)].count(b"\n")
    first, _, rest = text.partition(b"\n")
    try:
        header = _parse_header(first.strip())
    except UnicodeDecodeError as problem:
        raise FormatError(
            f"{path}, line 1: expected UTF-8 text, got other bytes; save it as UTF-8"
        ) from problem
    if header is None:
        return NumberTable(None, text.rstrip(), 1 + blank_lines)
    return NumberTable(header, rest.rstrip(), 2 + blank_lines)


def load_text(path: Path) -> str:
    """Loads the text of a file of events.

    Args:
        path: File in UTF-8 or, with a byte order mark, in UTF-16.

    Returns:
        The text with unchanged line ends.

    Raises:
        FormatError: The file cannot be read or is not text.
    """
    data = _read_bytes(path)
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise FormatError(
            f"{path}, line {line}: expected UTF-8 text, got other bytes; save it as UTF-8"
        ) from problem
    if "\0" in text:
        raise FormatError(f"{path}: expected text, got binary data")
    return text


def require_annotation_file(path: Path) -> None:
    """Checks that a file can be an annotation file.

    Args:
        path: The file.

    Raises:
        FormatError: It is a pipe, a device or a folder, or it is too large.
    """
    try:
        require_regular_file(path, MAX_FILE_BYTES)
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem


def parse_numbers(body: bytes, columns: int) -> Floats | None:
    """Parses rows of comma-separated numbers.

    Args:
        body: Rows, separated by line feeds.
        columns: Number of columns.

    Returns:
        The numbers, shape ``(rows, columns)``; None if a row does not consist of `columns` numbers.
    """
    if not body:
        return np.empty((0, columns))
    raw = np.frombuffer(body, np.uint8)
    separators = np.flatnonzero((raw == _COMMA) | (raw == _LINE_FEED))
    ends = raw[separators[columns - 1 :: columns]] == _LINE_FEED
    if (len(separators) + 1) % columns or not ends.all() or body.count(b"\n") != len(ends):
        return None
    values = _parse_integers(raw, separators)
    if values is None:
        values = _parse_floats(body)
    return None if values is None else values.reshape(-1, columns)


def _read_bytes(path: Path) -> bytes:
    try:
        return read_regular_file(path, MAX_FILE_BYTES)
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem


@lru_cache
def _parse_header(line: bytes) -> tuple[str, ...] | None:
    """Names of the columns; None if a cell is a number (also nan and inf) or the line starts like one."""
    if not line or line[:1] in b"0123456789+-." or any(map(_is_number, line.split(b","))):
        return None
    return tuple(cell.strip().strip('"').strip().lower() for cell in line.decode("utf-8").split(","))


def _is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _parse_integers(raw: NDArray[np.uint8], separators: Integers) -> Floats | None:
    """Parses cells of up to nine digits with or without a minus sign; None if there are other cells.

    This is four times as fast as parsing any numbers, and most files contain only integers.
    """
    starts, stops = np.r_[0, separators + 1], np.r_[separators, len(raw)]
    if (stops <= starts).any():
        return None
    minus = raw[starts] == _MINUS
    lengths = stops - starts - minus
    longest = int(lengths.max())
    if lengths.min() < 1 or longest > MAX_DIGITS:
        return None
    values = np.zeros(len(starts), np.int64)
    for place in range(longest):  # from the ones upwards
        within = lengths > place
        digit = raw[np.where(within, stops - 1 - place, 0)].astype(np.int64) - _ZERO
        if (within & ((digit < 0) | (digit > 9))).any():
            return None
        values += np.where(within, digit * 10**place, 0)
    return np.where(minus, -values, values).astype(np.float64)


def _parse_floats(body: bytes) -> Floats | None:
    if b"_" in body:  # Python parses 1_0 as a number
        return None
    try:
        return np.fromiter(map(float, body.replace(b"\n", b",").split(b",")), np.float64)
    except ValueError:
        return None

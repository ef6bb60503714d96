"""Columns of DCASE metadata files, their valid ranges, and the error messages for invalid rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.formats.number_table import NumberTable, parse_numbers
from seldkit.types import Flags, Floats

MAX_CLASS_NUMBER: Final = 999
"""Largest class number that is read if unknown classes are tolerated."""

MAX_SHOWN_CHARACTERS: Final = 60
"""Longest part of a row in an error message."""


@dataclass(frozen=True)
class ColumnRange:
    """Valid values of a column.

    Attributes:
        low: Smallest value, in the unit of the column.
        high: Largest value, in the unit of the column.
        whole: Whether values must be integers.
        expected: Description of a valid value for error messages.
    """

    low: float
    high: float
    whole: bool
    expected: str


COLUMN_RANGES: Final[dict[str, ColumnRange]] = {
    "frame": ColumnRange(0, 1e8, True, "a frame number from 0"),
    "class": ColumnRange(0, MAX_CLASS_NUMBER, True, "a class number from 0"),
    "source": ColumnRange(0, 1e9, True, "a source number from 0"),
    "azimuth": ColumnRange(-180, 180, False, "an azimuth of -180 to 180 degrees (positive to the left)"),
    "elevation": ColumnRange(-90, 90, False, "an elevation of -90 to 90 degrees"),
    "distance": ColumnRange(0, 1e7, False, "a distance from 0"),
    "onscreen": ColumnRange(0, 1, True, "on-screen 0 or 1"),
    "x": ColumnRange(-1e3, 1e3, False, "a coordinate"),
    "y": ColumnRange(-1e3, 1e3, False, "a coordinate"),
    "z": ColumnRange(-1e3, 1e3, False, "a coordinate"),
}
"""Valid values by the name of the column."""


@dataclass(frozen=True)
class ColumnLayout:
    """The columns of one kind of file.

    Attributes:
        columns: Names of the columns in their order.
    """

    columns: tuple[str, ...]

    def column(self, values: Floats, name: str) -> Floats:
        """Selects a column.

        Args:
            values: Rows of a file. Shape ``(rows, columns)``.
            name: Name of the column.

        Returns:
            Values of the column. Shape ``(rows,)``.
        """
        selected: Floats = values[:, self.columns.index(name)]
        return selected

    def find_invalid(self, values: Floats, class_count: int) -> Flags:
        """Finds values outside the range of their column.

        Args:
            values: Rows of a file. Shape ``(rows, columns)``.
            class_count: Number of valid class numbers.

        Returns:
            Whether each value is invalid. Shape ``(rows, columns)``.
        """
        ranges = [COLUMN_RANGES[name] for name in self.columns]
        low, high = np.array([limit.low for limit in ranges]), np.array([limit.high for limit in ranges])
        high[np.array(self.columns) == "class"] = class_count - 1
        whole = np.array([limit.whole for limit in ranges])
        invalid = ~((values >= low) & (values <= high))  # also NaN
        invalid[:, whole] |= values[:, whole] != np.rint(values[:, whole])
        if "x" in self.columns:
            axes = [self.columns.index(axis) for axis in "xyz"]
            invalid[:, axes] |= ~values[:, axes].any(axis=1, keepdims=True)
        return invalid


def find_repeated_sources(layout: ColumnLayout, values: Floats, clip: Floats | None = None) -> Flags:
    """Finds rows that repeat a source of a class within a frame.

    Source number 0 means "no number", as in predictions of the public baselines, and may repeat.

    Args:
        layout: Columns of the rows.
        values: Rows of files. Shape ``(rows, columns)``.
        clip: Index of the clip of each row, shape ``(rows,)``; None if all rows are of one clip.

    Returns:
        Whether each row repeats an earlier one. Shape ``(rows,)``.
    """
    keys = [layout.column(values, name) for name in ("source", "class", "frame")]
    keys += [] if clip is None else [clip]
    order = np.lexsort(keys)
    ranked = np.stack([key[order] for key in keys])  # (keys, rows)
    repeated = np.zeros(len(values), np.bool_)
    repeated[order[1:]] = (ranked[:, 1:] == ranked[:, :-1]).all(axis=0) & (ranked[0, 1:] > 0)
    return repeated


def find_problems(
    path: Path, table: NumberTable, layout: ColumnLayout, class_count: int, repeats: bool = True
) -> list[str]:
    """Lists the errors in the rows of a file.

    Args:
        path: The file, for the messages.
        table: Its content.
        layout: Its columns.
        class_count: Number of valid class numbers.
        repeats: Whether a source that is repeated within a frame is an error.

    Returns:
        Messages of one line with file, line, expected and found values, in the order of the lines.
    """
    problems: list[tuple[int, str]] = []
    lines: list[int] = []
    valid_rows: list[Floats] = []
    for line, text in enumerate(table.body.split(b"\n"), table.first_line):
        if not text.strip():
            continue
        row = parse_numbers(text, len(layout.columns))
        if row is None:
            problems.append((line, _unreadable_row(text, layout)))
            continue
        invalid = layout.find_invalid(row, class_count)[0]
        if invalid.any():
            problems.append((line, _invalid_value(text, layout, int(invalid.argmax()), class_count)))
        else:
            lines.append(line)
            valid_rows.append(row)
    if repeats:
        problems += _repetitions(layout, lines, valid_rows)
    return [f"{path}, line {line}: {message}" for line, message in sorted(problems)]


def _repetitions(layout: ColumnLayout, lines: list[int], rows: list[Floats]) -> Iterator[tuple[int, str]]:
    if not rows:
        return
    values = np.concatenate(rows)
    for index in np.flatnonzero(find_repeated_sources(layout, values)):
        frame, class_id, source = (
            int(layout.column(values, name)[index]) for name in ("frame", "class", "source")
        )
        yield (
            lines[index],
            f"expected each source of a class once in a frame, got frame {frame}, class {class_id}, "
            f"source {source} again; number the sources, or give 0 to all",
        )


def _unreadable_row(text: bytes, layout: ColumnLayout) -> str:
    expected = f"{len(layout.columns)} numbers separated by commas ({','.join(layout.columns)})"
    for separator, name in ((b";", "semicolons"), (b"\t", "tabs")):
        if separator in text and text.count(b",") < len(layout.columns) - 1:
            return f"expected {expected}, got {name}: {_quote(text)}; save it with commas"
    cells = text.split(b",")
    if len(cells) != len(layout.columns):
        return f"expected {expected}, got {len(cells)} columns: {_quote(text)}"
    for name, cell in zip(layout.columns, cells, strict=True):
        if not cell.strip() or parse_numbers(cell, 1) is None:
            return f"expected {COLUMN_RANGES[name].expected} as {name}, got {_quote(cell)}"
    return f"expected {expected}, got {_quote(text)}"


def _invalid_value(text: bytes, layout: ColumnLayout, index: int, class_count: int) -> str:
    name, value = layout.columns[index], _quote(text.split(b",")[index])
    if name == "class":
        return f"expected a class number of 0 to {class_count - 1} as class, got {value}"
    row = parse_numbers(text, len(layout.columns))
    if name in ("x", "y", "z") and row is not None and not row[0, -4:-1].any():
        return f"expected a direction x,y,z, got a vector of length 0: {_quote(text)}"
    return f"expected {COLUMN_RANGES[name].expected} as {name}, got {value}"


def _quote(text: bytes) -> str:
    shown = text.strip().decode("utf-8", "backslashreplace")
    return repr(shown[:MAX_SHOWN_CHARACTERS] + ("…" if len(shown) > MAX_SHOWN_CHARACTERS else ""))

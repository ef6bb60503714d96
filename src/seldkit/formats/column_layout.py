"""What the columns of a metadata file may hold, and what is wrong with a row that does not hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.formats.number_table import NumberTable, parse_numbers
from seldkit.types import Flags, Floats

MAX_CLASS_NUMBER: Final = 999
"""The largest class number that is read where unknown classes are kept."""


@dataclass(frozen=True)
class ColumnRange:
    """The values that a column may hold."""

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


@dataclass(frozen=True)
class ColumnLayout:
    """The columns of one kind of file, in its order."""

    columns: tuple[str, ...]

    def find(self, values: Floats, name: str) -> Floats:
        """One column of the rows (rows, columns)."""
        column: Floats = values[:, self.columns.index(name)]
        return column

    def wrong(self, values: Floats, classes: int) -> Flags:
        """Which values (rows, columns) their column may not hold."""
        limits = [COLUMN_RANGES[name] for name in self.columns]
        low, high = np.array([limit.low for limit in limits]), np.array([limit.high for limit in limits])
        high[np.array(self.columns) == "class"] = classes - 1
        whole = np.array([limit.whole for limit in limits])
        wrong = ~((values >= low) & (values <= high))  # NaN is in no range
        wrong[:, whole] |= values[:, whole] != np.rint(values[:, whole])
        if "x" in self.columns:
            axes = [self.columns.index(axis) for axis in "xyz"]
            wrong[:, axes] |= ~values[:, axes].any(axis=1, keepdims=True)
        return wrong


def find_repeated_sources(layout: ColumnLayout, values: Floats, clip: Floats | None = None) -> Flags:
    """Which rows say a source of a class a second time in one frame.

    Source 0 says "no number", as the predictions of the public baselines do, and may repeat.
    """
    keys = [layout.find(values, name) for name in ("source", "class", "frame")]
    keys += [] if clip is None else [clip]
    order = np.lexsort(keys)
    ranked = np.stack([key[order] for key in keys])  # (keys, rows)
    again = np.zeros(len(values), np.bool_)
    again[order[1:]] = (ranked[:, 1:] == ranked[:, :-1]).all(axis=0) & (ranked[0, 1:] > 0)
    return again


def problems(
    path: Path, table: NumberTable, layout: ColumnLayout, classes: int, repeats: bool = True
) -> list[str]:
    """Everything that is wrong with a file's rows, one line each: file, line, expected, got.

    repeats: whether a source that is repeated within a frame is wrong.
    """
    found: list[tuple[int, str]] = []
    lines: list[int] = []
    good: list[Floats] = []
    for line, text in enumerate(table.body.split(b"\n"), table.first_line):
        if not text.strip():
            continue
        row = parse_numbers(text, len(layout.columns))
        wrong = None if row is None else layout.wrong(row, classes)[0]
        if row is None or wrong is None:
            found.append((line, _unreadable(text, layout)))
        elif wrong.any():
            found.append((line, _out_of_range(text, layout, int(wrong.argmax()), classes)))
        else:
            lines.append(line)
            good.append(row)
    if repeats:
        found += _repetitions(layout, lines, good)
    return [f"{path}, line {line}: {what}" for line, what in sorted(found)]


def _repetitions(layout: ColumnLayout, lines: list[int], rows: list[Floats]) -> Iterator[tuple[int, str]]:
    if not rows:
        return
    values = np.concatenate(rows)
    for index in np.flatnonzero(find_repeated_sources(layout, values)):
        frame, class_id, source = (
            int(layout.find(values, name)[index]) for name in ("frame", "class", "source")
        )
        yield (
            lines[index],
            f"expected each source of a class once in a frame, got frame {frame}, class {class_id}, "
            f"source {source} again; number the sources, or give 0 to all",
        )


def _unreadable(text: bytes, layout: ColumnLayout) -> str:
    expected = f"{len(layout.columns)} numbers separated by commas ({','.join(layout.columns)})"
    shown = _shown(text)
    for sign, name in ((b";", "semicolons"), (b"\t", "tabs")):
        if sign in text and text.count(b",") < len(layout.columns) - 1:
            return f"expected {expected}, got {name}: {shown}; save it with commas"
    cells = text.split(b",")
    if len(cells) != len(layout.columns):
        return f"expected {expected}, got {len(cells)} columns: {shown}"
    for name, cell in zip(layout.columns, cells, strict=True):
        if not cell.strip() or parse_numbers(cell, 1) is None:
            return f"expected {COLUMN_RANGES[name].expected} as {name}, got {_shown(cell)}"
    return f"expected {expected}, got {shown}"


def _out_of_range(text: bytes, layout: ColumnLayout, index: int, classes: int) -> str:
    name, got = layout.columns[index], _shown(text.split(b",")[index])
    if name == "class":
        return f"expected a class number of 0 to {classes - 1} as class, got {got}"
    if name in ("x", "y", "z") and not any(parse_numbers(text, len(layout.columns))[0, -4:-1]):  # type: ignore[index]
        return f"expected a direction x,y,z, got a vector of length 0: {_shown(text)}"
    return f"expected {COLUMN_RANGES[name].expected} as {name}, got {got}"


def _shown(text: bytes) -> str:
    shown = text.strip().decode("utf-8", "backslashreplace")
    return repr(shown[:60] + ("…" if len(shown) > 60 else ""))

"""Events as a table for spreadsheets (.events.csv): a header and one row per event; empty cells are unknown.

The columns are `onset,offset,class,azimuth,elevation,distance,onscreen,confidence`: times in seconds, angles
in degrees (positive to the left and upwards), distances in metres, on-screen 1 or 0. Calibrated models add
prediction intervals (`azimuth_low`, `azimuth_high`, `azimuth_coverage`, and the same for the distance). When
reading, columns may be in any order, and all but the first three may be missing. A class name that a
spreadsheet would compute (it starts with =, +, -, @ or a control character; OWASP, CSV injection) is written
with an apostrophe before it, which is removed when reading.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from seldkit.annotations import Event, PredictionInterval
from seldkit.formats.entries import EntryError, EventEntry, ExportOptions, at_line, parse_number
from seldkit.formats.label_text import FORMULA_CHARACTERS
from seldkit.registry import nearest

REQUIRED_COLUMNS: Final = ("onset", "offset", "class")
"""Columns that every table has."""

VALUE_COLUMNS: Final = ("azimuth", "elevation", "distance", "onscreen", "confidence")
"""Further columns of every written table."""

_INTERVAL_PARTS: Final = ("low", "high", "coverage")
_INTERVAL_VALUES: Final = ("azimuth", "distance")
_INTERVAL_COLUMNS: Final = tuple(f"{value}_{part}" for value in _INTERVAL_VALUES for part in _INTERVAL_PARTS)
_KNOWN_COLUMNS: Final = (*REQUIRED_COLUMNS, *VALUE_COLUMNS, *_INTERVAL_COLUMNS)
_APOSTROPHE: Final = "'"
_ESCAPED_FIRST: Final = tuple(FORMULA_CHARACTERS + _APOSTROPHE + "\t\r\n")


def write_csv(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes a table of events.

    Args:
        events: The events.
        options: Not used.

    Returns:
        The table; it has columns of prediction intervals if an event has one.
    """
    calibrated = any(event.azimuth_interval or event.distance_interval for event in events)
    columns = (*REQUIRED_COLUMNS, *VALUE_COLUMNS, *(_INTERVAL_COLUMNS if calibrated else ()))
    rows = [columns, *([_cells(event)[name] for name in columns] for event in events)]
    return "".join(map(_csv_line, rows))


def read_csv(text: str) -> Iterator[EventEntry]:
    """Reads a table of events.

    Args:
        text: Content of the file.

    Yields:
        The events.

    Raises:
        EntryError: The header or a row is not valid.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _parse_header(next((row for row in rows if row), []))
        for row in rows:
            if row:
                with at_line(rows.line_num):
                    yield _parse_row(columns, row)
    except csv.Error as problem:
        raise EntryError(f"expected comma-separated text, got {problem}", rows.line_num) from problem


def _csv_line(cells: Sequence[str]) -> str:
    """One line of CSV. Cells with a carriage return are quoted only if it is in the line terminator."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def _cells(event: Event) -> dict[str, str]:
    cells = {
        "onset": f"{event.onset:.3f}",
        "offset": f"{event.offset:.3f}",
        "class": _escape_name(event.name),
        "onscreen": "" if event.onscreen is None else str(int(event.onscreen)),
    }
    for name in ("azimuth", "elevation", "distance", "confidence"):
        cells[name] = _format(getattr(event, name))
    for value in _INTERVAL_VALUES:
        interval: PredictionInterval | None = getattr(event, f"{value}_interval")
        for part in _INTERVAL_PARTS:
            cells[f"{value}_{part}"] = "" if interval is None else _format(getattr(interval, part))
    return cells


def _format(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(float(value))


def _escape_name(name: str) -> str:
    return _APOSTROPHE + name if name.startswith(_ESCAPED_FIRST) else name


def _parse_header(header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in header)
    expected = f"expected the header {','.join((*REQUIRED_COLUMNS, *VALUE_COLUMNS))}"
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise EntryError(f"{expected}, got other separators than commas; save it with commas", 1)
    if "frame" in names:
        raise EntryError(f"{expected}, got a table of frames; read it as annotations", 1)
    for name in names:
        if name not in _KNOWN_COLUMNS:
            raise EntryError(f"{expected}, got '{name[:40]}'; {nearest(name, _KNOWN_COLUMNS)}", 1)
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise EntryError(f"{expected}, got no column '{missing[0]}'", 1)
    if len(set(names)) < len(names):
        raise EntryError(f"{expected}, got a name twice: {','.join(names)}", 1)
    return names


def _parse_row(columns: tuple[str, ...], row: Sequence[str]) -> EventEntry:
    if len(row) != len(columns):
        raise ValueError(f"expected {len(columns)} columns, got {len(row)}")
    cells = dict(zip(columns, row, strict=True))
    values: dict[str, Any] = {
        name: parse_number(cells[name].strip(), f"{name} as a number or nothing")
        for name in columns
        if name != "class" and cells[name].strip()
    }
    for name in ("onset", "offset"):
        values.setdefault(name, math.nan)
    onscreen = values.pop("onscreen", None)
    if onscreen not in (None, 0.0, 1.0):
        raise ValueError(f"expected 1, 0 or nothing as onscreen, got {onscreen:g}")
    values |= {f"{value}_interval": _pop_interval(value, values) for value in _INTERVAL_VALUES}
    name = cells["class"].removeprefix(_APOSTROPHE)
    return EventEntry(name=name, onscreen=None if onscreen is None else bool(onscreen), **values)


def _pop_interval(value: str, values: dict[str, Any]) -> PredictionInterval | None:
    """The interval of a value in a row; its columns are removed from the values."""
    parts = [values.pop(f"{value}_{part}", None) for part in _INTERVAL_PARTS]
    known = [part for part in parts if part is not None]
    if known and len(known) < len(parts):
        raise ValueError(
            f"expected {value}_low, {value}_high and {value}_coverage together, got one without the others"
        )
    return PredictionInterval(*known) if known else None

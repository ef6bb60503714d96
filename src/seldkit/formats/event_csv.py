"""Events as a table for spreadsheets (.events.csv): one row for each event, a header, blanks for unknown.

`onset,offset,class,azimuth,elevation,distance,onscreen,confidence`: seconds, degrees (positive to the left
and upwards), metres, 1 or 0; of a calibrated model also where the truth lies (`azimuth_low`, `azimuth_high`,
`azimuth_coverage` and the same of the distance). The columns may stand in any order, and all but the first
three may be missing. A class name that a spreadsheet would compute (=, +, -, @ or a control sign at its
beginning; OWASP, CSV injection) has an apostrophe before it, which is taken away again in reading.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from seldkit.annotations import Event, PredictionInterval
from seldkit.formats.entries import EntryError, EventEntry, at_line, number
from seldkit.formats.label_text import FORMULA_CHARACTERS
from seldkit.formats.recording_info import RecordingInfo
from seldkit.registry import nearest

NEEDED: Final = ("onset", "offset", "class")
VALUES: Final = ("azimuth", "elevation", "distance", "onscreen", "confidence")
_PARTS: Final = ("low", "high", "coverage")
INTERVALS: Final = tuple(f"{of}_{part}" for of in ("azimuth", "distance") for part in _PARTS)
_GUARD: Final = "'"
_GUARDED: Final = tuple(FORMULA_CHARACTERS + _GUARD + "\t\r\n")


def write_csv(events: Sequence[Event], recording: RecordingInfo) -> str:
    """The table; columns of intervals only where an event has one."""
    calibrated = any(event.azimuth_interval or event.distance_interval for event in events)
    columns = (*NEEDED, *VALUES, *(INTERVALS if calibrated else ()))
    rows = [columns, *([_cells(event)[name] for name in columns] for event in events)]
    return "".join(map(_line, rows))


def read_csv(text: str) -> Iterator[EventEntry]:
    """The events of a table."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next((row for row in rows if row), [])
        columns = _columns(header)
        for row in rows:
            if row:
                with at_line(rows.line_num):
                    yield _entry(columns, row)
    except csv.Error as problem:
        raise EntryError(f"expected comma-separated text, got {problem}", rows.line_num) from problem


def _line(cells: Sequence[str]) -> str:
    """One line of CSV. Cells with a carriage return are quoted too, which needs it in the line terminator."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def _cells(event: Event) -> dict[str, str]:
    cells = {
        "onset": f"{event.onset:.3f}",
        "offset": f"{event.offset:.3f}",
        "class": _guarded(event.name),
        "onscreen": "" if event.onscreen is None else str(int(event.onscreen)),
    }
    numbers = ("azimuth", "elevation", "distance", "confidence")
    cells |= {name: _cell(getattr(event, name)) for name in numbers}
    for of in ("azimuth", "distance"):
        interval: PredictionInterval | None = getattr(event, f"{of}_interval")
        for part in _PARTS:
            cells[f"{of}_{part}"] = "" if interval is None else _cell(getattr(interval, part))
    return cells


def _cell(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(float(value))


def _guarded(name: str) -> str:
    return _GUARD + name if name.startswith(_GUARDED) else name


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in header)
    expected = f"expected the header {','.join((*NEEDED, *VALUES))}"
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise EntryError(f"{expected}, got other signs than commas between the names; save it with commas", 1)
    if "frame" in names:
        raise EntryError(f"{expected}, got a table of frames; read it as annotations", 1)
    for name in names:
        if name not in (*NEEDED, *VALUES, *INTERVALS):
            raise EntryError(
                f"{expected}, got '{name[:40]}'; {nearest(name, (*NEEDED, *VALUES, *INTERVALS))}", 1
            )
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise EntryError(f"{expected}, got none of the name '{missing[0]}'", 1)
    if len(set(names)) < len(names):
        raise EntryError(f"{expected}, got a name twice: {','.join(names)}", 1)
    return names


def _entry(columns: tuple[str, ...], row: Sequence[str]) -> EventEntry:
    if len(row) != len(columns):
        raise ValueError(f"expected {len(columns)} columns, got {len(row)}")
    cells = dict(zip(columns, row, strict=True))
    values: dict[str, Any] = {
        name: number(cells[name].strip(), f"{name} as a number or nothing")
        for name in columns
        if name != "class" and cells[name].strip()
    }
    for name in ("onset", "offset"):
        values.setdefault(name, math.nan)
    onscreen = values.pop("onscreen", None)
    if onscreen not in (None, 0.0, 1.0):
        raise ValueError(f"expected 1, 0 or nothing as onscreen, got {onscreen:g}")
    values |= {f"{of}_interval": _interval(of, values) for of in ("azimuth", "distance")}
    name = cells["class"].removeprefix(_GUARD)
    return EventEntry(name=name, onscreen=None if onscreen is None else bool(onscreen), **values)


def _interval(of: str, values: dict[str, Any]) -> PredictionInterval | None:
    """The interval of a row; its columns are taken out of the values."""
    parts = [values.pop(f"{of}_{part}", None) for part in _PARTS]
    given = [part for part in parts if part is not None]
    if given and len(given) < 3:
        raise ValueError(
            f"expected {of}_low, {of}_high and {of}_coverage together, got one without the others"
        )
    return PredictionInterval(*given) if given else None

"""seldkit's own JSON: everything that `Annotations` holds, without loss, and room for what was made of it.

```json
{"format": "seldkit-annotations", "version": 1, "frame_seconds": 0.1, "frame_count": 50,
 "classes": ["female speech", …], "rows": {"frame": [0], "class_id": [3], "source": [1], "azimuth": [-9.0],
 "distance": [1.55], "elevation": null, "onscreen": [false], "confidence": null}, "events": […], "notes": […]}
```

Degrees and metres; null in a column of numbers is "unknown"; a column that is null as a whole is not there.
Readers ignore further keys at the top, so that later versions may add to them.
"""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event, Range
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.clips import Clips
from seldkit.formats.csvformat import Reading
from seldkit.formats.text import LARGEST_FILE

NAME: Final = "seldkit-annotations"
VERSION: Final = 1
_WHOLE: Final = ("frame", "class_id", "source")
_REAL: Final = ("azimuth", "distance", "elevation", "confidence")
_OPTIONAL: Final = ("elevation", "onscreen", "confidence")


class JsonFormat:
    """Reads and writes seldkit's JSON."""

    def read(self, path: Path, reading: Reading, frames: int) -> Annotations:
        """One file, exactly as it was written: it says itself what `reading` and `frames` would."""
        content = _loaded(path)
        try:
            return _annotations(content)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as problem:
            said = f"no '{problem.args[0]}'" if isinstance(problem, KeyError) else str(problem)
            raise FormatError(
                f"{path}: expected annotations in seldkit's JSON, got {_line(said)}"
            ) from problem

    def read_many(self, paths: Sequence[Path], reading: Reading) -> Clips:
        """Many files as one table."""
        return Clips.of([self.read(path, reading, 0) for path in paths])

    def check(self, path: Path, reading: Reading) -> list[str]:
        """What is wrong with a file: nothing, or the first thing found."""
        try:
            self.read(path, reading, 0)
        except FormatError as problem:
            return [str(problem)]
        return []

    def write(
        self,
        annotations: Annotations,
        path: Path,
        events: Iterable[Event] | None = None,
        notes: Iterable[str] | None = None,
        **more: object,
    ) -> None:
        """One clip, with its events and notes where given; further keywords become keys at the top."""
        content: dict[str, Any] = {
            "format": NAME,
            "version": VERSION,
            "frame_seconds": FRAME_SECONDS,
            "frame_count": annotations.frame_count,
            "classes": list(annotations.classes),
            "rows": {name: _plain(getattr(annotations, name)) for name in (*_WHOLE, *_REAL, "onscreen")},
        }
        if events is not None:
            content["events"] = [_event(event) for event in events]
        if notes is not None:
            content["notes"] = list(notes)
        with replacing(path) as temporary:
            temporary.write_text(
                json.dumps(content | more, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
            )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(f"{path}: expected a metadata file, got {path.stat().st_size:,} bytes")
        content = json.loads(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise FormatError(f"{path}: expected JSON in UTF-8, got {_line(str(problem))}") from problem
    if not isinstance(content, dict) or content.get("format") != NAME:
        raise FormatError(f'{path}: expected seldkit\'s JSON ("format": "{NAME}"), got other JSON')
    if content.get("version") != VERSION:
        raise FormatError(
            f"{path}: expected version {VERSION} of the format, got {content.get('version')!r}; "
            "update seldkit"
        )
    return content


def _annotations(content: dict[str, Any]) -> Annotations:
    rows, classes = content["rows"], content["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("classes that are no list of names")
    columns: dict[str, Any] = {name: _whole(name, rows[name]) for name in _WHOLE}
    columns |= {name: _real(name, rows.get(name)) for name in _REAL}
    columns["onscreen"] = _flags(rows.get("onscreen"))
    frame_count = content["frame_count"]
    if not isinstance(frame_count, int) or isinstance(frame_count, bool) or frame_count < 0:
        raise ValueError(f"frame_count {frame_count!r}")
    return Annotations(**columns, frame_count=frame_count, classes=tuple(classes))


def _whole(name: str, values: Any) -> list[int]:
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError(f"a column '{name}' that is no list of whole numbers")
    return values


def _real(name: str, values: Any) -> list[float] | None:
    if values is None and name in _OPTIONAL:
        return None
    fine = isinstance(values, list) and all(value is None or type(value) in (int, float) for value in values)
    if not fine or not all(value is None or math.isfinite(value) for value in values):
        raise ValueError(f"a column '{name}' that is no list of finite numbers")
    return [math.nan if value is None else float(value) for value in values]


def _flags(values: Any) -> list[bool] | None:
    if values is not None and (
        not isinstance(values, list) or any(type(value) is not bool for value in values)
    ):
        raise ValueError("a column 'onscreen' that is no list of true and false")
    return values


def _plain(column: np.ndarray[Any, Any] | None) -> list[Any] | None:
    if column is None:
        return None
    return [None if value != value else value for value in column.tolist()]


def _event(event: Event) -> dict[str, Any]:
    return {
        "class_id": event.class_id,
        "class": event.name,
        "onset": event.onset,
        "offset": event.offset,
        "azimuth": _number(event.azimuth),
        "elevation": _number(event.elevation),
        "distance": _number(event.distance),
        "onscreen": None if event.onscreen is None else bool(event.onscreen),
        "confidence": _number(event.confidence),
        "azimuth_interval": _range(event.azimuth_interval),
        "distance_interval": _range(event.distance_interval),
        "trajectory": {
            name: _plain(getattr(event.trajectory, name))
            for name in ("frame", "azimuth", "elevation", "distance", "onscreen", "confidence")
        },
    }


def _range(interval: Range | None) -> dict[str, float | None] | None:
    """The interval that holds the truth of `coverage` of all events."""
    return None if interval is None else {name: _number(value) for name, value in vars(interval).items()}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _line(text: str) -> str:
    return " ".join(text.split())[:160]


JSON: Final = JsonFormat()

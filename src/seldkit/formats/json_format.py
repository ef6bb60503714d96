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
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.classes import ClassVocabulary
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.clip_table import ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.entries import EventEntry, shorten
from seldkit.formats.event_json import entry_from_json, event_to_json
from seldkit.formats.json_columns import column_to_json, flags, parse_floats, parse_integers
from seldkit.formats.number_table import MAX_FILE_BYTES

FORMAT_NAME: Final = "seldkit-annotations"
FORMAT_VERSION: Final = 1
_WHOLE: Final = ("frame", "class_id", "source")
_REAL: Final = ("azimuth", "distance", "elevation", "confidence")
_OPTIONAL: Final = ("elevation", "confidence")


class JsonFormat:
    """Reads and writes seldkit's JSON."""

    def read(self, path: Path, reading: ReadOptions, frames: int) -> Annotations:
        """One file, exactly as it was written: it says itself what `reading` and `frames` would."""
        content = _loaded(path)
        try:
            return _annotations(content)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as problem:
            said = f"no '{problem.args[0]}'" if isinstance(problem, KeyError) else str(problem)
            raise FormatError(
                f"{path}: expected annotations in seldkit's JSON, got {_line(said)}"
            ) from problem

    def entries(self, path: Path) -> tuple[list[EventEntry], ClassVocabulary]:
        """The events of a file that was written with them, and its vocabulary."""
        content = _loaded(path)
        try:
            events, classes = content["events"], _names(content["classes"])
            if not isinstance(events, list):
                raise ValueError(f"expected a list of events, got {shorten(events)}")
            return [entry_from_json(event) for event in events], classes
        except KeyError as problem:
            raise FormatError(
                f"{path}: expected seldkit's JSON with events, got no {problem}; read it as annotations"
            ) from problem
        except ValueError as problem:
            raise FormatError(f"{path}: {_line(str(problem))}") from problem

    def read_many(self, paths: Sequence[Path], reading: ReadOptions) -> ClipTable:
        """Many files as one table."""
        return ClipTable.from_annotations([self.read(path, reading, 0) for path in paths])

    def check(self, path: Path, reading: ReadOptions) -> list[str]:
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
            "format": FORMAT_NAME,
            "version": FORMAT_VERSION,
            "frame_seconds": FRAME_SECONDS,
            "frame_count": annotations.frame_count,
            "classes": list(annotations.classes),
            "rows": {
                name: column_to_json(getattr(annotations, name)) for name in (*_WHOLE, *_REAL, "onscreen")
            },
        }
        if events is not None:
            content["events"] = [event_to_json(event) for event in events]
        if notes is not None:
            content["notes"] = list(notes)
        with replacing(path) as temporary:
            temporary.write_text(
                json.dumps(content | more, allow_nan=False, ensure_ascii=False) + "\n", "utf-8"
            )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FormatError(f"{path}: expected a metadata file, got {path.stat().st_size:,} bytes")
        content = json.loads(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise FormatError(f"{path}: expected JSON in UTF-8, got {_line(str(problem))}") from problem
    if not isinstance(content, dict) or content.get("format") != FORMAT_NAME:
        raise FormatError(f'{path}: expected seldkit\'s JSON ("format": "{FORMAT_NAME}"), got other JSON')
    if content.get("version") != FORMAT_VERSION:
        raise FormatError(
            f"{path}: expected version {FORMAT_VERSION} of the format, got {content.get('version')!r}; "
            "update seldkit"
        )
    return content


def _annotations(content: dict[str, Any]) -> Annotations:
    rows, classes = content["rows"], _names(content["classes"])
    columns: dict[str, Any] = {name: parse_integers(name, rows[name]) for name in _WHOLE}
    there = [name for name in _REAL if name not in _OPTIONAL or rows.get(name) is not None]
    columns |= {name: parse_floats(name, rows.get(name)) for name in there}
    columns["onscreen"] = flags(rows.get("onscreen"))
    frame_count = content["frame_count"]
    if not isinstance(frame_count, int) or isinstance(frame_count, bool) or frame_count < 0:
        raise ValueError(f"frame_count {frame_count!r}")
    return Annotations(**columns, frame_count=frame_count, classes=classes)


def _names(classes: Any) -> ClassVocabulary:
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("classes that are no list of names")
    return ClassVocabulary(tuple(classes))


def _line(text: str) -> str:
    return " ".join(text.split())[:160]


JSON: Final = JsonFormat()

"""The JSON format of seldkit: all columns of `Annotations` without loss, and further information.

```json
{"format": "seldkit-annotations", "version": 1, "frame_seconds": 0.1, "frame_count": 50,
 "classes": ["female speech", …], "rows": {"frame": [0], "class_id": [3], "source": [1], "azimuth": [-9.0],
 "distance": [1.55], "elevation": null, "onscreen": [false], "confidence": null}, "events": […], "notes": […]}
```

Angles are in degrees, distances in metres. A null in a column of numbers means unknown; a column that is null
does not exist. Unknown top-level keys are ignored.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.classes import ClassVocabulary
from seldkit.errors import FormatError
from seldkit.files import read_regular_file, replacing
from seldkit.formats.clip_table import ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.entries import EventEntry, shorten
from seldkit.formats.event_json import Json, entry_from_json, event_to_json
from seldkit.formats.json_columns import column_to_json, parse_flags, parse_floats, parse_integers
from seldkit.formats.number_table import MAX_FILE_BYTES

FORMAT_NAME: Final = "seldkit-annotations"
"""Value of the key ``format``."""

FORMAT_VERSION: Final = 1
"""Value of the key ``version``."""

MAX_MESSAGE_CHARACTERS: Final = 160
"""Longest description of an error."""

_INTEGER_COLUMNS: Final = ("frame", "class_id", "source")
_FLOAT_COLUMNS: Final = ("azimuth", "distance", "elevation", "confidence")
_OPTIONAL_COLUMNS: Final = ("elevation", "confidence")
_COLUMNS: Final = (*_INTEGER_COLUMNS, *_FLOAT_COLUMNS, "onscreen")


class JsonFormat:
    """Reader and writer of the JSON format.

    Attributes:
        suffix: Suffix of the files.
    """

    suffix: Final = ".json"

    def read(self, path: Path, options: ReadOptions, frames: int) -> Annotations:
        """Reads one file.

        Args:
            path: The file.
            options: Not used: the file holds the class names.
            frames: Not used: the file holds the length in frames of 100 ms.

        Returns:
            The annotations as they were written.

        Raises:
            FormatError: The file cannot be read or does not follow the format.
        """
        content = _load(path)
        try:
            return _parse_annotations(content)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as problem:
            message = f"no '{problem.args[0]}'" if isinstance(problem, KeyError) else str(problem)
            raise FormatError(
                f"{path}: expected annotations in seldkit's JSON, got {_one_line(message)}"
            ) from problem

    def read_entries(self, path: Path) -> tuple[list[EventEntry], ClassVocabulary]:
        """Reads the events of a file.

        Args:
            path: The file.

        Returns:
            Its events and its class vocabulary.

        Raises:
            FormatError: The file cannot be read, does not follow the format or has no events.
        """
        content = _load(path)
        try:
            events, classes = content["events"], _parse_classes(content["classes"])
            if not isinstance(events, list):
                raise ValueError(f"expected a list of events, got {shorten(events)}")
            return [entry_from_json(event) for event in events], classes
        except KeyError as problem:
            raise FormatError(
                f"{path}: expected seldkit's JSON with events, got no {problem}; read it as annotations"
            ) from problem
        except ValueError as problem:
            raise FormatError(f"{path}: {_one_line(str(problem))}") from problem

    def read_many(self, paths: Sequence[Path], options: ReadOptions) -> ClipTable:
        """Reads many files.

        Args:
            paths: The files.
            options: Not used: the files hold the class names.

        Returns:
            The rows of all files.

        Raises:
            FormatError: A file cannot be read or does not follow the format.
        """
        return ClipTable.from_annotations([self.read(path, options, 0) for path in paths])

    def check(self, path: Path, options: ReadOptions) -> list[str]:
        """Finds the first error in a file.

        Args:
            path: The file.
            options: Not used: the file holds the class names.

        Returns:
            The error message, or an empty list.
        """
        try:
            self.read(path, options, 0)
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
        """Writes one clip.

        Args:
            annotations: The annotations.
            path: File to write.
            events: Events of the clip; None to leave them out.
            notes: Notes for the user; None to leave them out.
            more: Further top-level keys and their values.
        """
        content = self.encode(annotations, events, notes, **more)
        with replacing(path) as temporary:
            temporary.write_bytes(content)

    def encode(
        self,
        annotations: Annotations,
        events: Iterable[Event] | None = None,
        notes: Iterable[str] | None = None,
        **more: object,
    ) -> bytes:
        """Encodes one clip.

        Args:
            annotations: The annotations.
            events: Events of the clip; None to leave them out.
            notes: Notes for the user; None to leave them out.
            more: Further top-level keys and their values.

        Returns:
            The content of the file, in UTF-8.
        """
        content: Json = {
            "format": FORMAT_NAME,
            "version": FORMAT_VERSION,
            "frame_seconds": FRAME_SECONDS,
            "frame_count": annotations.frame_count,
            "classes": list(annotations.classes),
            "rows": {name: column_to_json(getattr(annotations, name)) for name in _COLUMNS},
        }
        if events is not None:
            content["events"] = [event_to_json(event) for event in events]
        if notes is not None:
            content["notes"] = list(notes)
        return _encode(content | more) + b"\n"


def _encode(content: Json) -> bytes:
    """JSON in UTF-8. Lone surrogates, which UTF-8 cannot encode, are written as escape sequences."""
    try:
        return json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(content, allow_nan=False).encode()


def _load(path: Path) -> Json:
    try:
        content = json.loads(read_regular_file(path, MAX_FILE_BYTES).decode("utf-8-sig"))
    except OSError as problem:
        raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
    except (ValueError, RecursionError) as problem:
        raise FormatError(f"{path}: expected JSON in UTF-8, got {_one_line(str(problem))}") from problem
    if not isinstance(content, dict) or content.get("format") != FORMAT_NAME:
        raise FormatError(f'{path}: expected seldkit\'s JSON ("format": "{FORMAT_NAME}"), got other JSON')
    if content.get("version") != FORMAT_VERSION:
        raise FormatError(
            f"{path}: expected version {FORMAT_VERSION} of the format, got {content.get('version')!r}; "
            "update seldkit"
        )
    return content


def _parse_annotations(content: Json) -> Annotations:
    rows, classes = content["rows"], _parse_classes(content["classes"])
    columns: dict[str, Any] = {name: parse_integers(name, rows[name]) for name in _INTEGER_COLUMNS}
    for name in _FLOAT_COLUMNS:
        if name not in _OPTIONAL_COLUMNS or rows.get(name) is not None:
            columns[name] = parse_floats(name, rows.get(name))
    columns["onscreen"] = parse_flags(rows.get("onscreen"))
    frame_count = content["frame_count"]
    if not isinstance(frame_count, int) or isinstance(frame_count, bool) or frame_count < 0:
        raise ValueError(f"frame_count {frame_count!r}")
    return Annotations(**columns, frame_count=frame_count, classes=classes)


def _parse_classes(names: object) -> ClassVocabulary:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("classes that are not a list of names")
    return ClassVocabulary(tuple(names))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:MAX_MESSAGE_CHARACTERS]


JSON: Final = JsonFormat()
"""The JSON format."""

"""Registry of the formats of events, and reading and writing of their files.

A new format takes one file and two lines in this module: its import and its registration.

Examples:
    >>> write_events(scene.events, "clip.vtt")  # doctest: +SKIP
    >>> events = read_events("clip.vtt")  # doctest: +SKIP
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from seldkit.annotations import Event
from seldkit.classes import ClassVocabulary, vocabulary_for
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.audacity import read_labels, write_labels
from seldkit.formats.captions import read_srt, read_vtt, write_srt, write_vtt
from seldkit.formats.elan import read_eaf, write_eaf
from seldkit.formats.entries import EntryError, EventEntry, ExportOptions, events_from_entries
from seldkit.formats.event_csv import read_csv, write_csv
from seldkit.formats.json_format import JSON
from seldkit.formats.jsonlines import read_lines, write_lines
from seldkit.formats.number_table import load_text
from seldkit.formats.rttm import read_rttm, write_rttm
from seldkit.formats.textgrid import read_textgrid, write_textgrid
from seldkit.registry import Registry


@dataclass(frozen=True)
class EventFormat:
    """A text format of events.

    Attributes:
        suffix: End of file names, with the dot.
        write: Function that converts events to text.
        read: Function that parses the events of a text; it raises EntryError.
        tiers: Whether a file stores the events class by class.
    """

    suffix: str
    write: Callable[[Sequence[Event], ExportOptions], str]
    read: Callable[[str], Iterable[EventEntry]]
    tiers: bool = False


EVENT_FORMATS: Final[Registry[EventFormat]] = Registry("format of events")
"""All formats of events by name."""

EVENT_FORMATS.register("vtt")(EventFormat(".vtt", write_vtt, read_vtt))
EVENT_FORMATS.register("srt")(EventFormat(".srt", write_srt, read_srt))
EVENT_FORMATS.register("audacity")(EventFormat(".labels.txt", write_labels, read_labels))
EVENT_FORMATS.register("eaf")(EventFormat(".eaf", write_eaf, read_eaf, tiers=True))
EVENT_FORMATS.register("textgrid")(EventFormat(".TextGrid", write_textgrid, read_textgrid, tiers=True))
EVENT_FORMATS.register("rttm")(EventFormat(".rttm", write_rttm, read_rttm))
EVENT_FORMATS.register("jsonl")(EventFormat(".jsonl", write_lines, read_lines))
EVENT_FORMATS.register("events")(EventFormat(".events.csv", write_csv, read_csv))


def write_events(
    events: Iterable[Event],
    path: str | Path,
    format: str | None = None,
    *,
    source: str | Path | None = None,
    seconds: float | None = None,
    spatial: bool = True,
) -> None:
    """Writes events to a file. The file is replaced as a whole.

    Args:
        events: The events.
        path: File to write.
        format: Name of the format, a key of `EVENT_FORMATS`; None: by the suffix of the file.
        source: The audio or video file of the events, which ELAN opens and RTTM names.
        seconds: Its length in seconds, which a TextGrid stores.
        spatial: Whether RTTM has columns for direction, distance and on-screen flag.

    Raises:
        FormatError: No format has the suffix.
        UnknownNameError: The format is unknown.
    """
    path = Path(path)
    options = ExportOptions(None if source is None else Path(source), seconds, spatial)
    text = events_text(events, format or detect_event_format(path), options)
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "replace"))


def events_text(events: Iterable[Event], format: str, options: ExportOptions | None = None) -> str:
    """Formats events as by `write_events`.

    Args:
        events: The events.
        format: Name of the format, a key of `EVENT_FORMATS`.
        options: Options of the format; None for the defaults.

    Returns:
        The content of the file, without null characters.

    Raises:
        UnknownNameError: The format is unknown.
    """
    return EVENT_FORMATS[format].write(tuple(events), options or ExportOptions()).replace("\0", "\ufffd")


def read_events(
    path: str | Path, format: str | None = None, classes: Sequence[str] | None = None
) -> tuple[Event, ...]:
    """Reads the events of a file, written by `write_events` or by an annotation program.

    Formats without trajectories describe static sources. Events of formats with tiers (ELAN, TextGrid) are
    ordered by onset, others keep the order of the file; events without a number are numbered in this order.

    Args:
        path: The file. JSON files of seldkit are read too if they have events.
        format: Name of the format, a key of `EVENT_FORMATS` or "json"; None: by the suffix of the file.
        classes: Class names in the order of their numbers. Names that are missing are appended. None: those
            of the file (JSON), of the nearest ``classes.txt``, or of STARSS23.

    Returns:
        The events.

    Raises:
        FormatError: The file cannot be read or does not follow the format.
        UnknownNameError: The format is unknown.
    """
    path = Path(path)
    if format == "json" or (format is None and path.suffix.lower() == ".json"):
        entries, stored = JSON.read_entries(path)
        return _convert(path, entries, stored if classes is None else ClassVocabulary.from_names(classes))
    event_format = EVENT_FORMATS[format or detect_event_format(path)]
    text = load_text(path)
    try:
        entries = list(event_format.read(text))
    except EntryError as problem:
        place = path if problem.line is None else f"{path}, line {problem.line}"
        raise FormatError(f"{place}: {problem}") from problem
    events = _convert(path, entries, vocabulary_for(path, classes))
    ordered = sorted(events, key=_detection_order) if event_format.tiers else events
    return tuple(replace(event, number=event.number or place) for place, event in enumerate(ordered, 1))


def is_event_file(path: str | Path) -> bool:
    """Checks whether a file has the suffix of a format of events.

    Args:
        path: The file.

    Returns:
        True if the suffix belongs to a format of events only.
    """
    return _format_by_suffix(Path(path)) is not None


def detect_event_format(path: str | Path) -> str:
    """Recognizes the format of events by the suffix of a file.

    Args:
        path: The file. The suffix .txt is that of Audacity's labels.

    Returns:
        Name of the format.

    Raises:
        FormatError: No format has the suffix.
    """
    path = Path(path)
    format = "audacity" if path.suffix.lower() == ".txt" else _format_by_suffix(path)
    if format is not None:
        return format
    suffixes = ", ".join(EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names())
    raise FormatError(f"{path}: expected a file of events ({suffixes}), got '{path.suffix}'")


def _detection_order(event: Event) -> tuple[float, int, float]:
    return event.onset, event.class_id, event.offset


def _format_by_suffix(path: Path) -> str | None:
    name = path.name.lower()
    suffixes = {format: EVENT_FORMATS[format].suffix.lower() for format in EVENT_FORMATS.names()}
    return next((format for format, suffix in suffixes.items() if name.endswith(suffix)), None)


def _convert(path: Path, entries: Sequence[EventEntry], classes: ClassVocabulary) -> tuple[Event, ...]:
    try:
        return events_from_entries(entries, classes)
    except ValueError as problem:
        raise FormatError(f"{path}: {problem}") from problem

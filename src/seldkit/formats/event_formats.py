"""The formats of events by name, and their reading and writing. A new one is one file and one line here.

>>> write_events(scene.events, "clip.vtt")  # doctest: +SKIP
>>> events = read_events("clip.vtt")  # doctest: +SKIP
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from seldkit.annotations import Event
from seldkit.classes import ClassVocabulary, vocabulary_for
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.audacity import read_labels, write_labels
from seldkit.formats.captions import read_srt, read_vtt, write_srt, write_vtt
from seldkit.formats.elan import read_eaf, write_eaf
from seldkit.formats.entries import EntryError, EventEntry, events_from_entries
from seldkit.formats.event_csv import read_csv, write_csv
from seldkit.formats.json_format import JSON
from seldkit.formats.jsonlines import read_lines, write_lines
from seldkit.formats.number_table import load_text
from seldkit.formats.recording_info import RecordingInfo
from seldkit.formats.rttm import read_rttm, write_rttm
from seldkit.formats.textgrid import read_textgrid, write_textgrid
from seldkit.registry import Registry


@dataclass(frozen=True)
class EventFormat:
    """A format of events, as text.

    suffix: what file names end with. write: the text of events in a recording; further keywords are its own.
    read: the events of a text; raises Damage. tiers: whether a file holds them class by class.
    """

    suffix: str
    write: Callable[..., str]
    read: Callable[[str], Iterable[EventEntry]]
    tiers: bool = False


EVENT_FORMATS: Final[Registry[EventFormat]] = Registry("format of events")
"""Every format of events by its name."""

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
    **options: Any,
) -> None:
    """Write events to a file that is whole or absent; the format is told by the suffix unless named.

    source: the file in which they were heard, which ELAN opens and RTTM names. seconds: its length, which a
    TextGrid has. options: RTTM takes `spatial=False`. Raises FormatError for a suffix, UnknownNameError for a
    name that no format has.
    """
    path = Path(path)
    kind = EVENT_FORMATS[format or detect_event_format(path)]
    recording = RecordingInfo(None if source is None else Path(source), seconds)
    text = kind.write(tuple(events), recording, **options).replace("\0", "\ufffd")
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "replace"))


def read_events(
    path: str | Path, format: str | None = None, classes: Sequence[str] | None = None
) -> tuple[Event, ...]:
    """The events of a file that `write_events` wrote, or an annotator; the format is told by the suffix
    unless named. seldkit's JSON is read too, where it holds events.

    classes: the vocabulary, by default the file's own (JSON) or that of STARSS23; names that it lacks come
    after it. In formats that do not say how a source moves, it keeps still. In those with tiers (ELAN,
    TextGrid) the events are ordered by onset, in others as they stand; so they are numbered, but JSON has
    numbers itself.
    Raises FormatError with the file, the line, what was expected and what was got.
    """
    path = Path(path)
    if format == "json" or (format is None and path.suffix.lower() == ".json"):
        entries, own = JSON.entries(path)
        return _events(path, entries, own if classes is None else ClassVocabulary.from_names(classes))
    kind = EVENT_FORMATS[format or detect_event_format(path)]
    text = load_text(path)
    try:
        entries = list(kind.read(text))
    except EntryError as problem:
        where = path if problem.line is None else f"{path}, line {problem.line}"
        raise FormatError(f"{where}: {problem}") from problem
    events = _events(path, entries, vocabulary_for(path, classes))
    ordered = sorted(events, key=_order) if kind.tiers else events
    return tuple(replace(event, number=event.number or place) for place, event in enumerate(ordered, 1))


def is_event_file(path: str | Path) -> bool:
    """Whether a file's suffix is one that a format of events has for itself."""
    return _by_suffix(Path(path)) is not None


def detect_event_format(path: str | Path) -> str:
    """The format of events that a file's suffix speaks for; .txt does for Audacity's labels."""
    format = "audacity" if Path(path).suffix.lower() == ".txt" else _by_suffix(Path(path))
    if format is not None:
        return format
    suffixes = ", ".join(EVENT_FORMATS[format].suffix for format in EVENT_FORMATS.names())
    raise FormatError(f"{path}: expected a file of events ({suffixes}), got '{Path(path).suffix}'")


def _order(event: Event) -> tuple[float, int, float]:
    """The order that detection gives its events."""
    return event.onset, event.class_id, event.offset


def _by_suffix(path: Path) -> str | None:
    named = (format for format in EVENT_FORMATS.names() if path.name.lower().endswith(_suffix(format)))
    return next(named, None)


def _suffix(format: str) -> str:
    return EVENT_FORMATS[format].suffix.lower()


def _events(path: Path, entries: Sequence[EventEntry], classes: ClassVocabulary) -> tuple[Event, ...]:
    try:
        return events_from_entries(entries, classes)
    except ValueError as problem:
        raise FormatError(f"{path}: {problem}") from problem

"""What a file of events holds, or what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seldkit.errors import FormatError
from seldkit.formats.event_formats import detect_event_format, read_events


@dataclass(frozen=True)
class EventReport:
    """format: its name. seconds: from the first onset to the last offset, or None without an event.
    events_by_class: by class name. azimuth in degrees and distance in metres: least and greatest, None where
    nothing is known. problems: none, or the one that made the file unreadable, naming file and line.
    """

    format: str
    events: int
    seconds: tuple[float, float] | None
    events_by_class: dict[str, int]
    azimuth: tuple[float, float] | None
    distance: tuple[float, float] | None
    problems: list[str]


def check_events(
    path: str | Path, format: str | None = None, classes: Sequence[str] | None = None
) -> EventReport:
    """Read a file of events and say what it holds; the format is told by the suffix unless named."""
    format = format or detect_event_format(path)
    try:
        events = read_events(path, format, classes)
    except FormatError as problem:
        return EventReport(format, 0, None, {}, None, None, [str(problem)])
    return EventReport(
        format,
        len(events),
        _range([time for event in events for time in (event.onset, event.offset)]),
        dict(Counter(event.name for event in events)),
        _range(event.azimuth for event in events),
        _range(event.distance for event in events),
        [],
    )


def _range(values: Iterable[float]) -> tuple[float, float] | None:
    known = [value for value in values if value == value]
    return (min(known), max(known)) if known else None

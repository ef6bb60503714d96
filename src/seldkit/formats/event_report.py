"""Summary of a file of events, or the error that makes it unreadable."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.errors import FormatError
from seldkit.formats.event_formats import detect_event_format, read_events
from seldkit.formats.number_table import require_annotation_file
from seldkit.formats.unit_check import median_known_distance, unit_correction
from seldkit.types import Floats


@dataclass(frozen=True)
class EventReport:
    """Summary of a file of events.

    Attributes:
        format: Name of the format.
        events: Number of events.
        seconds: First onset and last offset in seconds; None without events.
        events_by_class: Number of events by class name.
        azimuth: Smallest and largest azimuth in degrees; None if all are unknown.
        distance: Smallest and largest distance in metres; None if all are unknown.
        problems: The error that makes the file unreadable, with file and line, or a suspected error in the
            unit of the distances; empty if there is none.
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
    """Summarizes a file of events.

    Args:
        path: The file.
        format: Name of the format; None: by the suffix of the file.
        classes: Class names, see `read_events`.

    Returns:
        The summary, with the error if the file cannot be read.

    Raises:
        FormatError: No format has the suffix of the file, or it is not a regular file.
    """
    format = format or detect_event_format(path)
    if Path(path).exists():
        require_annotation_file(Path(path))
    try:
        events = read_events(path, format, classes)
    except FormatError as problem:
        return EventReport(format, 0, None, {}, None, None, [str(problem)])
    return EventReport(
        format,
        len(events),
        _limits(time for event in events for time in (event.onset, event.offset)),
        dict(Counter(event.name for event in events)),
        _limits(event.azimuth for event in events),
        _limits(event.distance for event in events),
        _unit_problems(Path(path), np.array([event.distance for event in events])),
    )


def _unit_problems(path: Path, distance: Floats) -> list[str]:
    median = median_known_distance(distance)
    if unit_correction(median) == 1.0:
        return []
    return [
        f"{path}: suspected unit error: expected distances in metres, got a median of {median:.3g}; "
        f"in the other unit, it is {median * unit_correction(median):.3g} m"
    ]


def _limits(values: Iterable[float]) -> tuple[float, float] | None:
    known = [value for value in values if value == value]  # not NaN
    return (min(known), max(known)) if known else None

"""Events as a file stores them, and their conversion to events with class numbers and trajectories."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event, PredictionInterval
from seldkit.classes import ClassVocabulary
from seldkit.formats.column_layout import COLUMN_RANGES
from seldkit.types import Flags

MAX_TIME_S: Final = 1e7
"""Largest offset of an event in seconds."""

MAX_EVENT_FRAMES: Final = 4_000_000
"""Largest total length of the events of one file in frames of 100 ms: more than four days."""

MAX_SHOWN_CHARACTERS: Final = 60
"""Longest representation of a value in an error message."""

TrajectoryColumns = Mapping[str, Sequence[Any] | None]
"""A trajectory by the names of the columns of `Annotations`."""

OnscreenSegments = tuple[tuple[float, float, bool], ...]
"""Onset and offset in seconds and on-screen flag of each segment, in temporal order."""


class EntryError(ValueError):
    """An error in the text of a file of events.

    Args:
        message: What was expected and what was found.
        line: Number of the line, from 1; None if the error does not belong to a line.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class ExportOptions:
    """Options for writing a file of events.

    Attributes:
        source: The audio or video file, which ELAN opens and RTTM names; None if unknown.
        seconds: Its length in seconds, which a TextGrid stores; None if unknown.
        spatial: Whether RTTM has columns for direction, distance and on-screen flag.
    """

    source: Path | None = None
    seconds: float | None = None
    spatial: bool = True


@dataclass(frozen=True)
class EventEntry:
    """One event as a file stores it: an `Event` without a vocabulary.

    Attributes:
        name: Class name.
        onset: Start in seconds.
        offset: End in seconds.
        azimuth: Azimuth in degrees, positive to the left; NaN if unknown.
        distance: Distance in metres; NaN if unknown.
        elevation: Elevation in degrees, positive upwards; None if unknown.
        onscreen: Whether the source is on-screen; None if unknown.
        confidence: Confidence in [0, 1]; None if unknown.
        azimuth_interval: Prediction interval of the azimuth in degrees; None if unknown.
        distance_interval: Prediction interval of the distance in metres; None if unknown.
        onscreen_segments: Segments with a constant on-screen flag, times in seconds; empty if unknown.
        trajectory: Columns of the trajectory; None if unknown. Without a trajectory, the source is static,
            and its on-screen flags are those of `onscreen_segments` or, without these, `onscreen`.
        number: Number of the event in the file, from 1; 0 if it has none.

    Raises:
        ValueError: A time, angle, distance or confidence is out of range.
    """

    name: str
    onset: float
    offset: float
    azimuth: float = math.nan
    distance: float = math.nan
    elevation: float | None = None
    onscreen: bool | None = None
    confidence: float | None = None
    azimuth_interval: PredictionInterval | None = None
    distance_interval: PredictionInterval | None = None
    onscreen_segments: OnscreenSegments = ()
    trajectory: TrajectoryColumns | None = None
    number: int = 0

    def __post_init__(self) -> None:
        _require(bool(self.name), "the name of a class", self.name)
        _require(0 <= self.onset <= MAX_TIME_S, "an onset in seconds from 0", self.onset)
        _require(self.onset <= self.offset <= MAX_TIME_S, f"an offset from {self.onset:g} s", self.offset)
        for name in ("azimuth", "distance", "elevation"):
            value, limits = getattr(self, name), COLUMN_RANGES[name]
            known = value is not None and not math.isnan(value)
            _require(not known or limits.low <= value <= limits.high, limits.expected, value)
        valid_confidence = self.confidence is None or 0 <= self.confidence <= 1
        _require(valid_confidence, "a confidence of 0 to 1", self.confidence)

    @property
    def frames(self) -> range:
        """Indices of the 100 ms frames that the event overlaps; at least one."""
        first = math.floor(self.onset / FRAME_SECONDS + 1e-6)
        return range(first, max(first + 1, math.ceil(self.offset / FRAME_SECONDS - 1e-6)))

    @property
    def onscreen_known(self) -> bool:
        """Whether the on-screen flag is known."""
        return self.onscreen is not None or bool(self.onscreen_segments)

    @property
    def flags(self) -> Flags:
        """On-screen flag of each of `frames`, if it is known. Shape ``(frames,)``."""
        if not self.onscreen_segments:
            return np.full(len(self.frames), bool(self.onscreen))
        starts = [round(onset / FRAME_SECONDS) for onset, _, _ in self.onscreen_segments]
        segment_flags = np.array([flag for *_, flag in self.onscreen_segments])
        segment = np.searchsorted(starts, np.array(self.frames), side="right") - 1
        return segment_flags[np.maximum(segment, 0)]


def events_from_entries(entries: Sequence[EventEntry], classes: ClassVocabulary) -> tuple[Event, ...]:
    """Converts entries to events with class numbers and trajectories.

    Trajectories of static sources have the same optional columns: elevation and confidence if any of the
    entries has one (NaN in the others), on-screen flags if all have one.

    Args:
        entries: Events of a file.
        classes: Class vocabulary. Names that it does not have are appended.

    Returns:
        The events in the same order.

    Raises:
        EntryError: The events are too long.
    """
    _require_bounded(entries)
    vocabulary = classes.extended(entry.name for entry in entries)
    numbers = {name: number for number, name in enumerate(vocabulary)}
    static = [entry for entry in entries if entry.trajectory is None]
    defaults, onscreen_known = _defaults(static), all(entry.onscreen_known for entry in static)
    columns = [_columns(entry, numbers[entry.name], defaults, onscreen_known) for entry in entries]
    frame_count = max((int(np.max(part["frame"], initial=-1)) + 1 for part in columns), default=0)
    return tuple(
        _event(entry, numbers[entry.name], Annotations(**part, frame_count=frame_count, classes=vocabulary))
        for entry, part in zip(entries, columns, strict=True)
    )


@contextmanager
def at_line(line: int) -> Iterator[None]:
    """Adds the number of the line to errors.

    Args:
        line: Number of the line that the block parses, from 1.

    Yields:
        Nothing.

    Raises:
        EntryError: The block raised ValueError.
    """
    try:
        yield
    except EntryError:
        raise
    except ValueError as problem:
        raise EntryError(str(problem), line) from problem


def parse_number(text: str, expected: str) -> float:
    """Parses a decimal number.

    Args:
        text: Text of the number.
        expected: Description of a valid value, for the error message.

    Returns:
        The number.

    Raises:
        ValueError: The text is not a finite decimal number.
    """
    match = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", text, re.ASCII)
    value = float(text) if match else math.nan
    if not math.isfinite(value):
        raise ValueError(f"expected {expected}, got {shorten(text)}")
    return value


def milliseconds(seconds: float) -> int:
    """Rounds a time to milliseconds.

    Args:
        seconds: Time in seconds.

    Returns:
        Time in milliseconds.
    """
    return round(seconds * 1000)


def span_ms(event: Event) -> tuple[int, int]:
    """Returns the onset and offset of an event in milliseconds.

    Args:
        event: The event.

    Returns:
        Onset and offset. They differ by at least 1 ms, because most formats have no shorter events.
    """
    onset = milliseconds(event.onset)
    return onset, max(onset + 1, milliseconds(event.offset))


def shorten(value: object) -> str:
    """Formats a value for an error message.

    Args:
        value: Any value.

    Returns:
        Its representation in one line, at most 60 characters long.
    """
    text = repr(value)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"


def _require(valid: bool, expected: str, value: object) -> None:
    if not valid:
        raise ValueError(f"expected {expected}, got {shorten(value)}")


def _require_bounded(entries: Sequence[EventEntry]) -> None:
    frames = sum(len(entry.frames) for entry in entries if entry.trajectory is None)
    if frames > MAX_EVENT_FRAMES:
        raise EntryError(
            f"expected events of {MAX_EVENT_FRAMES * FRAME_SECONDS:,.0f} s together at most, "
            f"got {frames * FRAME_SECONDS:,.0f} s"
        )


def _defaults(entries: Sequence[EventEntry]) -> dict[str, float | None]:
    """Elevation and confidence of entries without one: NaN, or None if no entry has one."""
    names = ("elevation", "confidence")
    known = {name: any(getattr(entry, name) is not None for entry in entries) for name in names}
    return {name: math.nan if known[name] else None for name in names}


def _columns(
    entry: EventEntry, class_id: int, defaults: Mapping[str, float | None], onscreen_known: bool
) -> dict[str, Any]:
    if entry.trajectory is not None:
        rows = len(entry.trajectory["frame"] or ())
        return {**entry.trajectory, "class_id": np.full(rows, class_id)}
    frames = np.arange(entry.frames.start, entry.frames.stop)
    values = {name: getattr(entry, name) for name in ("azimuth", "distance", "elevation", "confidence")}
    values |= {name: default for name, default in defaults.items() if values[name] is None}
    constants = {
        name: None if value is None else np.full(len(frames), value) for name, value in values.items()
    }
    return {
        "frame": frames,
        "class_id": np.full(len(frames), class_id),
        "source": np.zeros(len(frames), np.int64),
        "onscreen": entry.flags if onscreen_known else None,
        **constants,
    }


def _event(entry: EventEntry, class_id: int, trajectory: Annotations) -> Event:
    return Event(
        class_id=class_id,
        name=entry.name,
        onset=entry.onset,
        offset=entry.offset,
        azimuth=entry.azimuth,
        distance=entry.distance,
        elevation=entry.elevation,
        onscreen=entry.onscreen,
        confidence=entry.confidence,
        trajectory=trajectory,
        azimuth_interval=entry.azimuth_interval,
        distance_interval=entry.distance_interval,
        number=entry.number,
    )

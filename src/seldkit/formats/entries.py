"""What a file says of one event, and the events that follow from it under a vocabulary."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event, PredictionInterval
from seldkit.classes import ClassVocabulary
from seldkit.formats.column_layout import COLUMN_RANGES
from seldkit.types import Flags

MAX_TIME_S: Final = 1e7
"""Seconds from a recording's start that an event may end at most."""

MAX_EVENT_FRAMES: Final = 4_000_000
"""Frames that the events of one file may last together: more than four days."""

Columns = Mapping[str, Sequence[Any] | None]
"""A trajectory by the names of the columns of `Annotations`."""

Segments = tuple[tuple[float, float, bool], ...]
"""Onset and offset in seconds of each stretch in (True) or out of the picture, in the order of time."""


class EntryError(ValueError):
    """What is wrong with a file's text: the line (from 1, None where none is to blame), expected and got."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True)
class EventEntry:
    """One event as a file has it: like `Event`, but without a vocabulary.

    trajectory: columns by frame, or None where the file does not say; the event then keeps still, and is in
    the picture as onscreen_segments say, or else as `onscreen` does. number: what tells it from the file's
    other events, from 1; 0 where the file does not say.
    Raises ValueError for a time, a direction, a distance or a confidence that cannot be.
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
    onscreen_segments: Segments = ()
    trajectory: Columns | None = None
    number: int = 0

    def __post_init__(self) -> None:
        _expect(bool(self.name), "the name of a class", self.name)
        _expect(0 <= self.onset <= MAX_TIME_S, "an onset in seconds from 0", self.onset)
        _expect(self.onset <= self.offset <= MAX_TIME_S, f"an offset from {self.onset:g} s", self.offset)
        for name in ("azimuth", "distance", "elevation"):
            value, column = getattr(self, name), COLUMN_RANGES[name]
            known = value is not None and not math.isnan(value)
            _expect(not known or column.low <= value <= column.high, column.expected, value)
        _expect(
            self.confidence is None or 0 <= self.confidence <= 1, "a confidence of 0 to 1", self.confidence
        )

    @property
    def frames(self) -> range:
        """The 100 ms frames that the event reaches into; one at least."""
        first = math.floor(self.onset / FRAME_SECONDS + 1e-6)
        return range(first, max(first + 1, math.ceil(self.offset / FRAME_SECONDS - 1e-6)))

    @property
    def onscreen_known(self) -> bool:
        """Whether the file says anything of the picture."""
        return self.onscreen is not None or bool(self.onscreen_segments)

    @property
    def flags(self) -> Flags:
        """Whether the source is in the picture in each of `frames`, if that is known."""
        if not self.onscreen_segments:
            return np.full(len(self.frames), bool(self.onscreen))
        begins = [round(onset / FRAME_SECONDS) for onset, _, _ in self.onscreen_segments]
        said = np.array([flag for *_, flag in self.onscreen_segments])
        return said[np.maximum(np.searchsorted(begins, np.array(self.frames), side="right") - 1, 0)]


def events_from_entries(entries: Sequence[EventEntry], classes: ClassVocabulary) -> tuple[Event, ...]:
    """Events with their class numbers; names that the vocabulary lacks come after it, in their order.

    Where the file has no trajectories, those that are made agree in their columns: elevation and confidence
    if any event has one (NaN in the others), on-screen flags if all have. Raises Damage where the events are
    too long to be held.
    """
    _expect_bounded(entries)
    vocabulary = classes.extended(entry.name for entry in entries)
    numbers = {name: number for number, name in enumerate(vocabulary)}
    still = [entry for entry in entries if entry.trajectory is None]
    unsaid, seen = _unsaid(still), all(entry.onscreen_known for entry in still)
    columns = [_columns(entry, numbers[entry.name], unsaid, seen=seen) for entry in entries]
    frame_count = max((int(np.max(part["frame"], initial=-1)) + 1 for part in columns), default=0)
    return tuple(
        _event(entry, numbers[entry.name], Annotations(**part, frame_count=frame_count, classes=vocabulary))
        for entry, part in zip(entries, columns, strict=True)
    )


@contextmanager
def at_line(line: int) -> Iterator[None]:
    """Whatever is wrong within is wrong with this line (from 1)."""
    try:
        yield
    except EntryError:
        raise
    except ValueError as problem:
        raise EntryError(str(problem), line) from problem


def number(text: str, what: str) -> float:
    """A plain decimal number; ValueError says what was expected."""
    plain = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", text, re.ASCII)
    value = float(text) if plain else math.nan
    if not math.isfinite(value):
        raise ValueError(f"expected {what}, got {shorten(text)}")
    return value


def milliseconds(seconds: float) -> int:
    """A time in whole milliseconds."""
    return round(seconds * 1000)


def span_ms(event: Event) -> tuple[int, int]:
    """Onset and offset in whole milliseconds, one apart at least: most formats know no shorter event."""
    onset = milliseconds(event.onset)
    return onset, max(onset + 1, milliseconds(event.offset))


def shorten(value: object) -> str:
    """A value as an error shows it: short and in one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _expect(fine: bool, expected: str, got: object) -> None:
    if not fine:
        raise ValueError(f"expected {expected}, got {shorten(got)}")


def _expect_bounded(entries: Sequence[EventEntry]) -> None:
    frames = sum(len(entry.frames) for entry in entries if entry.trajectory is None)
    if frames > MAX_EVENT_FRAMES:
        raise EntryError(
            f"expected events of {MAX_EVENT_FRAMES * FRAME_SECONDS:,.0f} s together at most, "
            f"got {frames * FRAME_SECONDS:,.0f} s"
        )


def _unsaid(entries: Sequence[EventEntry]) -> dict[str, float | None]:
    """What stands for an elevation and a confidence that an event lacks; None where no event has one."""
    unsaid: dict[str, float | None] = {}
    for name in ("elevation", "confidence"):
        anybody = any(getattr(entry, name) is not None for entry in entries)
        unsaid[name] = math.nan if anybody else None
    return unsaid


def _columns(
    entry: EventEntry, class_id: int, unsaid: Mapping[str, float | None], *, seen: bool
) -> dict[str, Any]:
    if entry.trajectory is not None:
        rows = len(entry.trajectory["frame"] or ())
        return {**entry.trajectory, "class_id": np.full(rows, class_id)}
    frames = np.arange(entry.frames.start, entry.frames.stop)

    def constant(name: str) -> Any:
        value = getattr(entry, name)
        value = unsaid.get(name) if value is None else value
        return None if value is None else np.full(len(frames), value)

    return {
        "frame": frames,
        "class_id": np.full(len(frames), class_id),
        "source": np.zeros(len(frames), np.int64),
        "azimuth": constant("azimuth"),
        "distance": constant("distance"),
        "elevation": constant("elevation"),
        "onscreen": entry.flags if seen else None,
        "confidence": constant("confidence"),
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

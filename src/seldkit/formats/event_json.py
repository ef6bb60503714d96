"""An event as an object of JSON, with all that it holds; null is unknown."""

import math
from collections.abc import Mapping
from typing import Any, Final

from seldkit.annotations import Event, PredictionInterval
from seldkit.formats.column_layout import COLUMN_RANGES
from seldkit.formats.entries import Columns, EventEntry, Segments, shorten
from seldkit.formats.json_columns import column_to_json, flags, parse_floats, parse_integers

_TRAJECTORY: Final = ("frame", "source", "azimuth", "elevation", "distance", "onscreen", "confidence")


def event_to_json(event: Event) -> dict[str, Any]:
    """What JSON holds of an event: times in seconds, degrees, metres, and its rows frame by frame."""
    return {
        "number": event.number,
        "class_id": event.class_id,
        "class": event.name,
        "onset": event.onset,
        "offset": event.offset,
        "azimuth": _number(event.azimuth),
        "elevation": _number(event.elevation),
        "distance": _number(event.distance),
        "onscreen": None if event.onscreen is None else bool(event.onscreen),
        "onscreen_segments": _segments(event),
        "confidence": _number(event.confidence),
        "azimuth_interval": _range(event.azimuth_interval),
        "distance_interval": _range(event.distance_interval),
        "trajectory": {name: column_to_json(getattr(event.trajectory, name)) for name in _TRAJECTORY},
    }


def entry_from_json(content: Any) -> EventEntry:
    """The event that an object holds; further keys are ignored. Raises ValueError where it is none."""
    if not isinstance(content, dict):
        raise ValueError(f"expected an event as an object, got {shorten(content)}")
    missing = [name for name in ("class", "onset", "offset") if name not in content]
    if missing:
        raise ValueError(f"expected an event with class, onset and offset, got no '{missing[0]}'")
    name, onscreen = content["class"], content.get("onscreen")
    if not isinstance(name, str):
        raise ValueError(f"expected the name of a class, got {shorten(name)}")
    if onscreen is not None and not isinstance(onscreen, bool):
        raise ValueError(f"expected true, false or null as onscreen, got {shorten(onscreen)}")
    return EventEntry(
        name=name,
        onset=_nan(_value(content, "onset")),
        offset=_nan(_value(content, "offset")),
        azimuth=_nan(_value(content, "azimuth")),
        distance=_nan(_value(content, "distance")),
        elevation=_value(content, "elevation"),
        onscreen=onscreen,
        confidence=_value(content, "confidence"),
        azimuth_interval=_interval(content, "azimuth_interval"),
        distance_interval=_interval(content, "distance_interval"),
        onscreen_segments=_segments_of(content.get("onscreen_segments")),
        trajectory=_trajectory(content.get("trajectory")),
        number=_whole(content, "number"),
    )


def _value(content: Mapping[str, Any], name: str) -> float | None:
    """A number, or None where it is null or missing."""
    value = content.get(name)
    if value is not None and (type(value) not in (int, float) or not abs(value) < 1e300):
        raise ValueError(f"expected a number or null as {name}, got {shorten(value)}")
    return None if value is None else float(value)


def _whole(content: Mapping[str, Any], name: str) -> int:
    value = content.get(name, 0)
    if type(value) is not int or not 0 <= value <= COLUMN_RANGES["source"].high:
        raise ValueError(f"expected a whole number from 0 as {name}, got {shorten(value)}")
    return value


def _nan(value: float | None) -> float:
    return math.nan if value is None else value


def _interval(content: Mapping[str, Any], name: str) -> PredictionInterval | None:
    interval = content.get(name)
    if interval is None:
        return None
    if not isinstance(interval, dict):
        raise ValueError(f"expected low, high and coverage as {name}, got {shorten(interval)}")
    return PredictionInterval(*(_nan(_value(interval, part)) for part in ("low", "high", "coverage")))


def _segments_of(content: Any) -> Segments:
    """Stretches in the order of their times; none where the file does not say."""
    if content is None:
        return ()
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise ValueError(f"expected onset, offset and onscreen as onscreen_segments, got {shorten(content)}")
    segments = tuple((_time(part, "onset"), _time(part, "offset"), part.get("onscreen")) for part in content)
    times = [time for onset, offset, _ in segments for time in (onset, offset)]
    if times != sorted(times) or any(type(flag) is not bool for *_, flag in segments):
        raise ValueError(
            f"expected onscreen_segments one after the other, true or false, got {shorten(content)}"
        )
    return segments


def _time(content: Mapping[str, Any], name: str) -> float:
    value = _value(content, name)
    if value is None:
        raise ValueError(f"expected a time as {name} of onscreen_segments, got none")
    return value


def _trajectory(content: Any) -> Columns | None:
    if content is None:
        return None
    if not isinstance(content, dict):
        raise ValueError(f"expected columns as trajectory, got {shorten(content)}")
    try:
        frames = parse_integers("frame", content.get("frame"))
        columns: dict[str, Any] = {"frame": frames, "source": content.get("source", [0] * len(frames))}
        parse_integers("source", columns["source"])
        for name in ("azimuth", "distance", "elevation", "confidence"):
            optional = name in ("elevation", "confidence") and content.get(name) is None
            columns[name] = None if optional else parse_floats(name, content.get(name))
        columns["onscreen"] = flags(content.get("onscreen"))
    except ValueError as problem:
        raise ValueError(f"expected the columns of a trajectory, got {problem}") from problem
    _check(columns)
    return columns


def _check(columns: Columns) -> None:
    """As long as each other, and within what the columns of any format may hold."""
    rows = len(columns["frame"] or ())
    for name, values in columns.items():
        if values is not None and len(values) != rows:
            raise ValueError(f"expected {rows} values as {name} of the trajectory, got {len(values)}")
        limit = COLUMN_RANGES.get(name)
        wrong = [] if limit is None else [v for v in values or () if v < limit.low or v > limit.high]
        if limit is not None and wrong:
            raise ValueError(f"expected {limit.expected} in the trajectory, got {shorten(wrong[0])}")


def _segments(event: Event) -> list[dict[str, Any]] | None:
    """Where the source comes into the picture and leaves it; null where nobody looked."""
    if event.trajectory.onscreen is None:
        return None
    return [
        {"onset": onset, "offset": offset, "onscreen": flag}
        for onset, offset, flag in event.onscreen_segments
    ]


def _range(interval: PredictionInterval | None) -> dict[str, float | None] | None:
    """The interval that holds the truth of `coverage` of all events."""
    return None if interval is None else {name: _number(value) for name, value in vars(interval).items()}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)

"""Events as JSON objects with all their properties; null means unknown."""

import math
from collections.abc import Mapping
from typing import Any, Final

from seldkit.annotations import Event, PredictionInterval
from seldkit.formats.column_layout import COLUMN_RANGES
from seldkit.formats.entries import EventEntry, OnscreenSegments, TrajectoryColumns, shorten
from seldkit.formats.json_columns import column_to_json, parse_flags, parse_floats, parse_integers

_TRAJECTORY: Final = ("frame", "source", "azimuth", "elevation", "distance", "onscreen", "confidence")
_LARGEST_NUMBER: Final = 1e300

Json = dict[str, Any]
"""A JSON object."""


def event_to_json(event: Event) -> Json:
    """Converts an event to a JSON object.

    Args:
        event: The event.

    Returns:
        Its properties (times in seconds, angles in degrees, distances in metres) and its rows by frame.
    """
    return {
        "number": event.number,
        "class_id": event.class_id,
        "class": event.name,
        "onset": event.onset,
        "offset": event.offset,
        "azimuth": _finite(event.azimuth),
        "elevation": _finite(event.elevation),
        "distance": _finite(event.distance),
        "onscreen": None if event.onscreen is None else bool(event.onscreen),
        "onscreen_segments": _segments_to_json(event),
        "confidence": _finite(event.confidence),
        "azimuth_interval": _interval_to_json(event.azimuth_interval),
        "distance_interval": _interval_to_json(event.distance_interval),
        "trajectory": {name: column_to_json(getattr(event.trajectory, name)) for name in _TRAJECTORY},
    }


def entry_from_json(content: object) -> EventEntry:
    """Parses an event.

    Args:
        content: JSON object. Unknown keys are ignored.

    Returns:
        The event.

    Raises:
        ValueError: The content is not an event.
    """
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
        onset=_nan_if_null(_number(content, "onset")),
        offset=_nan_if_null(_number(content, "offset")),
        azimuth=_nan_if_null(_number(content, "azimuth")),
        distance=_nan_if_null(_number(content, "distance")),
        elevation=_number(content, "elevation"),
        onscreen=onscreen,
        confidence=_number(content, "confidence"),
        azimuth_interval=_interval_from_json(content, "azimuth_interval"),
        distance_interval=_interval_from_json(content, "distance_interval"),
        onscreen_segments=_segments_from_json(content.get("onscreen_segments")),
        trajectory=_trajectory_from_json(content.get("trajectory")),
        number=_event_number(content),
    )


def _number(content: Mapping[str, Any], name: str) -> float | None:
    """A number; None if it is null or missing."""
    value = content.get(name)
    if value is not None and (type(value) not in (int, float) or not abs(value) < _LARGEST_NUMBER):
        raise ValueError(f"expected a number or null as {name}, got {shorten(value)}")
    return None if value is None else float(value)


def _event_number(content: Mapping[str, Any]) -> int:
    value = content.get("number", 0)
    if type(value) is not int or not 0 <= value <= COLUMN_RANGES["source"].high:
        raise ValueError(f"expected a whole number from 0 as number, got {shorten(value)}")
    return value


def _nan_if_null(value: float | None) -> float:
    return math.nan if value is None else value


def _interval_from_json(content: Mapping[str, Any], name: str) -> PredictionInterval | None:
    interval = content.get(name)
    if interval is None:
        return None
    if not isinstance(interval, dict):
        raise ValueError(f"expected low, high and coverage as {name}, got {shorten(interval)}")
    limits = (_nan_if_null(_number(interval, part)) for part in ("low", "high", "coverage"))
    return PredictionInterval(*limits)


def _segments_from_json(content: object) -> OnscreenSegments:
    """On-screen segments in temporal order; empty if the content is null."""
    if content is None:
        return ()
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise ValueError(f"expected onset, offset and onscreen as onscreen_segments, got {shorten(content)}")
    segments = tuple((_time(part, "onset"), _time(part, "offset"), part.get("onscreen")) for part in content)
    times = [time for onset, offset, _ in segments for time in (onset, offset)]
    if times != sorted(times) or any(type(flag) is not bool for *_, flag in segments):
        raise ValueError(
            f"expected onscreen_segments in temporal order with true or false, got {shorten(content)}"
        )
    return segments


def _time(content: Mapping[str, Any], name: str) -> float:
    value = _number(content, name)
    if value is None:
        raise ValueError(f"expected a time as {name} of onscreen_segments, got none")
    return value


def _trajectory_from_json(content: object) -> TrajectoryColumns | None:
    if content is None:
        return None
    if not isinstance(content, dict):
        raise ValueError(f"expected columns as trajectory, got {shorten(content)}")
    try:
        frames = parse_integers("frame", content.get("frame"))
        columns: Json = {
            "frame": frames,
            "source": parse_integers("source", content.get("source", [0] * len(frames))),
        }
        for name in ("azimuth", "distance", "elevation", "confidence"):
            missing = name in ("elevation", "confidence") and content.get(name) is None
            columns[name] = None if missing else parse_floats(name, content.get(name))
        columns["onscreen"] = parse_flags(content.get("onscreen"))
    except ValueError as problem:
        raise ValueError(f"expected the columns of a trajectory, got {problem}") from problem
    _check_trajectory(columns)
    return columns


def _check_trajectory(columns: TrajectoryColumns) -> None:
    """Checks that columns are equally long and their values in the valid range."""
    rows = len(columns["frame"] or ())
    for name, values in columns.items():
        if values is not None and len(values) != rows:
            raise ValueError(f"expected {rows} values as {name} of the trajectory, got {len(values)}")
        limit = COLUMN_RANGES.get(name)
        if limit is None or values is None:
            continue
        invalid = [value for value in values if value < limit.low or value > limit.high]
        if invalid:
            raise ValueError(f"expected {limit.expected} in the trajectory, got {shorten(invalid[0])}")


def _segments_to_json(event: Event) -> list[Json] | None:
    if event.trajectory.onscreen is None:
        return None
    return [
        {"onset": onset, "offset": offset, "onscreen": flag}
        for onset, offset, flag in event.onscreen_segments
    ]


def _interval_to_json(interval: PredictionInterval | None) -> dict[str, float | None] | None:
    return None if interval is None else {name: _finite(value) for name, value in vars(interval).items()}


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)

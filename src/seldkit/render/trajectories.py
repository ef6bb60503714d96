"""Where an event is at any moment, between the frames of 100 ms too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.geometry import wrap_azimuth
from seldkit.types import Floats
from seldkit.visual_sources import VisualSources

APART = 1.0
"""Seconds after an event's end in which no other takes its lane."""
UNSEEN = 0.35
"""Seconds without a sight of an event's cause over which its place is interpolated."""
LEAP = 0.1
"""Of the picture, from one sight to the next: it is another thing then, and nothing lies between."""


@dataclass(frozen=True)
class TrajectoryPoint:
    """Azimuth in degrees and distance in metres (NaN where unknown), elevation, whether it is in sight."""

    azimuth: float
    distance: float
    elevation: float | None
    onscreen: bool | None


@dataclass(frozen=True)
class Trajectory:
    """An event, its lane (events that sound together have different ones), and its way."""

    event: Event
    lane: int
    _azimuth: tuple[Floats, Floats]
    _distance: tuple[Floats, Floats]
    _elevation: tuple[Floats, Floats]
    _seen: tuple[Floats, Floats]

    def at(self, time: float) -> TrajectoryPoint:
        """Where it is at a time in seconds; before its onset and after its offset where it began or ended."""
        elevation = float(_at(self._elevation, time))
        return TrajectoryPoint(
            azimuth=float(wrap_azimuth(_at(self._azimuth, time))),
            distance=float(_at(self._distance, time)),
            elevation=None if np.isnan(elevation) else elevation,
            onscreen=self._onscreen(time),
        )

    def way(self, times: Floats) -> tuple[Floats, Floats]:
        """Azimuths and elevations in degrees at several times; NaN where they are unknown."""
        return np.asarray(wrap_azimuth(_at(self._azimuth, times))), _at(self._elevation, times)

    def seen(self, time: float) -> Floats | None:
        """Where its cause is in the picture (left, top, right, bottom, 0 to 1), if it was seen about then."""
        times, corners = self._seen
        after = int(np.searchsorted(times, time, side="right"))
        if after == 0:
            return None
        elapsed, last = time - times[after - 1], corners[after - 1]
        if after < len(times) and (gap := times[after] - times[after - 1]) <= UNSEEN:
            step = corners[after] - last
            if np.abs(step).max() <= LEAP:
                return np.asarray(last + elapsed / gap * step)
        return last if elapsed <= FRAME_SECONDS else None

    def _onscreen(self, time: float) -> bool | None:
        rows = self.event.trajectory
        if rows.onscreen is None or not len(rows):
            return self.event.onscreen
        after = int(np.searchsorted(rows.frame, time / FRAME_SECONDS, side="right"))
        return bool(rows.onscreen[max(0, after - 1)])


class Trajectories:
    """The courses of a recording's events, found by time; causes: of some of them, seen in the picture."""

    def __init__(self, events: Sequence[Event], causes: VisualSources | None = None) -> None:
        ordered = sorted(events, key=lambda event: (event.onset, event.offset))
        seen = _sights(ordered, causes or VisualSources.empty())
        self.all = [_course(*parts) for parts in zip(ordered, _lanes(ordered), seen, strict=True)]
        self._onset = np.array([event.onset for event in ordered], dtype=np.float64)
        self._offset = np.array([event.offset for event in ordered], dtype=np.float64)

    def between(self, start: float, end: float) -> Iterator[Trajectory]:
        """Those that sound at some time from `start` to before `end`, by onset."""
        last = int(np.searchsorted(self._onset, end))
        return (self.all[number] for number in np.flatnonzero(self._offset[:last] > start).tolist())


def _course(event: Event, lane: int, seen: tuple[Floats, Floats]) -> Trajectory:
    rows = event.trajectory
    times: Floats = ((rows.frame + 0.5) * FRAME_SECONDS).astype(np.float64)
    azimuth = _known(times, rows.azimuth)
    turned = np.unwrap(azimuth[1], period=360.0)
    return Trajectory(
        event,
        lane,
        (azimuth[0], turned),
        _known(times, rows.distance),
        _known(times, _elevation(rows)),
        seen,
    )


def _sights(events: Sequence[Event], causes: VisualSources) -> list[tuple[Floats, Floats]]:
    """Of each event the times of the pictures in which its cause was seen, and the corners there."""
    rows = causes.match_events(events)
    return [
        (FRAME_SECONDS * causes.frame[of_one].astype(np.float64), causes.corners[of_one]) for of_one in rows
    ]


def _elevation(rows: Annotations) -> Floats:
    return np.full(len(rows), np.nan) if rows.elevation is None else rows.elevation


def _known(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    known = np.isfinite(values)
    return times[known], values[known]


def _at(way: tuple[Floats, Floats], times: Any) -> Any:
    return np.interp(times, *way) if len(way[0]) else np.full_like(times, np.nan, dtype=np.float64)


def _lanes(events: Sequence[Event]) -> list[int]:
    """For events by onset the lowest lane that is free."""
    free: list[float] = []
    lanes = []
    for event in events:
        lane = next((number for number, end in enumerate(free) if end <= event.onset), len(free))
        free[lane : lane + 1] = [event.offset + APART]
        lanes.append(lane)
    return lanes

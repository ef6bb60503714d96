"""Interpolated positions of events between the annotation frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.geometry import wrap_azimuth
from seldkit.types import Floats
from seldkit.visual_sources import VisualSources

MIN_LANE_GAP_SECONDS: Final = 1.0
"""Minimum time between two events in the same lane."""
MAX_INTERPOLATION_SECONDS: Final = 0.35
"""Maximum time between two visual detections across which the image position is interpolated."""
MAX_INTERPOLATION_STEP: Final = 0.1
"""Maximum change of the image position (0 to 1) across which it is interpolated. A larger change means that
another object was detected."""


@dataclass(frozen=True)
class TrajectoryPoint:
    """Position of an event at one time.

    Attributes:
        azimuth: Azimuth in degrees, NaN if unknown.
        distance: Distance in metres, NaN if unknown.
        elevation: Elevation in degrees, None if unknown.
        onscreen: Whether the source is on-screen, None if unknown.
    """

    azimuth: float
    distance: float
    elevation: float | None
    onscreen: bool | None


class _Samples(NamedTuple):
    """Known values of one coordinate and their times in seconds."""

    times: Floats
    values: Floats


@dataclass(frozen=True)
class Trajectory:
    """An event and its interpolated position.

    Attributes:
        event: The event.
        lane: Index of the lane in which it is drawn; simultaneous events have different lanes.
    """

    event: Event
    lane: int
    _azimuth: _Samples
    _distance: _Samples
    _elevation: _Samples
    _corners: _Samples

    def at(self, time: float) -> TrajectoryPoint:
        """Returns the position at a time.

        Args:
            time: Time in seconds. Before the first and after the last frame, the position is constant.

        Returns:
            Interpolated position.
        """
        elevation = float(_interpolate(self._elevation, time))
        return TrajectoryPoint(
            azimuth=float(wrap_azimuth(_interpolate(self._azimuth, time))),
            distance=float(_interpolate(self._distance, time)),
            elevation=None if np.isnan(elevation) else elevation,
            onscreen=self._onscreen(time),
        )

    def directions(self, times: Floats) -> tuple[Floats, Floats]:
        """Returns the directions at several times.

        Args:
            times: Times in seconds. Shape ``(times,)``.

        Returns:
            Azimuths and elevations in degrees, NaN if unknown. Shape ``(times,)`` each.
        """
        azimuth = np.asarray(wrap_azimuth(_interpolate(self._azimuth, times)))
        return azimuth, _interpolate(self._elevation, times)

    def visual_box(self, time: float) -> Floats | None:
        """Returns the bounding box of the visually detected source at a time.

        Args:
            time: Time in seconds.

        Returns:
            Left, top, right and bottom from 0 to 1 of the frame, shape ``(4,)``, or None if the source was
            not detected around this time.
        """
        times, corners = self._corners
        after = int(np.searchsorted(times, time, side="right"))
        if after == 0:
            return None
        elapsed, last = time - times[after - 1], corners[after - 1]
        if after < len(times) and (gap := times[after] - times[after - 1]) <= MAX_INTERPOLATION_SECONDS:
            step = corners[after] - last
            if np.abs(step).max() <= MAX_INTERPOLATION_STEP:
                return np.asarray(last + elapsed / gap * step)
        return last if elapsed <= FRAME_SECONDS else None

    def _onscreen(self, time: float) -> bool | None:
        rows = self.event.trajectory
        if rows.onscreen is None or not len(rows):
            return self.event.onscreen
        after = int(np.searchsorted(rows.frame, time / FRAME_SECONDS, side="right"))
        return bool(rows.onscreen[max(0, after - 1)])


class Trajectories:
    """Trajectories of the events of a recording, searchable by time.

    Args:
        events: The events, in any order.
        visual_sources: Visual detections of the sources of some events.

    Attributes:
        all: The trajectories, sorted by onset.
    """

    def __init__(self, events: Sequence[Event], visual_sources: VisualSources | None = None) -> None:
        ordered = sorted(events, key=lambda event: (event.onset, event.offset))
        corners = _corners(ordered, visual_sources or VisualSources.empty())
        self.all = [_trajectory(*parts) for parts in zip(ordered, _lanes(ordered), corners, strict=True)]
        self._onset = np.array([event.onset for event in ordered], dtype=np.float64)
        self._offset = np.array([event.offset for event in ordered], dtype=np.float64)

    def between(self, start: float, end: float) -> Iterator[Trajectory]:
        """Yields the trajectories of events that are active within an interval.

        Args:
            start: Start in seconds.
            end: End in seconds, exclusive.

        Yields:
            Trajectories, sorted by onset.
        """
        last = int(np.searchsorted(self._onset, end))
        for index in np.flatnonzero(self._offset[:last] > start).tolist():
            yield self.all[index]


def _trajectory(event: Event, lane: int, corners: _Samples) -> Trajectory:
    rows = event.trajectory
    times: Floats = ((rows.frame + 0.5) * FRAME_SECONDS).astype(np.float64)
    azimuth = _known(times, rows.azimuth)
    return Trajectory(
        event,
        lane,
        azimuth._replace(values=np.unwrap(azimuth.values, period=360.0)),
        _known(times, rows.distance),
        _known(times, _elevation(rows)),
        corners,
    )


def _corners(events: Sequence[Event], visual_sources: VisualSources) -> list[_Samples]:
    """Box corners of the visual detections of each event; the times are those of the video frames used."""
    times = FRAME_SECONDS * visual_sources.frame.astype(np.float64)
    return [
        _Samples(times[rows], visual_sources.corners[rows]) for rows in visual_sources.match_events(events)
    ]


def _elevation(rows: Annotations) -> Floats:
    return np.full(len(rows), np.nan) if rows.elevation is None else rows.elevation


def _known(times: Floats, values: Floats) -> _Samples:
    known = np.isfinite(values)
    return _Samples(times[known], values[known])


def _interpolate(samples: _Samples, times: Any) -> Any:
    if not len(samples.times):
        return np.full_like(times, np.nan, dtype=np.float64)
    return np.interp(times, samples.times, samples.values)


def _lanes(events: Sequence[Event]) -> list[int]:
    """Assigns each event, in order of onset, the lowest free lane."""
    free_from: list[float] = []
    lanes = []
    for event in events:
        lane = next((index for index, end in enumerate(free_from) if end <= event.onset), len(free_from))
        free_from[lane : lane + 1] = [event.offset + MIN_LANE_GAP_SECONDS]
        lanes.append(lane)
    return lanes

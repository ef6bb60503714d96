"""Frames into events: the rows of one sounding source joined over time."""

from dataclasses import dataclass, field

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event, Floats, Integers
from seldkit.geometry import wrap_azimuth


def track_events(
    annotations: Annotations, *, gate: float = 30.0, gap: int = 5, minimum: int = 2
) -> tuple[Event, ...]:
    """Join the rows of one source into events, ordered by onset.

    A row continues the event of its class whose last azimuth is nearest, if it lies within `gate` degrees
    and the event paused for at most `gap` frames; otherwise it begins an event. Rows whose direction is
    unknown continue any event of their class. Events of fewer than `minimum` frames are dropped.
    """
    events: list[Event] = []
    for class_id in np.unique(annotations.class_id):
        rows = np.flatnonzero(annotations.class_id == class_id)
        rows = rows[np.argsort(annotations.frame[rows], kind="stable")]
        for track in _link(annotations, rows, gate, gap):
            if len(track.rows) >= minimum:
                events.append(_event(annotations.take(track.rows)))
    return tuple(sorted(events, key=lambda event: (event.onset, event.class_id, event.offset)))


@dataclass
class _Track:
    """An event in the making: its last frame and azimuth, and its rows so far."""

    frame: int
    azimuth: float
    rows: list[int] = field(default_factory=list)

    def extend(self, frame: int, azimuth: float, row: int) -> None:
        self.frame, self.azimuth = frame, azimuth
        self.rows.append(row)


def _link(annotations: Annotations, rows: Integers, gate: float, gap: int) -> list[_Track]:
    """Tracks through the rows of one class, which are ordered by frame."""
    done: list[_Track] = []
    alive: list[_Track] = []
    frames, starts = np.unique(annotations.frame[rows], return_index=True)
    for frame, group in zip(frames.tolist(), np.split(rows, starts[1:]), strict=True):
        done += [track for track in alive if frame - track.frame > gap + 1]
        alive = [track for track in alive if frame - track.frame <= gap + 1]
        azimuths = {row: float(annotations.azimuth[row]) for row in group.tolist()}
        for row, track in _nearest_pairs(alive, azimuths, gate):
            track.extend(frame, azimuths.pop(row), row)
        alive += [_Track(frame, azimuth, [row]) for row, azimuth in azimuths.items()]
    return done + alive


def _nearest_pairs(tracks: list[_Track], azimuths: dict[int, float], gate: float) -> list[tuple[int, _Track]]:
    """Rows of one frame with the tracks that they continue, nearest pairs first."""
    turns = [
        (_turn(track.azimuth, azimuth), number, row)
        for number, track in enumerate(tracks)
        for row, azimuth in azimuths.items()
    ]
    pairs: dict[int, int] = {}
    for turn, number, row in sorted(turns):
        if turn <= gate and row not in pairs and number not in pairs.values():
            pairs[row] = number
    return [(row, tracks[number]) for row, number in pairs.items()]


def _turn(before: float, after: float) -> float:
    """Degrees between two azimuths; 0 where one of them is unknown."""
    return float(np.nan_to_num(abs(wrap_azimuth(after - before))))


def _event(rows: Annotations) -> Event:
    class_id = int(rows.class_id[0])
    return Event(
        class_id=class_id,
        name=rows.classes[class_id],
        onset=round(float(rows.frame[0]) * FRAME_SECONDS, 1),
        offset=round(float(rows.frame[-1] + 1) * FRAME_SECONDS, 1),
        azimuth=_circular_median(rows.azimuth),
        distance=_median(rows.distance),
        elevation=None if rows.elevation is None else _median(rows.elevation),
        onscreen=None if rows.onscreen is None else bool(rows.onscreen.mean() >= 0.5),
        confidence=None if rows.confidence is None else float(rows.confidence.mean()),
        trajectory=rows,
    )


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _circular_median(degrees: Floats) -> float:
    """The median of angles, taken around their circular mean so that ±180° do not cancel."""
    known = np.deg2rad(degrees[np.isfinite(degrees)])
    if not len(known):
        return float("nan")
    centre = np.rad2deg(np.arctan2(np.sin(known).mean(), np.cos(known).mean()))
    return float(wrap_azimuth(centre + np.median(wrap_azimuth(np.rad2deg(known) - centre))))

"""Conversion between frame tables and events."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.classes import STARSS23
from seldkit.deprecation import renamed_attributes
from seldkit.geometry import wrap_azimuth
from seldkit.types import Floats, Integers

MIN_ONSCREEN_FRACTION: Final = 0.5
"""Smallest share of on-screen frames for an event to be on-screen."""


def event_from_rows(rows: Annotations, number: int = 0) -> Event:
    """Summarizes the rows of one event.

    Direction and distance are medians, the on-screen flag is that of most rows, the confidence is the mean.

    Args:
        rows: Rows of one class, ordered by frame; at least one.
        number: Number of the event in its recording, from 1; 0 for none.

    Returns:
        The event. Its onset and offset are multiples of 0.1 s.
    """
    class_id = int(rows.class_id[0])
    return Event(
        class_id=class_id,
        name=rows.classes[class_id],
        onset=round(float(rows.frame[0]) * FRAME_SECONDS, 1),
        offset=round(float(rows.frame[-1] + 1) * FRAME_SECONDS, 1),
        azimuth=_circular_median(rows.azimuth),
        distance=_median(rows.distance),
        elevation=None if rows.elevation is None else _median(rows.elevation),
        onscreen=None if rows.onscreen is None else bool(rows.onscreen.mean() >= MIN_ONSCREEN_FRACTION),
        confidence=None if rows.confidence is None else float(rows.confidence.mean()),
        trajectory=rows,
        number=number,
    )


def source_events(annotations: Annotations) -> tuple[Event, ...]:
    """Joins consecutive frames of each source of labels to events.

    Nothing is smoothed, merged or dropped. Rows with the same frame, class and source number are
    distinguished by their order within the frame.

    Args:
        annotations: Rows of one clip.

    Returns:
        The events, ordered by onset and numbered from 1.
    """
    source = annotations.source * (1 + len(annotations)) + _rank(annotations)
    order = np.lexsort((annotations.frame, source, annotations.class_id))
    frame, class_id, source = annotations.frame[order], annotations.class_id[order], source[order]
    starts = (np.diff(frame) != 1) | (np.diff(class_id) != 0) | (np.diff(source) != 0)
    runs = np.split(order, np.flatnonzero(starts) + 1) if len(order) else []
    runs.sort(key=lambda run: (annotations.frame[run[0]], annotations.class_id[run[0]], run[0]))
    return tuple(event_from_rows(annotations.take(run), number) for number, run in enumerate(runs, 1))


def events_to_annotations(
    events: Iterable[Event], frame_count: int, classes: Sequence[str] = STARSS23
) -> Annotations:
    """Converts the events of one clip to a frame table.

    Args:
        events: Events whose trajectories have the same optional columns.
        frame_count: Length of the clip in frames of 100 ms.
        classes: Class vocabulary of a clip without events; otherwise that of the events is used.

    Returns:
        The rows of all trajectories, ordered by frame, class and source. The source number is that of the
        event.
    """
    parts = [
        (0, replace(event.trajectory, source=np.full(len(event.trajectory), event.number)))
        for event in events
    ]
    if not parts:
        return Annotations.empty(frame_count, classes)
    return Annotations.concatenate(parts, frame_count).sorted()


def _rank(annotations: Annotations) -> Integers:
    """Returns the position of each row among the rows of its frame, class and source. Shape ``(rows,)``."""
    order = np.lexsort((annotations.source, annotations.class_id, annotations.frame))
    keys = np.stack([annotations.frame, annotations.class_id, annotations.source])[:, order]
    first = np.r_[True, np.any(np.diff(keys, axis=1) != 0, axis=0)][: len(order)]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - starts
    return rank


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _circular_median(degrees: Floats) -> float:
    """Median of angles around their circular mean, so that ±180° do not cancel."""
    known = np.deg2rad(degrees[np.isfinite(degrees)])
    if not len(known):
        return float("nan")
    centre = np.rad2deg(np.arctan2(np.sin(known).mean(), np.cos(known).mean()))
    return float(wrap_azimuth(centre + np.median(wrap_azimuth(np.rad2deg(known) - centre))))


__getattr__ = renamed_attributes(
    __name__, {"as_annotations": "events_to_annotations", "event_of": "event_from_rows"}
)

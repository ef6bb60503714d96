"""Events of many clips as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.formats import ClipTable
from seldkit.types import Floats, Integers


@dataclass(frozen=True, eq=False)
class EventTable:
    """Events of many clips.

    Attributes:
        clip: Clip of each event. Shape ``(events,)``.
        class_id: Class of each event. Shape ``(events,)``.
        onset: Onsets in seconds. Shape ``(events,)``.
        offset: Offsets in seconds. Shape ``(events,)``.
        rows: Rows of the trajectories, clip by clip.
        event: Event of each row. Shape ``(rows,)``.
    """

    clip: Integers
    class_id: Integers
    onset: Floats
    offset: Floats
    rows: ClipTable
    event: Integers

    def __len__(self) -> int:
        """Returns the number of events."""
        return len(self.clip)

    @classmethod
    def from_events(cls, clips: Sequence[Sequence[Event]]) -> "EventTable":
        """Builds the table.

        Args:
            clips: Events of each clip.

        Returns:
            Events in the same order.
        """
        events = [event for clip in clips for event in clip]
        sizes = np.array([len(event.trajectory) for event in events], np.int64)
        return cls(
            clip=np.repeat(np.arange(len(clips)), [len(clip) for clip in clips]),
            class_id=np.array([event.class_id for event in events], np.int64),
            onset=np.array([event.onset for event in events], np.float64),
            offset=np.array([event.offset for event in events], np.float64),
            rows=ClipTable.from_annotations([_rows(clip) for clip in clips]),
            event=np.repeat(np.arange(len(events)), sizes),
        )


def _rows(events: Sequence[Event]) -> Annotations:
    if not events:
        return Annotations.empty(0)
    frame_count = max(event.trajectory.frame_count for event in events)
    parts = [replace(event.trajectory, elevation=_elevation(event), confidence=None) for event in events]
    if any(event.trajectory.onscreen is None for event in events):
        parts = [replace(part, onscreen=None) for part in parts]
    return Annotations.concatenate([(0, part) for part in parts], frame_count)


def _elevation(event: Event) -> Floats:
    elevation = event.trajectory.elevation
    return np.full(len(event.trajectory), np.nan) if elevation is None else elevation


def equal_pairs(left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """Finds all pairs of positions with equal values.

    Args:
        left: Values. Shape ``(n,)``.
        right: Values. Shape ``(m,)``.

    Returns:
        Positions i and j with ``left[i] == right[j]``, ordered by i. Shape ``(pairs,)`` each.
    """
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, side="left")
    count = np.searchsorted(right[order], left, side="right") - first
    i = np.repeat(np.arange(len(left)), count)
    position = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[first[i] + position]

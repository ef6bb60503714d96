"""The events of many clips as arrays, and which of them meet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.formats import ClipTable
from seldkit.types import Floats, Integers


@dataclass(frozen=True, eq=False)
class EventTable:
    """clip, class_id, onset, offset (seconds): (events,). rows: of their trajectories, clip by clip. owner:
    the event of each row, (rows,).
    """

    clip: Integers
    class_id: Integers
    onset: Floats
    offset: Floats
    rows: ClipTable
    owner: Integers

    def __len__(self) -> int:
        """The number of events."""
        return len(self.clip)

    @classmethod
    def of(cls, clips: Sequence[Sequence[Event]]) -> "EventTable":
        """The events of clips, in their order."""
        events = [event for clip in clips for event in clip]
        rows = ClipTable.of([_rows(clip) for clip in clips])
        sizes = [len(event.trajectory) for event in events]
        return cls(
            clip=np.repeat(np.arange(len(clips)), [len(clip) for clip in clips]),
            class_id=np.array([event.class_id for event in events], np.int64),
            onset=np.array([event.onset for event in events], np.float64),
            offset=np.array([event.offset for event in events], np.float64),
            rows=rows,
            owner=np.repeat(np.arange(len(events)), np.array(sizes, np.int64)),
        )


def _rows(events: Sequence[Event]) -> Annotations:
    if not events:
        return Annotations.empty(0)
    last = max(event.trajectory.frame_count for event in events)
    bare = [replace(event.trajectory, elevation=_elevation(event), confidence=None) for event in events]
    flagged = all(event.trajectory.onscreen is not None for event in events)
    parts = bare if flagged else [replace(part, onscreen=None) for part in bare]
    return Annotations.joined([(0, part) for part in parts], last)


def _elevation(event: Event) -> Floats:
    given = event.trajectory.elevation
    return np.full(len(event.trajectory), np.nan) if given is None else given


def equal_pairs(left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """All pairs of places (i, j) with left[i] == right[j], ordered by i."""
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, side="left")
    count = np.searchsorted(right[order], left, side="right") - first
    i = np.repeat(np.arange(len(left)), count)
    nth = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[first[i] + nth]

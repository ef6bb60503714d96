"""Where in the picture the causes of sounds were seen: a mouth, hands, a telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from seldkit.annotations import Event
from seldkit.geometry import azimuth_difference
from seldkit.types import Floats, Integers

MAX_MATCH_ANGLE_DEG: Final = 30.0
"""Degrees from an event's direction beyond which a cause is not its own."""


@dataclass(frozen=True, eq=False)
class VisualSources:
    """A row for each row of a frame table whose cause was seen.

    frame (of 100 ms), class_id, azimuth (degrees): of that row, (rows,). corners: left, top, right and bottom
    of what was seen, from 0 to 1 of the upright picture's width and height, (rows, 4); a point is a rectangle
    without extent.
    """

    frame: Integers
    class_id: Integers
    azimuth: Floats
    corners: Floats

    def __len__(self) -> int:
        return len(self.frame)

    @classmethod
    def empty(cls) -> Self:
        """Nothing was seen."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty((0, 4)))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of several, by frame."""
        if not parts:
            return cls.empty()
        names = ("frame", "class_id", "azimuth", "corners")
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))

    def match_events(self, events: Sequence[Event]) -> list[Integers]:
        """For each event its rows, by frame, at most one a frame; no row is two events'.

        A row belongs to the event of its class that is nearest to it in its frame; events that a tracker made
        of the frame table are smoothed, so that they lie a little beside it.
        """
        order = np.argsort(self.frame, kind="stable")
        owner, apart = np.full(len(self), -1), np.full(len(self), MAX_MATCH_ANGLE_DEG)
        for number, event in enumerate(events):
            rows = event.trajectory
            if len(rows):
                begin, end = np.searchsorted(self.frame[order], [rows.frame[0], rows.frame[-1] + 1])
                near = order[begin:end][self.class_id[order[begin:end]] == event.class_id]
                at = np.searchsorted(rows.frame, self.frame[near])
                difference = azimuth_difference(rows.azimuth[at], self.azimuth[near])
                closer = difference < apart[near]  # never for an unknown direction
                owner[near[closer]], apart[near[closer]] = number, difference[closer]
        return [self._one_a_frame(np.flatnonzero(owner == number), apart) for number in range(len(events))]

    def _one_a_frame(self, rows: Integers, apart: Floats) -> Integers:
        """The nearest of each frame, by frame."""
        rows = rows[np.argsort(apart[rows], kind="stable")]
        return rows[np.unique(self.frame[rows], return_index=True)[1]]

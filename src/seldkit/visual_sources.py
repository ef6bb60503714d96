"""Positions of visual sources, such as a mouth, hands or a telephone, in video frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from seldkit.annotations import Event
from seldkit.geometry import azimuth_difference
from seldkit.types import Floats, Integers

MAX_MATCH_ANGLE_DEG: Final = 30.0
"""Largest angle between an event and a visual source that are assigned to each other."""


@dataclass(frozen=True, eq=False)
class VisualSources:
    """Visual sources of the rows of an annotation table.

    Attributes:
        frame: Frame of the row in units of 100 ms, shape ``(rows,)``.
        class_id: Class of the row, shape ``(rows,)``.
        azimuth: Azimuth of the row in degrees, shape ``(rows,)``.
        corners: Left, top, right and bottom of the visual source, from 0 to 1 of the width and height of the
            upright image, shape ``(rows, 4)``. A point is a rectangle without extent.
    """

    frame: Integers
    class_id: Integers
    azimuth: Floats
    corners: Floats

    def __len__(self) -> int:
        return len(self.frame)

    @classmethod
    def empty(cls) -> Self:
        """Creates a table without rows.

        Returns:
            The table.
        """
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty((0, 4)))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Concatenates tables and sorts the rows by frame.

        Args:
            parts: Tables.

        Returns:
            One table.
        """
        if not parts:
            return cls.empty()
        names = ("frame", "class_id", "azimuth", "corners")
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))

    def match_events(self, events: Sequence[Event]) -> list[Integers]:
        """Assigns rows to events.

        A row is assigned to the event of its class that is closest in its frame, and not to events that are
        more than `MAX_MATCH_ANGLE_DEG` away. The directions may differ, because the tracker smooths the
        events.

        Args:
            events: Events that were tracked in the annotation table.

        Returns:
            For each event the indices of its rows, sorted by frame, at most one row per frame. No row is
            assigned to two events.
        """
        order = np.argsort(self.frame, kind="stable")
        owner, angle = np.full(len(self), -1), np.full(len(self), MAX_MATCH_ANGLE_DEG)
        for number, event in enumerate(events):
            rows = event.trajectory
            if len(rows):
                begin, end = np.searchsorted(self.frame[order], [rows.frame[0], rows.frame[-1] + 1])
                candidates = order[begin:end][self.class_id[order[begin:end]] == event.class_id]
                index = np.searchsorted(rows.frame, self.frame[candidates])
                difference = azimuth_difference(rows.azimuth[index], self.azimuth[candidates])
                closer = difference < angle[candidates]  # false for NaN
                owner[candidates[closer]], angle[candidates[closer]] = number, difference[closer]
        return [
            self._closest_per_frame(np.flatnonzero(owner == number), angle) for number in range(len(events))
        ]

    def _closest_per_frame(self, rows: Integers, angle: Floats) -> Integers:
        rows = rows[np.argsort(angle[rows], kind="stable")]
        return rows[np.unique(self.frame[rows], return_index=True)[1]]

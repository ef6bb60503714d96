"""A track in the making: the rows of one source so far, and the event that they become."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.events import event_of
from seldkit.tracking.motion import Motion, Observation
from seldkit.tracking.smoothing import smooth, smooth_azimuth, smooth_flags
from seldkit.types import Flags, Floats, Integers

NEAREST: Final = 0.05
"""Metres; nearer distances are taken for it, as the logarithm wants."""


class Row(NamedTuple):
    """One row of the frame table; NaN (and None for on-screen) where nothing is known."""

    frame: int
    azimuth: float
    elevation: float
    distance: float
    onscreen: bool | None
    confidence: float

    @property
    def sight(self) -> Observation:
        """What the tracker compares."""
        return Observation(self.azimuth, self.elevation, float(np.log(max(self.distance, NEAREST))))


@dataclass
class Track:
    """The rows of one source, and what is expected of its next.

    hidden: frames since the last row in which another track's row could be this source's too. number: of the
    event, from 1; 0 as long as it is none.
    """

    class_id: int
    motion: Motion
    rows: list[Row] = field(default_factory=list)
    hidden: int = 0
    number: int = 0

    def take(self, row: Row) -> None:
        """The row is the source's next."""
        self.rows.append(row)
        self.hidden = 0

    def event(self, classes: tuple[str, ...], smoothing: float, *, folded: bool) -> Event:
        """What a person would write down; smoothing: standard deviation in frames.

        Frames in between in which the source was not heard have rows too, of confidence 0; the event's own
        confidence is the mean over those in which it was.
        """
        heard = _columns(self.rows)
        rows = self._trajectory(heard, classes, smoothing, folded)
        confidence = None if heard.confidence is None else float(heard.confidence.mean())
        onscreen = None if heard.onscreen is None else bool(heard.onscreen.mean() >= 0.5)
        return replace(event_of(rows, self.number), confidence=confidence, onscreen=onscreen)

    def _trajectory(
        self, heard: "_Columns", classes: tuple[str, ...], smoothing: float, folded: bool
    ) -> Annotations:
        frame, first, last = heard.frame, int(heard.frame[0]), int(heard.frame[-1])
        weight = np.ones(len(frame)) if heard.confidence is None else np.maximum(heard.confidence, 0.05)
        count = last - first + 1
        confidence = np.zeros(count)
        confidence[frame - first] = 0.0 if heard.confidence is None else heard.confidence
        elevation = smooth(frame, heard.elevation, weight, smoothing)
        distance = smooth(frame, np.log(np.maximum(heard.distance, NEAREST)), weight, smoothing)
        return Annotations(
            frame=np.arange(first, last + 1),
            class_id=np.full(count, self.class_id),
            source=np.full(count, self.number),
            azimuth=smooth_azimuth(frame, heard.azimuth, weight, smoothing, folded=folded),
            distance=np.exp(distance),
            frame_count=last + 1,
            elevation=None if np.isnan(heard.elevation).all() else np.clip(elevation, -90.0, 90.0),
            onscreen=None if heard.onscreen is None else smooth_flags(frame, heard.onscreen, smoothing),
            confidence=None if heard.confidence is None else confidence,
            classes=classes,
        )


class _Columns(NamedTuple):
    frame: Integers
    azimuth: Floats
    elevation: Floats
    distance: Floats
    onscreen: Flags | None
    confidence: Floats | None


def _columns(rows: list[Row]) -> _Columns:
    frame, azimuth, elevation, distance, onscreen, confidence = zip(*rows, strict=True)
    known = not np.isnan(confidence).any()
    return _Columns(
        np.array(frame),
        np.array(azimuth),
        np.array(elevation),
        np.array(distance),
        np.array(onscreen, np.bool_) if None not in onscreen else None,
        np.array(confidence) if known else None,
    )

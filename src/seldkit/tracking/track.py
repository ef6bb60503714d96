"""A track: the rows of one source so far, and the event that they form."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.classes import ClassVocabulary
from seldkit.events import event_from_rows
from seldkit.tracking.motion import Motion, Observation
from seldkit.tracking.smoothing import smooth, smooth_azimuth, smooth_flags
from seldkit.types import Flags, Floats, Integers

MIN_DISTANCE_M: Final = 0.05
"""Smaller distances are clipped to this value before the logarithm is taken."""
MIN_WEIGHT: Final = 0.05
"""Smallest weight of a row when trajectories are smoothed."""


class Row(NamedTuple):
    """One row of the frame table.

    Attributes:
        frame: Frame number (100 ms each).
        azimuth: Degrees, NaN where unknown.
        elevation: Degrees, NaN where unknown.
        distance: Metres, NaN where unknown.
        onscreen: None where unknown.
        confidence: In [0, 1], NaN where unknown.
    """

    frame: int
    azimuth: float
    elevation: float
    distance: float
    onscreen: bool | None
    confidence: float

    @property
    def observation(self) -> Observation:
        """Direction and log distance, which the motion model compares."""
        return Observation(self.azimuth, self.elevation, float(np.log(max(self.distance, MIN_DISTANCE_M))))


@dataclass
class Track:
    """The rows of one source.

    Attributes:
        class_id: Class number.
        motion: Motion model, which predicts the next row.
        rows: Rows so far, by frame.
        hidden_frames: Frames since the last row in which a row of another track may include this source.
        number: Number of the event, from 1; 0 until the track is long enough to be an event.
    """

    class_id: int
    motion: Motion
    rows: list[Row] = field(default_factory=list)
    hidden_frames: int = 0
    number: int = 0

    def append(self, row: Row) -> None:
        """Appends the next row of the source.

        Args:
            row: A row of a later frame than the last one.
        """
        self.rows.append(row)
        self.hidden_frames = 0

    def event(self, classes: ClassVocabulary, smoothing: float, *, folded: bool) -> Event:
        """Returns the event of the rows so far, with a smoothed trajectory without gaps.

        Frames without a detection are interpolated and have a confidence of 0. The confidence of the event
        is the mean over the frames with a detection.

        Args:
            classes: Class names.
            smoothing: Standard deviation of the smoothing kernel in frames.
            folded: Whether azimuths are folded to [-90, 90] degrees.

        Returns:
            The event.
        """
        columns = _columns(self.rows)
        rows = self._trajectory(columns, classes, smoothing, folded)
        confidence = None if columns.confidence is None else float(columns.confidence.mean())
        onscreen = None if columns.onscreen is None else bool(columns.onscreen.mean() >= 0.5)
        return replace(event_from_rows(rows, self.number), confidence=confidence, onscreen=onscreen)

    def _trajectory(
        self, columns: "_Columns", classes: ClassVocabulary, smoothing: float, folded: bool
    ) -> Annotations:
        frame, first, last = columns.frame, int(columns.frame[0]), int(columns.frame[-1])
        measured = np.ones(len(frame)) if columns.confidence is None else columns.confidence
        weight, count = np.maximum(measured, MIN_WEIGHT), last - first + 1
        confidence = np.zeros(count)
        confidence[frame - first] = measured
        elevation = smooth(frame, columns.elevation, weight, smoothing)
        log_distance = smooth(frame, np.log(np.maximum(columns.distance, MIN_DISTANCE_M)), weight, smoothing)
        return Annotations(
            frame=np.arange(first, last + 1),
            class_id=np.full(count, self.class_id),
            source=np.full(count, self.number),
            azimuth=smooth_azimuth(frame, columns.azimuth, weight, smoothing, folded=folded),
            distance=np.exp(log_distance),
            frame_count=last + 1,
            elevation=None if np.isnan(columns.elevation).all() else np.clip(elevation, -90.0, 90.0),
            onscreen=None if columns.onscreen is None else smooth_flags(frame, columns.onscreen, smoothing),
            confidence=None if columns.confidence is None else confidence,
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

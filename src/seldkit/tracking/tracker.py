"""Tracker: joins the rows of frame tables into events."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.classes import ClassVocabulary
from seldkit.geometry import fold_azimuth
from seldkit.tracking.linking import link
from seldkit.tracking.motion import Motion
from seldkit.tracking.track import Row, Track
from seldkit.tracking.tracking_config import TrackingConfig

MAX_MERGE_ANGLE_DEG: Final = 25.0
"""Largest angle between two sources of one class that may share a row (the decoder unifies close tracks)."""
MAX_HIDDEN_FRAMES: Final = 20
"""Frames for which a source may share the row of another track before its gap starts."""
SHARED_NOISE_FACTOR: Final = 3.0
"""Factor on the measurement noise of a row that two sources may share."""


def track_events(
    annotations: Annotations,
    config: TrackingConfig | None = None,
    *,
    folded: bool | None = None,
) -> tuple[Event, ...]:
    """Joins the rows of a clip into events.

    A row continues an event of its class if its direction is close to the expected direction of the event
    and the gap since the last row is short enough. Otherwise it starts a new event. Events
    shorter than the minimum of their class are removed, trajectories are smoothed, and gaps are interpolated.
    A row without a known direction may continue any event of its class. Labels with source numbers need no
    tracking: see `seldkit.events.source_events`.

    Args:
        annotations: Frame table of the clip.
        config: Largest angle between a row and its event, gaps, minimum durations and smoothing; None for the
            defaults.
        folded: Whether azimuths are folded to [-90, 90] degrees, as for stereo. None: folded if the table
            has no elevation.

    Returns:
        Events ordered by onset, class and number.
    """
    if folded is None:
        folded = annotations.elevation is None
    tracker = EventTracker(annotations.classes, config, folded=folded)
    events = tracker.push(annotations) + tracker.finish()
    return tuple(sorted(events, key=lambda event: (event.onset, event.class_id, event.number)))


class EventTracker:
    """Joins the rows of a recording into events, segment by segment.

    An event is returned once it has ended, that is, once the longest gap of its class has passed. Only the
    rows of open events are stored. The result does not depend on how the recording is divided into segments.

    Args:
        classes: Class names.
        config: Gate, gaps, minimum durations and smoothing; None for the defaults.
        folded: Whether azimuths are folded to [-90, 90] degrees, as for stereo.
        max_frames: Frames after which an event is divided, which bounds the memory; None for no limit.
    """

    def __init__(
        self,
        classes: ClassVocabulary,
        config: TrackingConfig | None = None,
        *,
        folded: bool = True,
        max_frames: int | None = None,
    ) -> None:
        self._config = TrackingConfig() if config is None else config
        self._classes, self._folded, self._max_frames = classes, folded, max_frames
        spans = [self._config.spans(name) for name in classes]
        self._max_gap = [round(span.gap / FRAME_SECONDS) for span in spans]
        self._min_rows = [max(1, round(span.minimum / FRAME_SECONDS)) for span in spans]
        self._tracks: dict[int, list[Track]] = defaultdict(list)
        self._frame = 0
        self._event_count = 0

    def push(self, annotations: Annotations) -> list[Event]:
        """Adds the next segment.

        Args:
            annotations: Frame table of the segment; frame 0 is the first frame of the segment.

        Returns:
            The events that have ended, in the order in which they ended.
        """
        ended: list[Event] = []
        if self._folded:
            annotations = replace(annotations, azimuth=fold_azimuth(annotations.azimuth))
        for frame, classes in _frames(annotations):
            ended += self._close(self._frame + frame)
            for class_id, rows in classes:
                self._link(class_id, [row._replace(frame=self._frame + frame) for row in rows])
        self._frame += annotations.frame_count
        return ended + self._close(self._frame)

    def finish(self) -> list[Event]:
        """Ends the recording and resets the tracker.

        Returns:
            The events that were still open.
        """
        remaining = self.current()
        self._tracks.clear()
        self._frame = self._event_count = 0
        return remaining

    def current(self, after: int = 0) -> list[Event]:
        """Returns the open events as known so far.

        Args:
            after: Only events with a number larger than this are returned.

        Returns:
            Open events, by class.
        """
        tracks = (track for tracks in self._tracks.values() for track in tracks)
        return [self._event(track) for track in tracks if track.number > after]

    def _close(self, frame: int) -> list[Event]:
        """Closes the tracks whose gap is too long at the start of `frame`."""
        closed: list[Track] = []
        for class_id, tracks in self._tracks.items():
            late = [track for track in tracks if self._has_ended(track, self._max_gap[class_id], frame)]
            if late:
                closed += late
                self._tracks[class_id] = [track for track in tracks if track not in late]
        return [self._event(track) for track in closed if track.number]

    def _has_ended(self, track: Track, max_gap: int, frame: int) -> bool:
        gap = frame - track.rows[-1].frame - 1 - track.hidden_frames
        too_long = self._max_frames is not None and frame - track.rows[0].frame >= self._max_frames
        return gap > max_gap or too_long

    def _event(self, track: Track) -> Event:
        return track.event(self._classes, self._config.smoothing / FRAME_SECONDS, folded=self._folded)

    def _link(self, class_id: int, rows: list[Row]) -> None:
        """Assigns the rows of one class in one frame to tracks."""
        tracks = self._tracks[class_id]
        for track in tracks:
            track.motion.predict(rows[0].frame)
        observations = [row.observation for row in rows]
        pairs = link(
            [track.motion for track in tracks],
            [track.number > 0 for track in tracks],
            observations,
            self._config.gate,
        )
        shared = self._hide(tracks, {track: rows[row] for row, track in pairs.items()})
        for index, row in enumerate(rows):
            if index in pairs:
                track = tracks[pairs[index]]
                track.motion.update(
                    observations[index], SHARED_NOISE_FACTOR if pairs[index] in shared else 1.0
                )
            else:
                track = Track(class_id, Motion(observations[index], row.frame, self._folded))
                self._tracks[class_id].append(track)
            track.append(row)
            self._confirm(track)

    def _hide(self, tracks: list[Track], assigned: dict[int, Row]) -> set[int]:
        """Extends confirmed tracks without a row if a row of another track is close to their prediction.

        Returns the indices of the tracks whose rows may be shared.
        """
        shared: set[int] = set()
        for index, track in enumerate(tracks):
            if index in assigned or not track.number or track.hidden_frames >= MAX_HIDDEN_FRAMES:
                continue
            close = [
                other
                for other, row in assigned.items()
                if tracks[other].number and track.motion.angular_error(row.observation) <= MAX_MERGE_ANGLE_DEG
            ]
            track.hidden_frames += bool(close)
            shared.update(close)
        return shared

    def _confirm(self, track: Track) -> None:
        if not track.number and len(track.rows) >= self._min_rows[track.class_id]:
            self._event_count += 1
            track.number = self._event_count


def _frames(annotations: Annotations) -> Iterator[tuple[int, list[tuple[int, list[Row]]]]]:
    """Yields each frame with rows, with the rows of each class in their original order."""
    order = np.lexsort((annotations.class_id, annotations.frame))
    unknown = np.full(len(annotations), np.nan)
    columns = (
        annotations.frame,
        annotations.azimuth,
        unknown if annotations.elevation is None else annotations.elevation,
        annotations.distance,
        np.full(len(annotations), None) if annotations.onscreen is None else annotations.onscreen,
        unknown if annotations.confidence is None else annotations.confidence,
    )
    rows = [Row(*values) for values in zip(*(column[order].tolist() for column in columns), strict=True)]
    numbered = zip(annotations.frame[order].tolist(), annotations.class_id[order].tolist(), rows, strict=True)
    for frame, group in groupby(numbered, key=itemgetter(0)):
        yield (
            frame,
            [
                (class_id, [row for _, _, row in class_group])
                for class_id, class_group in groupby(group, itemgetter(1))
            ],
        )

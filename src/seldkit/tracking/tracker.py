"""The tracker: frame tables in, events out as they end."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.geometry import fold_azimuth
from seldkit.tracking.linking import link
from seldkit.tracking.motion import Motion
from seldkit.tracking.track import Row, Track
from seldkit.tracking.tracking_config import TrackingConfig

MERGED: Final = 25.0
"""Degrees within which two sources of one class may be one row (a decoder joins what lies together)."""
LONGEST_HIDDEN: Final = 20
"""Frames for which a source may be part of another's row before its pause begins to count."""
MERGED_DOUBT: Final = 3.0
"""How much less such a row says about its track's direction."""


def track_events(
    annotations: Annotations,
    config: TrackingConfig | None = None,
    *,
    folded: bool | None = None,
) -> tuple[Event, ...]:
    """Join the rows of one source into events, as a person would write them down, ordered by onset.

    A row continues the event of its class that is expected where the row is (motion gate of `config`), if it
    has not paused for longer than its class may; otherwise it begins one. What stays shorter than its class's
    minimum is dropped, directions and distances are smoothed, and pauses are filled. Rows whose direction is
    unknown continue any event of their class. folded: whether azimuths are
    those of stereo sound, −90 to 90 degrees; by default so where there is no elevation.

    What labels state is no work for a tracker: `seldkit.events.source_events`.
    """
    stereo = annotations.elevation is None if folded is None else folded
    tracker = EventTracker(annotations.classes, config, folded=stereo)
    events = tracker.push(annotations) + tracker.finish()
    return tuple(sorted(events, key=lambda event: (event.onset, event.class_id, event.number)))


class EventTracker:
    """Joins the rows of a recording into events, stretch by stretch.

    An event is given out when it has ended, that is when its class may not pause any longer; between calls
    only the rows of events that have not ended are kept. How the recording was cut into stretches changes
    nothing. config: gates, gaps and durations. classes: the vocabulary. folded: whether azimuths are those of
    stereo sound, −90 to 90 degrees.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        config: TrackingConfig | None = None,
        *,
        folded: bool = True,
        longest: int | None = None,
    ) -> None:
        self._config = TrackingConfig() if config is None else config
        self._classes, self._folded, self._longest = classes, folded, longest
        spans = [self._config.spans(name) for name in classes]
        self._gaps = [round(span.gap / FRAME_SECONDS) for span in spans]
        self._minima = [max(1, round(span.minimum / FRAME_SECONDS)) for span in spans]
        self._tracks: dict[int, list[Track]] = defaultdict(list)
        self._frame = 0
        self._numbers = 0

    def push(self, annotations: Annotations) -> list[Event]:
        """The next stretch; gives the events that it ended, in the order in which they ended.

        annotations: its frames count from the stretch's beginning.
        """
        ended: list[Event] = []
        if self._folded:
            annotations = replace(annotations, azimuth=fold_azimuth(annotations.azimuth))
        for frame, classes in _frames(annotations):
            ended += self._pass(self._frame + frame)
            for class_id, rows in classes:
                self._link(class_id, [row._replace(frame=self._frame + frame) for row in rows])
        self._frame += annotations.frame_count
        return ended + self._pass(self._frame)

    def finish(self) -> list[Event]:
        """The recording is over: the events that were still going on. The tracker is as new afterwards."""
        left = self.current()
        self._tracks.clear()
        self._frame = self._numbers = 0
        return left

    def current(self, after: int = 0) -> list[Event]:
        """The events that are going on, as far as they are known; after: only those of higher numbers."""
        tracks = (track for tracks in self._tracks.values() for track in tracks)
        return [self._event(track) for track in tracks if track.number > after]

    def _pass(self, frame: int) -> list[Event]:
        """Ends what has paused for too long when `frame` begins."""
        over: list[Track] = []
        for class_id, tracks in self._tracks.items():
            late = [track for track in tracks if self._is_over(track, self._gaps[class_id], frame)]
            if late:
                over += late
                self._tracks[class_id] = [track for track in tracks if track not in late]
        return [self._event(track) for track in over if track.number]

    def _is_over(self, track: Track, gap: int, frame: int) -> bool:
        paused = frame - track.rows[-1].frame - 1 - track.hidden
        return paused > gap or (self._longest is not None and frame - track.rows[0].frame >= self._longest)

    def _event(self, track: Track) -> Event:
        return track.event(self._classes, self._config.smoothing / FRAME_SECONDS, folded=self._folded)

    def _link(self, class_id: int, rows: list[Row]) -> None:
        """The rows of one class in one frame."""
        tracks = self._tracks[class_id]
        for track in tracks:
            track.motion.advance(rows[0].frame)
        sights = [row.sight for row in rows]
        pairs = link(
            [track.motion for track in tracks],
            [track.number > 0 for track in tracks],
            sights,
            self._config.gate,
        )
        doubtful = self._hide(tracks, {track: rows[row] for row, track in pairs.items()})
        for number, row in enumerate(rows):
            if number in pairs:
                track = tracks[pairs[number]]
                track.motion.see(sights[number], MERGED_DOUBT if pairs[number] in doubtful else 1.0)
            else:
                track = Track(class_id, Motion(sights[number], row.frame, self._folded))
                self._tracks[class_id].append(track)
            track.take(row)
            self._establish(track)

    def _hide(self, tracks: list[Track], seen: dict[int, Row]) -> set[int]:
        """Lets established tracks without a row wait behind a row where they are expected to be.

        Gives the numbers of the tracks that have those rows.
        """
        shared: set[int] = set()
        for number, track in enumerate(tracks):
            if number in seen or not track.number or track.hidden >= LONGEST_HIDDEN:
                continue
            near = [
                other
                for other, row in seen.items()
                if tracks[other].number and track.motion.off(row.sight) <= MERGED
            ]
            track.hidden += bool(near)
            shared.update(near)
        return shared

    def _establish(self, track: Track) -> None:
        if not track.number and len(track.rows) >= self._minima[track.class_id]:
            self._numbers += 1
            track.number = self._numbers


def _frames(annotations: Annotations) -> Iterator[tuple[int, list[tuple[int, list[Row]]]]]:
    """The frames that have rows, each with its classes in order and their rows in the table's order."""
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
            [(class_id, [row for _, _, row in own]) for class_id, own in groupby(group, itemgetter(1))],
        )

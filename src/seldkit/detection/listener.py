"""Events of live audio, reported as they start and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.detection.detector import IDENTICAL_CHANNELS_NOTE, Detector
from seldkit.detection.event_stream import EventStream
from seldkit.media.live import LiveAudio, LostAudio
from seldkit.tracking.tracking_config import TrackingConfig

MAX_EVENT_SECONDS: Final = 3600.0
"""Length after which an event is divided, in seconds."""


@dataclass(frozen=True)
class EventUpdate:
    """An event that has just started or ended.

    Attributes:
        event: The event; times are in seconds since the start of the audio. If it has not ended, its values
            are those known so far.
        ended: Whether the event has ended.
        delay: Seconds between the arrival of the audio in which the event ended (or started, if it has not
            ended) and this update.
        time: Time of day of the onset (UTC).
    """

    event: Event
    ended: bool
    delay: float
    time: datetime


class Listener:
    """Detects the events of live audio in constant memory; an iterator over `EventUpdate`.

        with LiveAudio(RawAudio("-"), detector.sample_rate) as audio:
            for update in Listener(detector, audio):
                print(update.event.name, update.event.onset, update.delay)

    The events equal those of `Detector.detect` for a file with the same audio, in the order in which they
    end. LostAudio audio counts in the times and ends events.

    Args:
        detector: The detector.
        audio: Live audio at the sample rate and in the channel layout of the detector.
        onsets: Whether to report events also when they start.
    """

    def __init__(self, detector: Detector, audio: LiveAudio, *, onsets: bool = False) -> None:
        self._detector, self._audio = detector, audio
        self._onsets = onsets
        self._events = EventStream(detector.model.config, max_seconds=MAX_EVENT_SECONDS)
        self._frames = 0
        self._directional: bool | None = None

    @property
    def delay_range(self) -> tuple[float, float]:
        """Delay of an update after the end of an event in seconds: shortest and longest of all classes.

        The delay is that of the detector plus the longest gap within an event of the class. Computing time is
        not included, nor up to two seconds while two sources of one class share a direction.
        """
        config = self._detector.model.config
        tracking = config.tracking or TrackingConfig()
        gaps = [tracking.spans(name).gap for name in config.classes]
        return self._detector.delay + min(gaps), self._detector.delay + max(gaps)

    @property
    def notes(self) -> list[str]:
        """What users should know about the audio, one line each."""
        notes = self._audio.notes
        mono = any(note.startswith("mono") for note in notes)
        return [*notes, IDENTICAL_CHANNELS_NOTE] if self._directional is False and not mono else notes

    def __iter__(self) -> Iterator[EventUpdate]:
        segments = _Segments(self._audio)
        while segments.has_next():
            yield from self._detect(segments)
            if segments.lost is not None:
                lost_frames = round(segments.lost.end / FRAME_SECONDS) - self._frames
                self._frames += lost_frames
                yield from self._ended(self._events.skip(lost_frames))
        yield from self._ended(self._events.finish())

    def _detect(self, segment: _Segments) -> Iterator[EventUpdate]:
        for update in self._detector.stream(segment):
            self._frames += update.annotations.frame_count
            self._directional = update.directional
            yield from self._ended(self._events.push(update.annotations))
            if self._onsets:
                yield from self._started(self._events.started())

    def _ended(self, events: Iterable[Event]) -> Iterator[EventUpdate]:
        for event in events:
            yield self._update(event, event.offset, ended=True)

    def _started(self, events: Iterable[Event]) -> Iterator[EventUpdate]:
        for event in events:
            yield self._update(event, event.onset, ended=False)

    def _update(self, event: Event, until: float, *, ended: bool) -> EventUpdate:
        return EventUpdate(event, ended, self._audio.latency(until), self._audio.time_of(event.onset))


class _Segments:
    """The chunks of audio up to a loss; iterating again continues after it."""

    def __init__(self, audio: Iterable[NDArray[np.float32] | LostAudio]) -> None:
        self.lost: LostAudio | None = None
        self._items = iter(audio)
        self._finished = False

    def has_next(self) -> bool:
        """Whether there may be another segment."""
        return not self._finished

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        self.lost = None
        for item in self._items:
            if isinstance(item, LostAudio):
                self.lost = item
                return
            yield item
        self._finished = True

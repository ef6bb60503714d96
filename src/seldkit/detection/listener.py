"""The events of a sound that is still going on, told as they begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.detection.detector import Detector
from seldkit.detection.event_stream import EventStream
from seldkit.media.live import LiveAudio, LostAudio
from seldkit.tracking.tracking_config import TrackingConfig

LONGEST: Final = 3600.0
"""Seconds after which an event that goes on is told as it is, and what follows is the next one."""


@dataclass(frozen=True)
class EventUpdate:
    """What was found just now.

    event: times count from the sound's start; of one that goes on, everything is as known so far. ended:
    whether it is over. delay: seconds since that sound came with which it ended (or began, if it goes on).
    time: of day when it began (UTC).
    """

    event: Event
    ended: bool
    delay: float
    time: datetime


class Listener:
    """Hears a running sound with a detector, in constant memory: an iterator over `EventUpdate`.

        with LiveSound(RawSound("-"), detector.sample_rate) as sound:
            for news in Listener(detector, sound):
                print(news.event.name, news.event.onset, news.delay)

    The events are those that `Detector.detect` finds in a file of the same sound, in the order in which they
    end; those longer than an hour come in parts. Sound that was lost counts in the times, and ends events.

    onsets: tell events when they have begun too; such as end before that is known are told once.
    """

    def __init__(self, detector: Detector, sound: LiveAudio, *, onsets: bool = False) -> None:
        self._detector, self._sound = detector, sound
        self._onsets = onsets
        self._follower = EventStream(detector.model.config, longest=LONGEST)
        self._frames = 0
        self._directional: bool | None = None

    @property
    def promise(self) -> tuple[float, float]:
        """Seconds after its end within which an event is told, of the classes that pause least and most.

        Computing is not counted, nor two seconds more for a source that another of its class may hide.
        """
        config = self._detector.model.config
        tracking = config.tracking or TrackingConfig()
        pauses = [tracking.spans(name).gap for name in config.classes]
        return self._detector.delay + min(pauses), self._detector.delay + max(pauses)

    @property
    def notes(self) -> list[str]:
        """What a reader should know of the sound, in lines."""
        same = "both channels hold the same sound: direction cannot be told"
        notes = self._sound.notes
        mono = any(note.startswith("mono sound") for note in notes)
        return [*notes, same] if self._directional is False and not mono else notes

    def __iter__(self) -> Iterator[EventUpdate]:
        stretch = _Stretch(self._sound)
        while stretch.goes_on():
            yield from self._hear(stretch)
            if stretch.lost is not None:
                passed = round(stretch.lost.end / FRAME_SECONDS) - self._frames
                self._frames += passed
                yield from self._ended(self._follower.pass_over(passed))
        yield from self._ended(self._follower.finish())

    def _hear(self, stretch: _Stretch) -> Iterator[EventUpdate]:
        for update in self._detector.stream(stretch):
            self._frames += update.annotations.frame_count
            self._directional = update.directional
            yield from self._ended(self._follower.push(update.annotations))
            if self._onsets:
                yield from self._begun(self._follower.begun())

    def _ended(self, events: Iterable[Event]) -> Iterator[EventUpdate]:
        for event in events:
            yield EventUpdate(
                event, True, self._sound.latency(event.offset), self._sound.time_of(event.onset)
            )

    def _begun(self, events: Iterable[Event]) -> Iterator[EventUpdate]:
        for event in events:
            yield EventUpdate(
                event, False, self._sound.latency(event.onset), self._sound.time_of(event.onset)
            )


class _Stretch:
    """The chunks of a sound up to where some of it was lost, and, asked again, those after it."""

    def __init__(self, sound: Iterable[NDArray[np.float32] | LostAudio]) -> None:
        self.lost: LostAudio | None = None
        self._items = iter(sound)
        self._over = False

    def goes_on(self) -> bool:
        """Whether there may be another stretch."""
        return not self._over

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        self.lost = None
        for item in self._items:
            if isinstance(item, LostAudio):
                self.lost = item
                return
            yield item
        self._over = True

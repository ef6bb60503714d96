"""Sound between the thread that reads it and the one that hears it: so many seconds, and never more."""

import math
from collections import deque
from dataclasses import dataclass
from threading import Condition

from seldkit.media.audio_track import AudioChunk

STOP_CHECK_SECONDS = 0.1
"""Seconds after which whoever waits looks whether it is to stop: a signal's handler may take no lock."""


@dataclass(frozen=True)
class BufferedChunk:
    """A piece of sound. start: its first sample's number. due: when its last sample was to be heard, by the
    reader's clock, if the source goes on without a pause.
    """

    piece: AudioChunk
    start: int
    due: float

    @property
    def end(self) -> float:
        """Seconds since the sound's start at which it ends."""
        return self.start / self.piece.rate + self.seconds

    @property
    def seconds(self) -> float:
        """How long it is."""
        return float(self.piece.samples.shape[1] / self.piece.rate)


@dataclass(frozen=True)
class LostAudio:
    """Sound that nobody heard: from `start` to `end`, seconds since the sound's start. `end` is whole."""

    start: float
    end: float


class ChunkBuffer:
    """Keeps pieces for who takes them later.

    seconds: of sound that is kept at most. lossy: whether, when it is full, what waits is lost, so that what
    is heard next is of now; else the reader waits.
    """

    def __init__(self, seconds: float, *, lossy: bool) -> None:
        self._limit, self._lossy = seconds, lossy
        self._items: deque[BufferedChunk | LostAudio] = deque()
        self._seconds = 0.0
        self._resume = 0  # the number of the sample before which everything is lost
        self._changed = Condition()
        self._over = False
        self.stopped = False
        """Set it to end: what is there may still be taken, and nothing comes after it."""

    def put(self, arrived: BufferedChunk) -> None:
        """Keep a piece, if anybody still wants one."""
        with self._changed:
            while not self._lossy and self._seconds >= self._limit and not self.stopped:
                self._changed.wait(STOP_CHECK_SECONDS)
            if not self.stopped:
                self._keep(arrived)
            self._changed.notify_all()

    def take(self) -> BufferedChunk | LostAudio | None:
        """The next piece, waiting for it; None when there will be none."""
        with self._changed:
            while not self._items and not self._over and not self.stopped:
                self._changed.wait(STOP_CHECK_SECONDS)
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, BufferedChunk):
                self._seconds = max(0.0, self._seconds - item.seconds)
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Nothing more will be put."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _keep(self, arrived: BufferedChunk) -> None:
        if self._seconds >= self._limit:
            self._lose(arrived)
        skipped = max(0, self._resume - arrived.start)
        if skipped >= arrived.piece.samples.shape[1]:
            return
        if skipped:
            piece = AudioChunk(arrived.piece.samples[:, skipped:], arrived.piece.names, arrived.piece.rate)
            arrived = BufferedChunk(piece, self._resume, arrived.due)
        self._items.append(arrived)
        self._seconds += arrived.seconds

    def _lose(self, arrived: BufferedChunk) -> None:
        first = self._items[0]
        start = first.start if isinstance(first, LostAudio) else first.start / first.piece.rate
        end = math.ceil(arrived.start / arrived.piece.rate)
        self._items.clear()
        self._items.append(LostAudio(start, end))
        self._seconds, self._resume = 0.0, end * arrived.piece.rate

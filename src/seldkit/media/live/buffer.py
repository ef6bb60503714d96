"""Bounded buffer between the thread that reads live audio and the thread that processes it."""

import math
from collections import deque
from dataclasses import dataclass
from threading import Condition

from seldkit.media.audio_track import AudioChunk

STOP_CHECK_SECONDS = 0.1
"""Interval at which waiting threads check `ChunkBuffer.stopped`; signal handlers must not take locks."""


@dataclass(frozen=True)
class BufferedChunk:
    """Chunk of a live audio signal.

    Attributes:
        chunk: The audio.
        start: Number of the first sample since the start of the signal.
        due: Time in seconds of the reader's clock at which the last sample is due, if the source does not
            pause.
    """

    chunk: AudioChunk
    start: int
    due: float

    @property
    def end(self) -> float:
        """End of the chunk in seconds since the start of the signal."""
        return self.start / self.chunk.sample_rate + self.seconds

    @property
    def seconds(self) -> float:
        """Length of the chunk in seconds."""
        return float(self.chunk.samples.shape[1] / self.chunk.sample_rate)


@dataclass(frozen=True)
class LostAudio:
    """Audio that was dropped because processing was too slow.

    Attributes:
        start: Start in seconds since the start of the signal.
        end: End in seconds since the start of the signal, a whole second.
    """

    start: float
    end: float


class ChunkBuffer:
    """Buffer of limited length between two threads.

    Args:
        seconds: Length of the buffer in seconds.
        lossy: Behavior of a full buffer. True: its content is dropped, so that the next audio is current.
            False: the reader waits.

    Attributes:
        stopped: Set it to True to end the signal. Buffered chunks can still be taken; no others are added.
    """

    def __init__(self, seconds: float, *, lossy: bool) -> None:
        self.stopped = False
        self._limit, self._lossy = seconds, lossy
        self._items: deque[BufferedChunk | LostAudio] = deque()
        self._seconds = 0.0
        self._resume_at = 0  # number of the sample before which everything is dropped
        self._changed = Condition()
        self._closed = False

    def put(self, item: BufferedChunk) -> None:
        """Adds a chunk, waiting for space if the buffer is not lossy.

        Args:
            item: Chunk that follows the previous one.
        """
        with self._changed:
            while not self._lossy and self._seconds >= self._limit and not self.stopped:
                self._changed.wait(STOP_CHECK_SECONDS)
            if not self.stopped:
                self._add(item)
            self._changed.notify_all()

    def take(self) -> BufferedChunk | LostAudio | None:
        """Waits for the next chunk and removes it.

        Returns:
            The chunk, or the audio that was dropped before the next chunk; None at the end of the signal.
        """
        with self._changed:
            while not self._items and not self._closed and not self.stopped:
                self._changed.wait(STOP_CHECK_SECONDS)
            if not self._items:
                return None
            item = self._items.popleft()
            if isinstance(item, BufferedChunk):
                self._seconds = max(0.0, self._seconds - item.seconds)
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Ends the signal: no more chunks will be added."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, item: BufferedChunk) -> None:
        if self._seconds >= self._limit:
            self._drop_content(item)
        skipped = max(0, self._resume_at - item.start)
        if skipped >= item.chunk.samples.shape[1]:
            return
        if skipped:
            chunk = item.chunk
            rest = AudioChunk(chunk.samples[:, skipped:], chunk.channel_names, chunk.sample_rate)
            item = BufferedChunk(rest, self._resume_at, item.due)
        self._items.append(item)
        self._seconds += item.seconds

    def _drop_content(self, item: BufferedChunk) -> None:
        first = self._items[0]
        start = first.start if isinstance(first, LostAudio) else first.start / first.chunk.sample_rate
        end = math.ceil(item.start / item.chunk.sample_rate)
        self._items.clear()
        self._items.append(LostAudio(start, end))
        self._seconds, self._resume_at = 0.0, end * item.chunk.sample_rate

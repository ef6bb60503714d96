"""A running sound at one rate and in one layout, and when each moment of it came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from types import TracebackType
from typing import Final, Protocol

from seldkit.channels import STEREO, ChannelLayout, channel_layout
from seldkit.media.audio_converter import AudioConverter
from seldkit.media.audio_track import AudioChunk
from seldkit.media.live.arrival_times import ArrivalTimes
from seldkit.media.live.buffer import BufferedChunk, ChunkBuffer, LostAudio
from seldkit.types import Samples

BUFFER_SECONDS: Final = 10.0
LATE_WARNING_SECONDS: Final = 2.0
"""Seconds behind real time from which on it is said."""


class AudioSource(Protocol):
    """Where a running sound comes from: iterates over its pieces as they come.

    lossy: whether it goes on when nobody listens, as a microphone does. notes: what was odd so far.
    """

    name: str

    @property
    def lossy(self) -> bool: ...

    @property
    def notes(self) -> list[str]: ...

    def __iter__(self) -> Iterator[AudioChunk]: ...


class LiveAudio:
    """A context manager that iterates over the samples of a source, (channels, samples), as they come.

        with LiveSound(RawSound("-"), sample_rate=24000) as sound:
            for chunk in sound: ...

    A thread reads, so that at any time at most `buffer_seconds` of sound wait to be heard. Who hears too
    slowly makes the writer of a pipe wait; of a microphone, what waited is left out and a `LostAudio` stands in
    the iteration. Both are said by `warn`, in one line.

    sample_rate, layout, recorded_as: as `AudioReader` has them. clock: seconds, as `time.monotonic`.
    Raises what the source raises, on leaving: what came before can be heard.
    """

    def __init__(
        self,
        source: AudioSource,
        sample_rate: int = 24000,
        layout: str | ChannelLayout = STEREO,
        *,
        recorded_as: str | ChannelLayout | None = None,
        warn: Callable[[str], None] | None = None,
        buffer_seconds: float = BUFFER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = 0.0
        """How much of the sound has been taken so far."""
        self.lost_seconds = 0.0
        """Seconds of it that were left out."""
        self.computing_seconds = 0.0
        """Seconds that passed between taking a piece and asking for the next."""
        self._source, self._warn, self._clock = source, warn, clock
        self._adapter = AudioConverter(
            source.name,
            sample_rate,
            channel_layout(layout),
            None if recorded_as is None else channel_layout(recorded_as),
        )
        self._buffer = ChunkBuffer(buffer_seconds, lossy=source.lossy)
        self._arrivals = ArrivalTimes()
        self._said = LATE_WARNING_SECONDS
        self._failure: Exception | None = None
        self._thread = Thread(target=self._read, name="seldkit-live", daemon=True)

    def __enter__(self) -> LiveAudio:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._thread.join(1.0)  # one that waits in the system's read cannot be woken: it ends with us
        if kind is None and self._failure is not None:
            raise self._failure

    def __iter__(self) -> Iterator[Samples | LostAudio]:
        while (item := self._buffer.take()) is not None:
            begun = self._clock()
            if isinstance(item, LostAudio):
                yield self._adapter.finish()
                self._lose(item)
                yield item
            else:
                self.seconds = item.end
                self._say_if_late(item)
                yield self._adapter.push(item.piece)
            self.computing_seconds += self._clock() - begun
        yield self._adapter.finish()

    def stop(self) -> None:
        """End the sound here; what has come is still heard. May be called from a signal's handler."""
        self._buffer.stopped = True

    def latency(self, seconds: float) -> float:
        """How long ago the sound came, in seconds, that lies so many seconds after the start."""
        return max(0.0, self._clock() - self._arrivals.at(seconds))

    def time_of(self, seconds: float) -> datetime:
        """The time of day at which that sound came (UTC)."""
        return datetime.now(UTC) - timedelta(seconds=self.latency(seconds))

    @property
    def notes(self) -> list[str]:
        """What was odd so far, in lines."""
        return [*self._adapter.notes, *self._source.notes]

    def _read(self) -> None:
        try:
            samples, asked = 0, self._clock()
            for piece in self._source:
                end = (samples + piece.samples.shape[1]) / piece.rate
                due = self._arrivals.add(end, asked, self._clock())
                self._buffer.put(BufferedChunk(piece, samples, due))
                if self._buffer.stopped:
                    break
                samples, asked = samples + piece.samples.shape[1], self._clock()
        except Exception as problem:
            self._failure = problem
        finally:
            self._buffer.close()

    def _say_if_late(self, item: BufferedChunk) -> None:
        late = self._clock() - item.due
        if late < self._said:
            return
        self._said = 2 * late
        self._say(
            f"{late:.1f} s behind the sound: computing takes too long; take a smaller model or a longer delay"
        )

    def _lose(self, item: LostAudio) -> None:
        self.lost_seconds += item.end - item.start
        self._said = LATE_WARNING_SECONDS
        self._say(f"computing takes too long: {item.start:.1f} to {item.end:.1f} s of the sound are left out")

    def _say(self, line: str) -> None:
        if self._warn is not None:
            self._warn(line)

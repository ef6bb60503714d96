"""Live audio with one sampling rate and one channel layout, and its arrival times."""

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
"""Default length of the buffer."""
LATE_WARNING_SECONDS: Final = 2.0
"""Delay behind real time from which a warning is given."""
_JOIN_SECONDS: Final = 1.0


class AudioSource(Protocol):
    """Source of live audio. Iterable of chunks as they arrive.

    Attributes:
        name: Name of the source, for messages.
    """

    name: str

    @property
    def lossy(self) -> bool:
        """Whether the source continues while nothing is read, as a microphone does."""

    @property
    def notes(self) -> list[str]:
        """Problems so far, one line each."""

    def __iter__(self) -> Iterator[AudioChunk]: ...


class LiveAudio:
    """Reads live audio in a thread. Context manager and iterable of float32 arrays ``(channels, samples)``.

        with LiveAudio(RawAudio("-"), sample_rate=24000) as audio:
            for chunk in audio: ...

    At most `buffer_seconds` of audio are buffered. If processing is slower, the writer of a pipe has to wait;
    of a microphone, the buffered audio is dropped and the iteration yields a `LostAudio` in its place. Both
    are reported by `warn`.

    Args:
        source: Source of the audio.
        sample_rate: Sampling rate of the output in Hz.
        layout: Channel layout of the output, or its name, see `AudioReader`.
        recorded_as: Channel layout of a source that does not declare its layout, see `AudioReader`.
        warn: Called with each warning, one line.
        buffer_seconds: Length of the buffer in seconds.
        clock: Function that returns a monotonic time in seconds.

    Attributes:
        seconds: Length of the audio that was read so far, in seconds.
        lost_seconds: Length of the audio that was dropped so far, in seconds.
        computing_seconds: Time between reading a chunk and requesting the next one, in seconds in total.

    Raises:
        MediaError: On leaving the context, if the source failed; the audio before can be read.
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
        self.lost_seconds = 0.0
        self.computing_seconds = 0.0
        self._source, self._warn, self._clock = source, warn, clock
        source_layout = None if recorded_as is None else channel_layout(recorded_as)
        self._converter = AudioConverter(source.name, sample_rate, channel_layout(layout), source_layout)
        self._buffer = ChunkBuffer(buffer_seconds, lossy=source.lossy)
        self._arrival_times = ArrivalTimes()
        self._warning_limit = LATE_WARNING_SECONDS
        self._error: Exception | None = None
        self._thread = Thread(target=self._read, name="seldkit-live", daemon=True)

    def __enter__(self) -> LiveAudio:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._thread.join(_JOIN_SECONDS)  # a thread that waits in a system call ends with the process
        if kind is None and self._error is not None:
            raise self._error

    def __iter__(self) -> Iterator[Samples | LostAudio]:
        while (item := self._buffer.take()) is not None:
            started = self._clock()
            if isinstance(item, LostAudio):
                yield self._converter.finish()
                self._report_lost(item)
                yield item
            else:
                self.seconds = item.end
                self._warn_if_late(item)
                yield self._converter.push(item.chunk)
            self.computing_seconds += self._clock() - started
        yield self._converter.finish()

    def stop(self) -> None:
        """Ends the audio here; buffered audio is still returned. Can be called from a signal handler."""
        self._buffer.stopped = True

    def latency(self, seconds: float) -> float:
        """Returns the time since the audio at a position arrived.

        Args:
            seconds: Position in seconds since the start.

        Returns:
            Time in seconds.
        """
        return max(0.0, self._clock() - self._arrival_times.at(seconds))

    def time_of(self, seconds: float) -> datetime:
        """Returns the time of day (UTC) at which the audio at a position arrived.

        Args:
            seconds: Position in seconds since the start.

        Returns:
            Date and time.
        """
        return datetime.now(UTC) - timedelta(seconds=self.latency(seconds))

    @property
    def notes(self) -> list[str]:
        """Problems of the audio so far, one line each."""
        return [*self._converter.notes, *self._source.notes]

    def _read(self) -> None:
        try:
            samples, requested = 0, self._clock()
            for chunk in self._source:
                end = (samples + chunk.samples.shape[1]) / chunk.sample_rate
                due = self._arrival_times.add(end, requested, self._clock())
                self._buffer.put(BufferedChunk(chunk, samples, due))
                if self._buffer.stopped:
                    break
                samples, requested = samples + chunk.samples.shape[1], self._clock()
        except Exception as error:
            self._error = error
        finally:
            self._buffer.close()

    def _warn_if_late(self, item: BufferedChunk) -> None:
        late = self._clock() - item.due
        if late < self._warning_limit:
            return
        self._warning_limit = 2 * late
        self._give_warning(
            f"{late:.1f} s behind the audio: processing is too slow; use a smaller model or a longer delay"
        )

    def _report_lost(self, item: LostAudio) -> None:
        self.lost_seconds += item.end - item.start
        self._warning_limit = LATE_WARNING_SECONDS
        self._give_warning(
            f"processing is too slow: audio from {item.start:.1f} s to {item.end:.1f} s was dropped"
        )

    def _give_warning(self, line: str) -> None:
        if self._warn is not None:
            self._warn(line)

"""Decoding that goes on past damage and says how much there was."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from seldkit.media.containers import audio_stream, video_stream

if TYPE_CHECKING:
    from av.packet import Packet

MAX_READ_ERRORS = 50
"""Read errors in a row after which the rest of a file counts as lost."""
MAX_PRIMING_SECONDS = 0.1
"""Seconds below zero at which a stream may declare to start because its codec primes; decoders drop these."""
MAX_JUMP_SECONDS = 600.0
"""Seconds that timestamps may skip; more is a broken clock and not a pause."""
MAX_STEP_BACK_SECONDS = 5.0
"""Seconds that timestamps may go back and still mean an overlap; more is a clock that was set back."""


class StreamDecoder:
    """Decodes one stream frame after frame; what cannot be decoded is counted and passed over.

    damaged: packets that could not be decoded, and frames that the decoder marked as corrupt.
    stopped: why reading ended before the file did, else None.
    """

    def __init__(self, container: InputContainer, stream: Stream) -> None:
        self.damaged = 0
        self.stopped: str | None = None
        self._container, self._stream = container, stream

    def __iter__(self) -> Iterator[Any]:
        """Frames; one whose timestamp alone leaps away from its neighbours' loses that timestamp."""
        before: int | None = None
        held: Any = None
        for frame in self._decoded():
            if held is not None:
                if _strays(before, held, frame):
                    held.pts = None
                before = before if held.pts is None else held.pts
                yield held
            held = frame
        if held is not None:
            yield held

    def _decoded(self) -> Iterator[Any]:
        for packet in self._packets():
            try:
                frames = packet.decode()
            except (FFmpegError, ValueError):
                self.damaged += 1
                continue
            for frame in frames:
                self.damaged += bool(frame.is_corrupt)
                yield frame

    def _packets(self) -> Iterator[Packet[Any]]:
        failures = 0
        while failures < MAX_READ_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    yield packet
                return
            except (FFmpegError, OSError) as problem:
                failures += 1
                reason = problem.strerror or str(problem)
        self.stopped = reason


def _strays(before: int | None, frame: Any, after: Any) -> bool:
    if before is None or frame.pts is None or after.pts is None or not frame.time_base:
        return False
    limit = MAX_STEP_BACK_SECONDS / float(frame.time_base)
    return bool(abs(frame.pts - before) > limit and abs(after.pts - before) <= limit)


class StreamClock:
    """A stream's timestamps as seconds since the presentation began, mended where they jump by minutes.

    jumps: how often they did.
    """

    def __init__(self, container: InputContainer) -> None:
        self.jumps = 0
        self._origin = presentation_start(container)
        self._shift = 0.0

    def seconds(self, pts: int | None, time_base: Fraction | None, expected: float) -> float:
        """The time of a timestamp; `expected` where it has none or where it jumps."""
        if pts is None or not time_base:
            return expected
        time = float(pts * time_base - self._origin) + self._shift
        if -MAX_STEP_BACK_SECONDS <= time - expected <= MAX_JUMP_SECONDS:
            return time
        self.jumps += 1
        self._shift += expected - time
        return expected


def presentation_start(container: InputContainer) -> Fraction:
    """Seconds in the file's own time at which it begins to be heard or seen: the earlier stream's start."""
    streams: list[Stream | None] = [audio_stream(container), video_stream(container)]
    starts = [stream_start(stream) for stream in streams if stream is not None]
    return min((start for start in starts if start is not None), default=Fraction(0))


def stream_start(stream: Stream) -> Fraction | None:
    """Seconds in the file's own time at which a stream begins, without its codec's priming."""
    if stream.start_time is None or not stream.time_base:
        return None
    start = stream.start_time * stream.time_base
    return Fraction(0) if -MAX_PRIMING_SECONDS < start < 0 else start


def stream_duration(stream: Stream) -> float | None:
    """Seconds that a stream declares to last, where it does."""
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    try:  # Matroska says in a tag when it ends, as hours:minutes:seconds.
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        end = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        return end - float(stream_start(stream) or 0)
    except (KeyError, ValueError):
        return None

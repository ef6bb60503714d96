"""Decoding of one stream past damaged packets, and its timestamps as seconds since the start."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from seldkit.media.containers import audio_stream, discard_other_streams, open_media, video_stream

if TYPE_CHECKING:
    from av.packet import Packet

MAX_READ_ERRORS = 50
"""Consecutive read errors after which the rest of a file is skipped."""
MAX_PRIMING_SECONDS = 0.1
"""Largest negative start time that is the priming of a codec; decoders remove the priming."""
MAX_JUMP_SECONDS = 600.0
"""Largest forward step of timestamps that is a pause; a larger one is an error of the clock."""
MAX_OVERLAP_FRAMES = 3.0
"""Largest backward step of timestamps that is an overlap, in frames; a larger one starts a new part."""
MIN_OVERLAP_SECONDS = 0.12
"""Backward step of timestamps that is an overlap for frames of any length."""
MAX_FIRST_STEP_BACK_SECONDS = 5.0
"""Time before the start of the presentation from which the first timestamps are an error of the clock."""
UNTIMED_CONTAINERS: Final = frozenset(
    {"flac", "mp3", "aac", "ac3", "eac3", "ape", "tta", "wv", "wav", "aiff"}
)
"""Containers without timestamps, where frames cannot overlap: a backward step is always a new part."""
MAX_STRAY_SECONDS = 0.3
"""Difference to both neighbours from which the timestamp of a single frame is wrong."""
RESTART_TOLERANCE_SECONDS = 0.005
"""Difference to the first timestamp below which a timestamp that goes back is a restarted clock."""


class StreamDecoder:
    """Decodes a stream. Iterable of frames; packets that cannot be decoded are counted and skipped.

    A frame whose timestamp alone differs from those of its neighbours by more than `MAX_STRAY_SECONDS` loses
    its timestamp.

    Args:
        container: Open file.
        stream: Audio or video stream of the file.

    Attributes:
        damaged: Number of packets that could not be decoded and of frames that the decoder marked as corrupt.
        stopped: Reason why reading ended before the end of the file; None if it did not.
    """

    def __init__(self, container: InputContainer, stream: Stream) -> None:
        self.damaged = 0
        self.stopped: str | None = None
        self._container, self._stream = container, stream

    def __iter__(self) -> Iterator[Any]:
        previous_pts: int | None = None
        pending: Any = None
        for frame in self._frames():
            if pending is not None:
                if _has_wrong_timestamp(previous_pts, pending, frame):
                    pending.pts = None
                previous_pts = previous_pts if pending.pts is None else pending.pts
                yield pending
            pending = frame
        if pending is not None:
            yield pending

    def _frames(self) -> Iterator[Any]:
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
        errors = 0
        while errors < MAX_READ_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except (FFmpegError, OSError) as error:
                errors += 1
                reason = error.strerror or str(error)
        self.stopped = reason


def _has_wrong_timestamp(previous_pts: int | None, frame: Any, following: Any) -> bool:
    if previous_pts is None or frame.pts is None or following.pts is None or not frame.time_base:
        return False
    limit = MAX_STRAY_SECONDS / float(frame.time_base)
    return bool(abs(frame.pts - previous_pts) > limit and abs(following.pts - previous_pts) <= limit)


class StreamClock:
    """Converts the timestamps of a stream to seconds since the start of the presentation.

    Jumps of minutes are removed. Parts of a concatenated file, whose clock restarts, follow one another.

    Args:
        container: Open file.

    Attributes:
        jumps: Number of forward jumps so far.
        restarts: Number of restarts of the clock so far.
    """

    def __init__(self, container: InputContainer) -> None:
        self.jumps = self.restarts = 0
        self._first: float | None = None
        self._previous: float | None = None
        self._can_overlap = container.format.name not in UNTIMED_CONTAINERS
        self._origin = presentation_start(container)
        self._shift = 0.0

    def seconds(
        self, pts: int | None, time_base: Fraction | None, expected: float, duration: float = 0.1
    ) -> float:
        """Converts a timestamp.

        Args:
            pts: Timestamp in units of `time_base`; None if unknown.
            time_base: Unit in seconds; None if unknown.
            expected: Time in seconds at which the preceding frame ends.
            duration: Duration of the frame in seconds.

        Returns:
            Seconds since the start; `expected` for an unknown timestamp, at a jump and at a restart.
        """
        if pts is None or not time_base:
            return expected
        own_time = float(pts * time_base - self._origin)
        step = own_time + self._shift - expected
        restarts = self._is_restart(own_time, step, duration)
        if not restarts and -MAX_FIRST_STEP_BACK_SECONDS <= step <= MAX_JUMP_SECONDS:
            return own_time + self._shift
        self.restarts += restarts
        self.jumps += not restarts
        self._shift -= step
        return expected

    def skip(self, seconds: float) -> None:
        """Moves all later times back.

        Args:
            seconds: Length of a pause that is left out, in seconds.
        """
        self._shift -= seconds

    def _is_restart(self, own_time: float, step: float, duration: float) -> bool:
        """Whether a timestamp goes back to the first one, or by more than an overlap."""
        previous, self._previous = self._previous, own_time
        if self._first is None or previous is None:
            self._first = own_time
            return False
        if own_time >= previous or step >= 0:
            return False
        is_at_start = abs(own_time - self._first) <= RESTART_TOLERANCE_SECONDS
        max_overlap = max(MIN_OVERLAP_SECONDS, MAX_OVERLAP_FRAMES * duration)
        return is_at_start or not self._can_overlap or step < -max_overlap


def presentation_start(container: InputContainer) -> Fraction:
    """Returns the start of the presentation.

    Args:
        container: Open file.

    Returns:
        Earlier start of the audio and the video stream, in seconds of the file's own time.
    """
    audio, video = audio_stream(container), video_stream(container)
    starts = [stream_start(stream) for stream in (audio, video) if stream is not None]
    if audio is not None and _has_late_start(container, audio):
        starts[0] = _first_frame_start(container, audio)
    return min((start for start in starts if start is not None), default=Fraction(0))


def _has_late_start(container: InputContainer, stream: AudioStream) -> bool:
    """Whether the start time may be too late: FFmpeg 8 counts the priming of Opus at a wrong rate."""
    start = stream_start(stream)
    is_opus = container.format.name.startswith("matroska") and stream.codec_context.name in (
        "opus",
        "libopus",
    )
    return is_opus and start is not None and 0 < start < MAX_PRIMING_SECONDS


def _first_frame_start(container: InputContainer, stream: AudioStream) -> Fraction | None:
    """Timestamp of the first decoded frame, read from the file opened again."""
    with open_media(container.name.removeprefix("file:")) as copy:
        source = copy.streams[stream.index]
        discard_other_streams(copy, source)
        for frame in StreamDecoder(copy, source):
            if frame.pts is not None and frame.time_base:
                return Fraction(frame.pts * frame.time_base)
            break
    return stream_start(stream)


def stream_start(stream: Stream) -> Fraction | None:
    """Returns the start of a stream without the priming of its codec.

    Args:
        stream: Audio or video stream.

    Returns:
        Start in seconds of the file's own time; None if unknown.
    """
    if stream.start_time is None or not stream.time_base:
        return None
    start = stream.start_time * stream.time_base
    return Fraction(0) if -MAX_PRIMING_SECONDS < start < 0 else start


def stream_duration(stream: Stream) -> float | None:
    """Returns the declared duration of a stream.

    Args:
        stream: Audio or video stream.

    Returns:
        Duration in seconds; None if the file does not declare it.
    """
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    try:  # Matroska stores the end in a tag, as hours:minutes:seconds.
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        end = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        return end - float(stream_start(stream) or 0)
    except (KeyError, ValueError):
        return None

"""Video frames at given times, by the timestamps of the file."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import SideData
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from seldkit.errors import MediaError
from seldkit.media.containers import (
    MAX_PIXELS,
    discard_other_streams,
    open_media,
    printable,
    require_size,
    require_video,
)
from seldkit.media.projection import FrontView
from seldkit.media.stream_decoder import StreamClock, StreamDecoder, stream_duration
from seldkit.types import ImageArray

TIMESTAMP_TOLERANCE_SECONDS = 1e-3
"""Time before its timestamp at which a frame is already used; containers round timestamps to milliseconds."""
MAX_MISSING_SECONDS = 0.5
"""Difference to the declared duration above which a video counts as truncated."""
DEFAULT_FRAME_RATE_HZ = 25
"""Frame rate of videos that do not declare it."""
MAX_FRAME_SECONDS = 1.0
"""Longest assumed duration of the last frame."""


@dataclass(frozen=True)
class VideoFrame:
    """Image that is displayed at a time.

    Attributes:
        time: Time in seconds since the start of the presentation.
        image: RGB image, uint8 of shape ``(height, width, 3)``.
    """

    time: float
    image: ImageArray


def iter_frames(
    path: str | Path,
    rate: float = 10.0,
    times: Iterable[float] | None = None,
    size: tuple[int, int] | None = None,
    view: FrontView | None = None,
) -> FrameReader:
    """Reads the frames of a video that are displayed at given times.

    For each time, the last frame that starts by then is returned, or the first frame for times before it. The
    frame rate of the video, constant or variable, has no influence. The iterator ends with the last frame,
    even if the audio is longer or more times are requested. Memory does not grow with the length of the file.

    Args:
        path: Path of the file.
        rate: Frames per second, from the start of the presentation, which is the earlier of the starts of
            audio and video, as for `AudioReader`.
        times: Ascending times in seconds; they replace `rate`.
        size: Width and height of the images in pixels, after the rotation that the file declares. The aspect
            ratio may change. None: the size of the video, where pixels that are not square stay as stored.
        view: View that is extracted from spherical video instead of the frames; its camera determines the
            size.

    Returns:
        An iterator with the attribute `notes` and the method `close`.

    Raises:
        MediaError: While iterating, if there is no video that can be decoded.
        ValueError: If the rate or the size is out of range.
    """
    if times is None and not rate > 0:
        raise ValueError(f"expected a rate above 0, got {rate}")
    if size is not None and not (min(size) > 0 and size[0] * size[1] <= MAX_PIXELS):
        raise ValueError(f"expected a size of at most {MAX_PIXELS} pixels, got {size}")
    requested = (number / rate for number in count()) if times is None else iter(times)
    return FrameReader(Path(path), requested, size, view)


class FrameReader(Iterator[VideoFrame]):
    """Iterator over video frames, as returned by `iter_frames`.

    Args:
        path: Path of the file.
        times: Ascending times in seconds.
        size: Width and height of the images in pixels; None: the size of the video.
        view: View that is extracted from spherical video; None: the frames.

    Attributes:
        notes: Problems of the video so far, one line each.
    """

    def __init__(
        self,
        path: Path,
        times: Iterator[float],
        size: tuple[int, int] | None,
        view: FrontView | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._view = view
        self._path, self._times, self._size = path, times, size
        self._frames = self._read()

    def __next__(self) -> VideoFrame:
        return next(self._frames)

    def close(self) -> None:
        """Closes the file before the end of the iteration."""
        self._frames.close()

    def _read(self) -> Generator[VideoFrame, None, None]:
        with open_media(self._path) as container:
            frames = TimedFrames(container, self._path)
            try:
                yield from self._select(frames)
            finally:
                self.notes += frames.notes()

    def _select(self, frames: TimedFrames) -> Iterator[VideoFrame]:
        converter = _ImageConverter(self._path, self._size if self._view is None else None)
        time = next(self._times, None)
        for frame in frames:
            image: ImageArray | None = None
            while time is not None and time < frame.end - TIMESTAMP_TOLERANCE_SECONDS:
                if image is None:
                    image = converter.convert(frame.raw)
                    image = image if self._view is None else self._view.extract(image)
                yield VideoFrame(time, image)
                time = next(self._times, None)
            if time is None:
                frames.stop_early()
                return


@dataclass(frozen=True)
class TimedFrame:
    """Decoded frame and the time at which it is displayed, in seconds since the start of the presentation.

    Attributes:
        raw: Decoded frame of PyAV.
        start: Start in seconds.
        end: End in seconds.
    """

    raw: av.VideoFrame
    start: float
    end: float


class TimedFrames:
    """Decodes the video of an open file. Iterable of `TimedFrame` in the order of their timestamps.

    Args:
        container: Open file.
        path: Path of the file, for messages.

    Attributes:
        count: Number of frames so far.
        backwards: Number of frames that were skipped because their timestamps go back.
        start: Start of the first frame in seconds.
        end: End of the last frame so far in seconds.
        shortest: Shortest time between two frames so far in seconds.
        longest: Longest time between two frames so far in seconds.

    Raises:
        MediaError: On construction or while iterating, if there is no video that can be decoded.
    """

    def __init__(self, container: InputContainer, path: Path) -> None:
        self._path = path
        self._stream: VideoStream = require_video(container, path)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        discard_other_streams(container, self._stream)
        self._has_exact_duration = container.format.name.split(",")[0] in ("mov", "matroska", "avi")
        self._decoder = StreamDecoder(container, self._stream)
        self._clock = StreamClock(container)
        rate = self._stream.average_rate or self._stream.guessed_rate or DEFAULT_FRAME_RATE_HZ
        self._frame_seconds = min(MAX_FRAME_SECONDS, 1.0 / float(rate))
        self._read_to_end = True
        self.count = self.backwards = 0
        self.start = self.end = self._last_start = 0.0
        self.shortest, self.longest = float("inf"), 0.0

    @property
    def damaged(self) -> int:
        """Number of damaged packets and frames so far."""
        return self._decoder.damaged

    def stop_early(self) -> None:
        """Declares that the remaining frames are not read, so that they are not reported as missing."""
        self._read_to_end = False

    def __iter__(self) -> Iterator[TimedFrame]:
        pending: tuple[av.VideoFrame, float] | None = None
        for frame in self._decoder:
            expected = 0.0 if pending is None else pending[1] + self._frame_seconds
            time = self._clock.seconds(frame.pts, frame.time_base, expected, self._frame_seconds)
            if pending is not None and time <= pending[1]:
                self.backwards += 1
                continue
            if pending is not None:
                yield self._timed(*pending, time)
            pending = (frame, time)
        if pending is None:
            raise MediaError(f"{printable(self._path)}: none of its video frames can be decoded")
        last, start = pending
        duration = last.duration and last.time_base and float(last.duration * last.time_base)
        yield self._timed(last, start, start + (duration or self._frame_seconds))

    def _timed(self, frame: av.VideoFrame, start: float, end: float) -> TimedFrame:
        if not self.count:
            self.start = start
        else:
            step = start - self._last_start
            self._frame_seconds = min(MAX_FRAME_SECONDS, step)
            self.shortest, self.longest = min(self.shortest, step), max(self.longest, step)
        self._last_start = start
        self.count += 1
        self.end = end
        return TimedFrame(frame, start, end)

    def notes(self) -> list[str]:
        """Describes the problems of the video so far.

        Returns:
            One line per problem.
        """
        notes = []
        if self.start > self._frame_seconds:
            notes.append(
                f"the video starts {self.start:.2f} s after the audio: its first frame is displayed before"
            )
        if self._decoder.damaged:
            notes.append(f"{self._decoder.damaged} damaged video frame(s): skipped or decoded in part")
        if self.backwards:
            notes.append(f"{self.backwards} video frame(s) with decreasing timestamps skipped")
        if self._clock.jumps:
            notes.append(f"the video timestamps jump {self._clock.jumps} time(s): treated as continuous")
        if self._clock.restarts:
            notes.append(f"the clock of the video restarts {self._clock.restarts} time(s): parts are joined")
        return notes + self._end_notes()

    def _end_notes(self) -> list[str]:
        if self._decoder.stopped:
            return [f"reading of the video stopped at {self.end:.2f} s: {self._decoder.stopped}"]
        declared = stream_duration(self._stream)
        if not (self._read_to_end and self._has_exact_duration and self.count) or declared is None:
            return []
        if self.start + declared - self.end <= max(MAX_MISSING_SECONDS, 2 * self.longest):
            return []
        return [f"the video ends at {self.end:.2f} s, declared are {declared:.2f} s: truncated or damaged"]


def orientation(frame: av.VideoFrame) -> tuple[int, bool]:
    """Reads the orientation of a frame from the display matrix that phones write.

    Args:
        frame: Decoded frame.

    Returns:
        Number of counter-clockwise quarter turns that make the frame upright, rounded, and whether it is then
        mirrored.
    """
    data = cast("SideData | None", frame.side_data.get("DISPLAYMATRIX"))
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    mirrored = a * d - b * c < 0
    if mirrored:
        a = -a
    return int(np.rint(-np.degrees(np.arctan2(b, a)) / 90.0)) % 4, mirrored


class _ImageConverter:
    """Converts decoded frames to upright RGB images of one size, with one scaler for all of them."""

    def __init__(self, path: Path, size: tuple[int, int] | None) -> None:
        self._path, self._size = path, size
        self._scaler = VideoReformatter()

    def convert(self, frame: av.VideoFrame) -> ImageArray:
        require_size(self._path, frame.width, frame.height)
        turns, mirrored = orientation(frame)
        width, height = self._size or (None, None)
        if turns % 2:
            width, height = height, width
        shrinks = width is not None and width < frame.width
        interpolation = "AREA" if shrinks else "BICUBIC"
        try:
            scaled = self._scaler.reformat(frame, width, height, "rgb24", interpolation=interpolation)
        except (FFmpegError, ValueError) as error:
            raise MediaError(
                f"{printable(self._path)}: a video frame cannot be converted to RGB ({error})"
            ) from None
        image = np.rot90(scaled.to_ndarray(), turns)
        return np.ascontiguousarray(image[:, ::-1] if mirrored else image)

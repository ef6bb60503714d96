"""The pictures of a video at chosen times, by the file's timestamps."""

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
from seldkit.media.stream_decoder import StreamClock, StreamDecoder, stream_duration
from seldkit.types import ImageArray

TIMESTAMP_TOLERANCE_SECONDS = 1e-3
"""Seconds within which a frame counts as begun: containers round timestamps to milliseconds."""
MAX_MISSING_SECONDS = 0.5
"""Seconds of a declared length that may be absent before a video counts as truncated."""


@dataclass(frozen=True)
class VideoFrame:
    """What is on screen at a time: seconds since the presentation's start, picture (height, width, 3) RGB."""

    time: float
    image: ImageArray


def iter_frames(
    path: str | Path,
    rate: float = 10.0,
    times: Iterable[float] | None = None,
    size: tuple[int, int] | None = None,
) -> FrameReader:
    """The pictures that are on screen at the asked times, as an iterator with `.notes` and `.close()`.

    rate: pictures a second, from the presentation's start on (where the earlier of sound and picture begins,
        as for `AudioReader`). times: or these times, in seconds, ascending.
    size: (width, height) to scale to, whatever the aspect; the video's own by default. Pixels that are not
        square stay as they are stored. Both are meant after the rotation that a phone asks for.

    For a time the last frame that began by then is given (before the first frame: the first), so the video's
    own rate, fixed or not, does not matter. The iterator ends where the picture does, at the end of its last
    frame, even where the sound goes on or more times are asked. Memory does not grow with the file.
    Raises MediaError, while iterating, where there is no video that can be decoded.
    """
    if times is None and not rate > 0:
        raise ValueError(f"expected a rate above 0, got {rate}")
    if size is not None and not (min(size) > 0 and size[0] * size[1] <= MAX_PIXELS):
        raise ValueError(f"expected a size of at most {MAX_PIXELS} pixels, got {size}")
    asked = (number / rate for number in count()) if times is None else iter(times)
    return FrameReader(Path(path), asked, size)


class FrameReader(Iterator[VideoFrame]):
    """What `iter_frames` gives: an iterator of `VideoFrame`, and in `notes` what was lost or odd so far."""

    def __init__(self, path: Path, times: Iterator[float], size: tuple[int, int] | None) -> None:
        self.notes: list[str] = []
        self._path, self._times, self._size = path, times, size
        self._frames = self._read()

    def __next__(self) -> VideoFrame:
        return next(self._frames)

    def close(self) -> None:
        """Close the file before the iterator has ended."""
        self._frames.close()

    def _read(self) -> Generator[VideoFrame, None, None]:
        with open_media(self._path) as container:
            shown = TimedFrames(container, self._path)
            try:
                yield from self._pick(shown)
            finally:
                self.notes += shown.notes()

    def _pick(self, shown: TimedFrames) -> Iterator[VideoFrame]:
        painter = _Painter(self._path, self._size)
        asked = next(self._times, None)
        for frame in shown:
            picture: ImageArray | None = None
            while asked is not None and asked < frame.end - TIMESTAMP_TOLERANCE_SECONDS:
                if picture is None:
                    picture = painter.paint(frame.raw)
                yield VideoFrame(asked, picture)
                asked = next(self._times, None)
            if asked is None:
                shown.cut_short()
                return


@dataclass(frozen=True)
class TimedFrame:
    """A decoded frame and when it is on screen, in seconds since the presentation's start."""

    raw: av.VideoFrame
    start: float
    end: float


class TimedFrames:
    """Iterates over the frames of an open file's video in the order of their timestamps.

    count, start, end: of the frames so far; shortest, longest: seconds between two frames so far.
    """

    def __init__(self, container: InputContainer, path: Path) -> None:
        self._path = path
        self._stream: VideoStream = require_video(container, path)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        discard_other_streams(container, self._stream)
        self._indexed = container.format.name.split(",")[0] in ("mov", "matroska", "avi")
        self._decoder = StreamDecoder(container, self._stream)
        self._clock = StreamClock(container)
        rate = self._stream.average_rate or self._stream.guessed_rate or 25
        self._usual = min(1.0, 1.0 / float(rate))
        self._whole = True
        self.count = self.backwards = 0
        self.start = self.end = self._last = 0.0
        self.shortest, self.longest = float("inf"), 0.0

    @property
    def damaged(self) -> int:
        """Packets and frames so far that were damaged."""
        return self._decoder.damaged

    def cut_short(self) -> None:
        """No more is wanted: what follows is not missing."""
        self._whole = False

    def __iter__(self) -> Iterator[TimedFrame]:
        held: tuple[av.VideoFrame, float] | None = None
        for frame in self._decoder:
            expected = 0.0 if held is None else held[1] + self._usual
            time = self._clock.seconds(frame.pts, frame.time_base, expected)
            if held is not None and time <= held[1]:
                self.backwards += 1
                continue
            if held is not None:
                yield self._shown(*held, time)
            held = (frame, time)
        if held is None:
            raise MediaError(f"{printable(self._path)}: none of its pictures can be decoded")
        duration = held[0].duration and held[0].time_base and float(held[0].duration * held[0].time_base)
        yield self._shown(*held, held[1] + (duration or self._usual))

    def _shown(self, frame: av.VideoFrame, start: float, end: float) -> TimedFrame:
        if not self.count:
            self.start = start
        else:
            step = start - self._last
            self._usual = min(1.0, step)
            self.shortest, self.longest = min(self.shortest, step), max(self.longest, step)
        self._last = start
        self.count += 1
        self.end = end
        return TimedFrame(frame, start, end)

    def notes(self) -> list[str]:
        """What was lost or odd so far, in lines."""
        found = []
        if self.start > self._usual:
            found.append(
                f"the picture begins {self.start:.2f} s after the sound: its first frame is shown before"
            )
        if self._decoder.damaged:
            found.append(
                f"{self._decoder.damaged} damaged picture(s): left out or shown as far as they could be read"
            )
        if self.backwards:
            found.append(f"{self.backwards} picture(s) with timestamps that go back left out")
        if self._clock.jumps:
            found.append(f"the pictures' timestamps jump {self._clock.jumps} time(s): taken as continuous")
        return found + self._ending()

    def _ending(self) -> list[str]:
        if self._decoder.stopped:
            return [f"reading of the picture stopped at {self.end:.2f} s: {self._decoder.stopped}"]
        declared = stream_duration(self._stream)
        if not (self._whole and self._indexed and self.count) or declared is None:
            return []
        if self.start + declared - self.end <= max(MAX_MISSING_SECONDS, 2 * self.longest):
            return []
        return [f"the picture ends at {self.end:.2f} s of {declared:.2f} s declared: truncated or damaged"]


def orientation(frame: av.VideoFrame) -> tuple[int, bool]:
    """How a frame is to be turned to be upright: quarter turns counter-clockwise, then whether mirrored.

    From the display matrix that phones write; angles between are taken to the nearest quarter.
    """
    data = cast("SideData | None", frame.side_data.get("DISPLAYMATRIX"))
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    mirrored = a * d - b * c < 0
    if mirrored:
        a = -a
    return int(np.rint(-np.degrees(np.arctan2(b, a)) / 90.0)) % 4, mirrored


class _Painter:
    """Turns decoded frames into upright RGB arrays of one size, with one scaler for all of them."""

    def __init__(self, path: Path, size: tuple[int, int] | None) -> None:
        self._path, self._size = path, size
        self._scaler = VideoReformatter()

    def paint(self, frame: av.VideoFrame) -> ImageArray:
        require_size(self._path, frame.width, frame.height)
        turns, mirrored = orientation(frame)
        width, height = self._size or (None, None)
        if turns % 2:
            width, height = height, width
        shrinks = width is not None and width < frame.width
        try:
            scaled = self._scaler.reformat(
                frame, width, height, "rgb24", interpolation="AREA" if shrinks else "BICUBIC"
            )
        except (FFmpegError, ValueError) as problem:
            raise MediaError(
                f"{printable(self._path)}: a picture cannot be converted to RGB ({problem})"
            ) from None
        picture = np.rot90(scaled.to_ndarray(), turns)
        return np.ascontiguousarray(picture[:, ::-1] if mirrored else picture)

"""Conversion of segments of a 360° video to perspective videos, decoded once for all of them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from av import VideoFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from seldkit.annotations import FRAME_SECONDS
from seldkit.conversion.video_file import VideoFileWriter
from seldkit.errors import MediaError
from seldkit.geometry import Camera
from seldkit.media.containers import (
    MAX_PIXELS,
    discard_other_streams,
    open_media,
    printable,
    require_size,
    require_video,
)
from seldkit.media.equirectangular import opencv, perspective_maps
from seldkit.media.stream_decoder import StreamDecoder, presentation_start
from seldkit.media.video import MAX_MISSING_SECONDS
from seldkit.types import ImageArray


@dataclass(frozen=True)
class PerspectiveClip:
    """A perspective video to be written.

    Attributes:
        start: First frame of 100 ms.
        frames: Duration in frames of 100 ms.
        view: Rotation of the scene to the left in degrees.
        camera: Size and field of view.
        path: File to write.
    """

    start: int
    frames: int
    view: int
    camera: Camera
    path: Path


def write_perspective_clips(video: Path, clips: Sequence[PerspectiveClip]) -> None:
    """Writes perspective videos of segments of a 360° video, without audio, at its frame rate.

    The first frame is the one of the source that begins nearest to the start of the segment; the next ones
    follow by the timestamps of the source. At a constant frame rate, these are the frames of the official
    generator. If the source ends slightly too early, its last frame is repeated.

    Args:
        video: 360° video.
        clips: Videos to write. Those that overlap are written at the same time.

    Raises:
        MediaError: The video cannot be read, is too short, or a file cannot be written. No incomplete files
            remain.
    """
    with open_media(video) as container:
        stream = require_video(container, video)
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise MediaError(f"{printable(video)}: expected a video with a frame rate; convert it to MP4")
        writers = sorted((_ClipWriter(clip, Fraction(rate)) for clip in clips), key=lambda writer: writer.due)
        with ExitStack() as files:
            files.push(lambda *problem: _close_all(writers, *problem))
            frames = _displayed_frames(container, stream, video, float(writers[0].due))
            if not _write_all(writers, frames, video):
                raise MediaError(
                    f"{printable(video)}: expected video frames up to {float(writers[-1].end):.1f} s, as the "
                    "file declares, got fewer; it is truncated: copy it again"
                )


class _ClipWriter:
    """Writer of one perspective video."""

    def __init__(self, clip: PerspectiveClip, rate: Fraction) -> None:
        self._clip, self._rate = clip, rate
        self._first = round(clip.start * FRAME_SECONDS * float(rate))
        self._total = max(1, round(clip.frames * FRAME_SECONDS * float(rate)))
        self._count = 0
        self._file: VideoFileWriter | None = None
        self._maps: tuple[Any, Any] | None = None

    @property
    def is_done(self) -> bool:
        """Whether all frames are written."""
        return self._count == self._total

    @property
    def due(self) -> Fraction:
        """Middle of the display time of the next frame, in seconds of the source."""
        return (self._first + self._count + Fraction(1, 2)) / self._rate

    @property
    def end(self) -> Fraction:
        """End of the last frame, in seconds of the source."""
        return (self._first + self._total) / self._rate

    def write_until(self, image: ImageArray, end: float) -> None:
        """Writes a frame of the source for as long as it is displayed."""
        if self._file is None:
            self._file = VideoFileWriter(self._clip.path, self._rate).__enter__()
        view = self._project(image)
        while not self.is_done and self.due < end:
            self._file.write(view)
            self._count += 1
        if self.is_done:
            self.close()

    def _project(self, image: ImageArray) -> ImageArray:
        cv2 = opencv()
        if self._maps is None:  # not cached globally: as many views alternate as there are writers
            size = image.shape[1], image.shape[0]
            x, y = perspective_maps(self._clip.camera, float(self._clip.view), size)
            self._maps = cv2.convertMaps(x.astype(np.float32), y.astype(np.float32), cv2.CV_16SC2)
        view: ImageArray = cv2.remap(image, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return view

    def close(self, *problem: Any) -> None:
        """Finishes the file, or removes it after an exception."""
        file, self._file = self._file, None
        if file is not None:
            file.__exit__(*(problem or (None, None, None)))


def _close_all(writers: Sequence[_ClipWriter], *problem: Any) -> None:
    for writer in writers:
        writer.close(*problem)


def _write_all(
    writers: Sequence[_ClipWriter], frames: Iterator[tuple[VideoFrame, float]], video: Path
) -> bool:
    """Writes all videos; False if the source ends too early."""
    scaler = VideoReformatter()
    remaining = list(writers)
    frame, end = None, 0.0
    for frame, end in frames:
        due = [writer for writer in remaining if writer.due < end]
        if due:
            image = _rgb(scaler, frame, video)
            for writer in due:
                writer.write_until(image, end)
            remaining = [writer for writer in remaining if not writer.is_done]
        if not remaining:
            return True
    if frame is None or max(writer.end for writer in remaining) > end + MAX_MISSING_SECONDS:
        return False
    for writer in remaining:
        writer.write_until(_rgb(scaler, frame, video), float("inf"))
    return True


def _displayed_frames(
    container: InputContainer, stream: VideoStream, video: Path, start: float
) -> Iterator[tuple[VideoFrame, float]]:
    """Decoded frames that are displayed from `start` on, each with the end of its display time."""
    stream.thread_type = "AUTO"
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    discard_other_streams(container, stream)
    frame_seconds = 1.0 / float(stream.average_rate or 25)
    previous: tuple[VideoFrame, float] | None = None
    for frame, time in _decoded(container, stream, start, frame_seconds):
        if previous is not None and time <= previous[1]:
            continue
        if previous is not None and time > start:
            yield previous[0], time
        previous = (frame, time)
    if previous is None:
        raise MediaError(f"{printable(video)}: none of its video frames can be decoded")
    yield previous[0], previous[1] + frame_seconds


def _decoded(
    container: InputContainer, stream: VideoStream, start: float, frame_seconds: float
) -> Iterator[tuple[VideoFrame, float]]:
    """Frames and their times from a frame before `start` on, or from the first one if seeking fails."""
    origin = presentation_start(container)
    for begin in (start, 0.0):
        container.seek(int((Fraction(begin) + origin) / (stream.time_base or 1)), stream=stream)
        time, is_late = -frame_seconds, True
        for frame in StreamDecoder(container, stream):
            has_time = frame.pts is not None and frame.time_base
            time = float(frame.pts * frame.time_base - origin) if has_time else time + frame_seconds
            if is_late and begin and time > start:
                break  # the index of the file is inaccurate
            is_late = False
            yield frame, time
        if not is_late:
            return


def _rgb(scaler: VideoReformatter, frame: VideoFrame, video: Path) -> ImageArray:
    require_size(video, frame.width, frame.height)
    try:
        image: Any = scaler.reformat(frame, format="rgb24").to_ndarray()
    except (FFmpegError, ValueError) as problem:
        message = f"{printable(video)}: a video frame cannot be converted to RGB ({problem})"
        raise MediaError(message) from None
    return np.ascontiguousarray(image, dtype=np.uint8)

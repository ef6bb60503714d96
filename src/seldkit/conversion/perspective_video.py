"""The pictures of stretches of a 360° video, as perspective videos: decoded once for all of them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
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
    """A perspective video to be.

    start: its first frame of 100 ms. frames: its length in those. view: degrees that the scene turns to the
    left.
    """

    start: int
    frames: int
    view: int
    camera: Camera
    path: Path


def write_perspective_clips(video: Path, shots: Sequence[PerspectiveClip]) -> None:
    """Write perspective videos of some stretches of a 360° video, without sound, at its own rate.

    The first picture is the source's that begins nearest to the stretch's start; the next ones follow by
    the source's timestamps. At a fixed rate these are the pictures that the official generator counts off.
    Where the source's last picture ends a little early, it stays. Memory is that of the shots that overlap.
    Raises MediaError; files that are not finished are then not there.
    """
    with open_media(video) as container:
        stream = require_video(container, video)
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise MediaError(
                f"{printable(video)}: expected a video with a rate of pictures; convert it to MP4"
            )
        takes = sorted((_Take(shot, Fraction(rate)) for shot in shots), key=lambda take: take.due)
        with ExitStack() as files:
            files.push(lambda *problem: _close(takes, *problem))
            if not _expose(takes, _shown(container, stream, video, float(takes[0].due)), video):
                raise MediaError(
                    f"{printable(video)}: expected pictures up to {float(takes[-1].end):.1f} s, as the file "
                    "declares, got fewer; it is truncated: copy it again"
                )


class _Take:
    """One perspective video while it is written."""

    def __init__(self, shot: PerspectiveClip, rate: Fraction) -> None:
        self._shot, self._rate = shot, rate
        self._first = round(shot.start * FRAME_SECONDS * float(rate))
        self._total = max(1, round(shot.frames * FRAME_SECONDS * float(rate)))
        self._count = 0
        self._file: VideoFileWriter | None = None
        self._maps: tuple[Any, Any] | None = None

    @property
    def done(self) -> bool:
        """Whether all pictures are written."""
        return self._count == self._total

    @property
    def due(self) -> Fraction:
        """In the middle of the time, in seconds of the source, at which the next picture is on screen."""
        return (self._first + self._count + Fraction(1, 2)) / self._rate

    @property
    def end(self) -> Fraction:
        """When the last picture ends, in seconds of the source."""
        return (self._first + self._total) / self._rate

    def expose(self, picture: ImageArray, until: float) -> None:
        """Take a picture of the source for as long as it is on screen."""
        if self._file is None:
            self._file = VideoFileWriter(self._shot.path, self._rate).__enter__()
        view = self._view(picture)
        while not self.done and self.due < until:
            self._file.write(view)
            self._count += 1
        if self.done:
            self.close()

    def _view(self, picture: ImageArray) -> ImageArray:
        cv2 = opencv()
        if self._maps is None:  # kept here: as many views alternate as there are takes
            size = picture.shape[1], picture.shape[0]
            x, y = perspective_maps(self._shot.camera, float(self._shot.view), size)
            self._maps = cv2.convertMaps(x.astype(np.float32), y.astype(np.float32), cv2.CV_16SC2)
        view: ImageArray = cv2.remap(picture, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return view

    def close(self, *problem: Any) -> None:
        """Finish the file, or remove it where there is a problem."""
        file, self._file = self._file, None
        if file is not None:
            file.__exit__(*(problem or (None, None, None)))


def _close(takes: Sequence[_Take], *problem: Any) -> None:
    for take in takes:
        take.close(*problem)


def _expose(takes: Sequence[_Take], shown: Iterator[tuple[Any, float]], video: Path) -> bool:
    """Write all takes; False where the source ends too early."""
    scaler = VideoReformatter()
    left = list(takes)
    raw, end = None, 0.0
    for raw, end in shown:
        due = [take for take in left if take.due < end]
        if due:
            picture = _rgb(scaler, raw, video)
            for take in due:
                take.expose(picture, end)
            left = [take for take in left if not take.done]
        if not left:
            return True
    if raw is None or max(take.end for take in left) > end + MAX_MISSING_SECONDS:
        return False
    for take in left:
        take.expose(_rgb(scaler, raw, video), float("inf"))
    return True


def _shown(
    container: InputContainer, stream: VideoStream, video: Path, start: float
) -> Iterator[tuple[Any, float]]:
    """Decoded pictures that are on screen from `start` on, each with the time at which it ends."""
    stream.thread_type = "AUTO"
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    discard_other_streams(container, stream)
    usual = 1.0 / float(stream.average_rate or 25)
    held: tuple[Any, float] | None = None
    for frame, time in _decoded(container, stream, start, usual):
        if held is not None and time <= held[1]:
            continue
        if held is not None and time > start:
            yield held[0], time
        held = (frame, time)
    if held is None:
        raise MediaError(f"{printable(video)}: none of its pictures can be decoded")
    yield held[0], held[1] + usual


def _decoded(
    container: InputContainer, stream: VideoStream, start: float, usual: float
) -> Iterator[tuple[Any, float]]:
    """Pictures and their times, from one that is on screen before `start`; else from the first one."""
    origin = presentation_start(container)
    for begin in (start, 0.0):
        container.seek(int((Fraction(begin) + origin) / (stream.time_base or 1)), stream=stream)
        time, missed = -usual, True
        for frame in StreamDecoder(container, stream):
            stamped = frame.pts is not None and frame.time_base
            time = float(frame.pts * frame.time_base - origin) if stamped else time + usual
            if missed and begin and time > start:
                break  # the file's index led too far
            missed = False
            yield frame, time
        if not missed:
            return


def _rgb(scaler: VideoReformatter, raw: Any, video: Path) -> ImageArray:
    require_size(video, raw.width, raw.height)
    try:
        picture: Any = scaler.reformat(raw, format="rgb24").to_ndarray()
    except (FFmpegError, ValueError) as problem:
        raise MediaError(f"{printable(video)}: a picture cannot be converted to RGB ({problem})") from None
    return np.ascontiguousarray(picture, dtype=np.uint8)

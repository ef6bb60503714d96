"""A video's frames as planes to draw on: upright, of one even size, with square pixels, in their colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame as RawFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from seldkit.errors import MediaError
from seldkit.media.containers import printable, require_size
from seldkit.media.video import TimedFrame, TimedFrames, orientation
from seldkit.render.yuv_canvas import Paint, Plane, YuvCanvas

_WEIGHTS: Final = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}
"""Of red and blue in the luma, by FFmpeg's number of the matrix: BT.709 and BT.2020; BT.601 else."""
_BT709, _BT601, _UNKNOWN, _FULL = 1, 6, 2, 2
_SQUEEZE: Final = 4
"""Pixels more oblong than this are a mistake of the header."""


@dataclass(frozen=True)
class Colours:
    """What a file says of its colours, in FFmpeg's numbers: range, matrix, primaries, transfer."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    def paint(self, height: int) -> Paint:
        """The same for drawing; where the matrix is not said, the height of the picture tells it."""
        unsaid = _BT709 if height >= 720 else _BT601
        matrix = unsaid if self.matrix in (0, _UNKNOWN) else self.matrix
        return Paint(*_WEIGHTS.get(matrix, (0.299, 0.114)), full=self.range == _FULL)


@dataclass(frozen=True)
class TimedPicture:
    """Planes and when they are on screen, in seconds since the presentation's start."""

    planes: YuvCanvas
    start: float
    end: float


class UprightPictures:
    """Iterates over a video's pictures, all of the first one's size.

    Turned as phones ask for; pixels that are not square are stretched; an odd size is filled up by repeating
    the last column or row. `colours` are known from the first picture on.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, path: Path) -> None:
        self._path = path
        self._shown = TimedFrames(container, path)
        self._squeeze = _squeeze(stream)
        self._scaler = VideoReformatter()
        self._stored: tuple[int, int] | None = None
        self.colours = Colours(1, _UNKNOWN, _UNKNOWN, _UNKNOWN)

    @property
    def notes(self) -> list[str]:
        """What was lost or odd so far, in lines."""
        return self._shown.notes()

    def __iter__(self) -> Iterator[TimedPicture]:
        for frame in self._shown:
            if self._stored is None:
                self._measure(frame)
            yield TimedPicture(self._upright(frame.raw), frame.start, frame.end)

    def _measure(self, frame: TimedFrame) -> None:
        raw: Any = frame.raw
        require_size(self._path, raw.width, raw.height)
        width, height = raw.width * max(1, self._squeeze), raw.height / min(1, self._squeeze)
        self._stored = max(1, round(width)), max(1, round(height))
        require_size(self._path, *self._stored)
        if raw.format.is_rgb:
            self.colours = Colours(1, _BT709 if raw.height >= 720 else _BT601, _UNKNOWN, _UNKNOWN)
        else:
            full = raw.format.name.startswith("yuvj") or int(raw.color_range) == _FULL
            named_colours = (int(raw.colorspace), int(raw.color_primaries), int(raw.color_trc))
            self.colours = Colours(_FULL if full else 1, *named_colours)

    def _upright(self, frame: RawFrame) -> YuvCanvas:
        turns, mirrored = orientation(frame)
        planes = []
        for plane in _planes(self._stored_as_first(frame)):
            turned = np.rot90(plane, turns)
            planes.append(turned[:, ::-1] if mirrored else turned)
        first, second, third = planes
        return YuvCanvas((first, second, third))

    def _stored_as_first(self, frame: RawFrame) -> RawFrame:
        assert self._stored is not None
        if frame.format.name in ("yuv420p", "yuvj420p") and (frame.width, frame.height) == self._stored:
            return frame
        target = "yuvj420p" if frame.format.name.startswith("yuvj") else "yuv420p"
        matrix = self.colours.matrix if frame.format.is_rgb else None
        try:
            return self._scaler.reformat(frame, *self._stored, target, dst_colorspace=matrix)
        except (FFmpegError, ValueError) as problem:
            raise MediaError(
                f"{printable(self._path)}: a picture cannot be converted to YUV 4:2:0 ({problem})"
            ) from None


def canvas_on(frame: RawFrame) -> YuvCanvas:
    """The planes of a frame of even size, to write into."""
    first, second, third = _planes(frame)
    return YuvCanvas((first, second, third))


def _planes(frame: RawFrame) -> Iterator[Plane]:
    for plane, step in zip(frame.planes, (1, 2, 2), strict=True):
        width, height = -(-frame.width // step), -(-frame.height // step)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
        if step == 1 and (width % 2 or height % 2):
            rows = np.pad(rows, ((0, height % 2), (0, width % 2)), mode="edge")
        yield rows


def _squeeze(stream: VideoStream) -> Fraction | int:
    """How many times as wide as high a pixel is."""
    squeeze = stream.sample_aspect_ratio
    if not squeeze or not Fraction(1, _SQUEEZE) <= squeeze <= _SQUEEZE:
        return 1
    return squeeze

"""Video frames as planes to draw on: upright, of one even size, with square pixels, in their colour space."""

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

LUMA_WEIGHTS: Final = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}
"""Weights of red and blue in the luma by FFmpeg's matrix number: BT.709 and BT.2020."""
BT601_LUMA_WEIGHTS: Final = (0.299, 0.114)
"""Weights of red and blue for all other matrices."""
MIN_HD_HEIGHT_PX: Final = 720
"""Frame height from which an undeclared matrix is taken to be BT.709 instead of BT.601."""
MAX_PIXEL_ASPECT_RATIO: Final = 4
"""Larger pixel aspect ratios are ignored as errors of the header."""
_BT709, _BT601, _UNKNOWN, _FULL_RANGE, _LIMITED_RANGE = 1, 6, 2, 2, 1


@dataclass(frozen=True)
class ColourSpace:
    """Colour properties of a video, as FFmpeg's numbers.

    Attributes:
        range: Range of the luma.
        matrix: Conversion matrix between RGB and YUV.
        primaries: Colour primaries.
        transfer: Transfer characteristics.
    """

    range: int
    matrix: int
    primaries: int
    transfer: int

    def paint(self, height: int) -> Paint:
        """Returns the conversion of RGB to this colour space.

        Args:
            height: Height of the frames in pixels, which determines an undeclared matrix.

        Returns:
            Conversion for drawing.
        """
        default = _BT709 if height >= MIN_HD_HEIGHT_PX else _BT601
        matrix = default if self.matrix in (0, _UNKNOWN) else self.matrix
        return Paint(*LUMA_WEIGHTS.get(matrix, BT601_LUMA_WEIGHTS), full=self.range == _FULL_RANGE)


@dataclass(frozen=True)
class TimedCanvas:
    """A video frame and its presentation time.

    Attributes:
        canvas: Planes of the frame.
        start: Start in seconds from the start of the recording.
        end: End in seconds from the start of the recording.
    """

    canvas: YuvCanvas
    start: float
    end: float


class UprightFrames:
    """Iterator over the frames of a video in the size of the first one.

    Frames are rotated as declared. Frames with non-square pixels are stretched. An odd size is padded by
    repeating the last column or row.

    Args:
        container: Open video file.
        stream: Video stream to decode.
        path: Path of the file, for error messages.
        max_size: Longer and shorter side in pixels to which frames are scaled down. None: their own size.

    Attributes:
        colours: Colour space, known after the first frame.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        path: Path,
        max_size: tuple[int, int] | None = None,
    ) -> None:
        self._path, self._max_size = path, max_size
        self._frames = TimedFrames(container, path)
        self._pixel_aspect_ratio = _pixel_aspect_ratio(stream)
        self._scaler = VideoReformatter()
        self._stored_size: tuple[int, int] | None = None
        self.colours = ColourSpace(_LIMITED_RANGE, _UNKNOWN, _UNKNOWN, _UNKNOWN)

    @property
    def notes(self) -> list[str]:
        """Remarks on damaged or missing frames so far, one line each."""
        return self._frames.notes()

    def __iter__(self) -> Iterator[TimedCanvas]:
        for frame in self._frames:
            if self._stored_size is None:
                self._read_properties(frame)
            yield TimedCanvas(self._upright(frame.raw), frame.start, frame.end)

    def _read_properties(self, frame: TimedFrame) -> None:
        raw: Any = frame.raw
        require_size(self._path, raw.width, raw.height)
        width = raw.width * max(1, self._pixel_aspect_ratio)
        height = raw.height / min(1, self._pixel_aspect_ratio)
        scale = 1.0
        if self._max_size is not None:
            sides = max(width, height), min(width, height)
            scale = min(1.0, self._max_size[0] / sides[0], self._max_size[1] / sides[1])
        self._stored_size = max(1, round(width * scale)), max(1, round(height * scale))
        require_size(self._path, *self._stored_size)
        if raw.format.is_rgb:
            matrix = _BT709 if raw.height >= MIN_HD_HEIGHT_PX else _BT601
            self.colours = ColourSpace(_LIMITED_RANGE, matrix, _UNKNOWN, _UNKNOWN)
        else:
            full = raw.format.name.startswith("yuvj") or int(raw.color_range) == _FULL_RANGE
            declared = (int(raw.colorspace), int(raw.color_primaries), int(raw.color_trc))
            self.colours = ColourSpace(_FULL_RANGE if full else _LIMITED_RANGE, *declared)

    def _upright(self, frame: RawFrame) -> YuvCanvas:
        rotations, mirrored = orientation(frame)
        planes = []
        for plane in _planes(self._in_first_format(frame)):
            rotated = np.rot90(plane, rotations)
            planes.append(rotated[:, ::-1] if mirrored else rotated)
        first, second, third = planes
        return YuvCanvas((first, second, third))

    def _in_first_format(self, frame: RawFrame) -> RawFrame:
        assert self._stored_size is not None
        if frame.format.name in ("yuv420p", "yuvj420p") and (frame.width, frame.height) == self._stored_size:
            return frame
        target = "yuvj420p" if frame.format.name.startswith("yuvj") else "yuv420p"
        matrix = self.colours.matrix if frame.format.is_rgb else None
        try:
            return self._scaler.reformat(frame, *self._stored_size, target, dst_colorspace=matrix)
        except (FFmpegError, ValueError) as problem:
            raise MediaError(
                f"{printable(self._path)}: a video frame cannot be converted to YUV 4:2:0 ({problem})"
            ) from None


def canvas_of(frame: RawFrame) -> YuvCanvas:
    """Returns the planes of a frame of even size, which share its memory.

    Args:
        frame: Frame in yuv420p.

    Returns:
        Canvas to draw on.
    """
    first, second, third = _planes(frame)
    return YuvCanvas((first, second, third))


def _planes(frame: RawFrame) -> Iterator[Plane]:
    for plane, step in zip(frame.planes, (1, 2, 2), strict=True):
        width, height = -(-frame.width // step), -(-frame.height // step)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
        if step == 1 and (width % 2 or height % 2):
            rows = np.pad(rows, ((0, height % 2), (0, width % 2)), mode="edge")
        yield rows


def _pixel_aspect_ratio(stream: VideoStream) -> Fraction | int:
    """Returns width divided by height of a pixel."""
    ratio = stream.sample_aspect_ratio
    if not ratio or not Fraction(1, MAX_PIXEL_ASPECT_RATIO) <= ratio <= MAX_PIXEL_ASPECT_RATIO:
        return 1
    return ratio

"""Writer of video files that accepts single frames, for several files at the same time."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
from av.error import FFmpegError

from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.media.containers import printable
from seldkit.media.media_writer import REPRODUCIBLE_X264_OPTIONS
from seldkit.types import ImageArray

_OPTIONS: Final = {"crf": "23", "preset": "veryfast", **REPRODUCIBLE_X264_OPTIONS}


class VideoFileWriter:
    """Writes an MP4 file (H.264, yuv420p) without audio. Used as a context manager.

    The file is created at the end of the block; after an exception, there is none.

    Args:
        path: File to write.
        rate: Video frames per second.

    Raises:
        MediaError: The file cannot be written.
    """

    def __init__(self, path: Path, rate: Fraction) -> None:
        self._path, self._rate = path, rate
        self._stack = ExitStack()
        self._output: Any = None
        self._stream: Any = None
        self._count = 0

    def __enter__(self) -> Self:
        temporary = self._stack.enter_context(replacing(self._path))
        try:
            options = {"movflags": "+faststart"}
            self._output = self._stack.enter_context(av.open(f"file:{temporary}", "w", options=options))
        except (FFmpegError, OSError) as problem:
            self._stack.__exit__(type(problem), problem, None)
            raise self._error(problem) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._stream is not None:
                self._output.mux(self._stream.encode(None))
        except (FFmpegError, OSError) as late:
            self._stack.__exit__(type(late), late, None)
            raise self._error(late) from None
        self._stack.__exit__(kind, problem, traceback)

    def write(self, image: ImageArray) -> None:
        """Appends a frame.

        Args:
            image: RGB image, uint8, shape ``(height, width, 3)`` with even height and width.

        Raises:
            MediaError: The file cannot be written.
        """
        if self._stream is None:
            self._add_stream(image)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = self._count, 1 / self._rate
        try:
            self._output.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as problem:
            raise self._error(problem) from None
        self._count += 1

    def _add_stream(self, image: ImageArray) -> None:
        self._stream = self._output.add_stream("libx264", rate=self._rate, options=dict(_OPTIONS))
        self._stream.height, self._stream.width = image.shape[:2]
        self._stream.pix_fmt = "yuv420p"

    def _error(self, problem: Exception) -> MediaError:
        reason = getattr(problem, "strerror", None) or problem
        return MediaError(f"{printable(self._path)}: cannot be written ({reason})")

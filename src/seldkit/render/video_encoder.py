"""H.264 encoding of frames at their own times, playable in browsers and on phones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.container import OutputContainer

from seldkit.render.video_planes import ColourSpace, canvas_of
from seldkit.render.yuv_canvas import YuvCanvas

MAX_TIME_BASE_SECONDS: Final = Fraction(1, 10_000)
"""Maximum resolution of presentation times in seconds."""
FRAME_RATE_RANGE_HZ: Final = (1, 240)
"""Plausible frame rates. Other declared rates are ignored by the rate control of the encoder."""
DEFAULT_FRAME_RATE_HZ: Final = Fraction(25)
X264_OPTIONS: Final = {"preset": "veryfast", "crf": "20", "profile": "high", "bf": "0"}
"""Encoder options. Without B-frames, because MP4 files of variable frame rate would otherwise declare a wrong
duration: it is the sum of the decoding times."""
KEY_FRAME_SECONDS: Final = 2
"""Time between key frames in seconds."""


class VideoEncoder:
    """Video stream of a file that is being written.

    Args:
        output: File to add the stream to.
        size: Width and height in pixels, even.
        rate: Approximate frame rate in Hz, None if unknown.
        time_base: Time base of the source in seconds.
        colours: Colour space of the frames.

    Attributes:
        frame_count: Number of frames written so far.
    """

    def __init__(
        self,
        output: OutputContainer,
        size: tuple[int, int],
        rate: Fraction | None,
        time_base: Fraction,
        colours: ColourSpace,
    ) -> None:
        self._output, self._size = output, size
        self._time_base = time_base / -(-time_base // MAX_TIME_BASE_SECONDS)
        lowest, highest = FRAME_RATE_RANGE_HZ
        rate = rate if rate and lowest <= rate <= highest else DEFAULT_FRAME_RATE_HZ
        options = X264_OPTIONS | {"g": str(round(KEY_FRAME_SECONDS * rate))}
        self._stream: Any = output.add_stream("libx264", rate=rate, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        encoder = self._stream.codec_context
        encoder.time_base = self._time_base
        encoder.color_range, encoder.colorspace = colours.range, colours.matrix
        encoder.color_primaries, encoder.color_trc = colours.primaries, colours.transfer
        self._durations: dict[int, int] = {}
        self.frame_count, self._last_pts = 0, -1
        self._frame: Any = None

    def new_frame(self) -> YuvCanvas:
        """Creates the next frame.

        Returns:
            Canvas to draw on, with undefined content.
        """
        self._frame = av.VideoFrame(*self._size, "yuv420p")
        return canvas_of(self._frame)

    def write(self, start: float, end: float) -> None:
        """Writes the frame that `new_frame` created.

        Args:
            start: Start of the presentation in seconds.
            end: End of the presentation in seconds.
        """
        pts = max(self._last_pts + 1, round(start / self._time_base))
        self._last_pts, self.frame_count = pts, self.frame_count + 1
        self._durations[pts] = max(1, round(end / self._time_base) - pts)
        self._frame.pts, self._frame.time_base = pts, self._time_base
        self._mux(self._stream.encode(self._frame))

    def finish(self) -> None:
        """Writes the frames that the encoder has buffered."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, packet.duration or 0)
            self._output.mux(packet)

"""Encoding pictures at their own times as H.264 that browsers and phones play."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.container import OutputContainer

from seldkit.render.video_planes import Colours, canvas_on
from seldkit.render.yuv_canvas import YuvCanvas

FINEST: Final = Fraction(1, 10_000)
"""Seconds to which times are kept at least."""
RATES: Final = (1, 240)
"""Pictures a second that a file can mean seriously, for the encoder's rate control."""
QUALITY: Final = {"preset": "veryfast", "crf": "20", "profile": "high", "bf": "0"}
"""No B-pictures: with them MP4 says a wrong length where the rate varies, for it adds up decoding times."""


class VideoEncoder:
    """The video stream of a file that is being written.

    size: width and height in pixels, even. rate: pictures a second, roughly; base: seconds of the source's
    clock, in which times are whole numbers. pictures: how many were written.
    """

    def __init__(
        self,
        output: OutputContainer,
        size: tuple[int, int],
        rate: Fraction | None,
        base: Fraction,
        colours: Colours,
    ) -> None:
        self._output, self._size = output, size
        self._base = base / -(-base // FINEST)
        rate = rate if rate and RATES[0] <= rate <= RATES[1] else Fraction(25)
        # A picture to begin with every two seconds, so that players jump quickly.
        options = QUALITY | {"g": str(round(2 * rate))}
        self._stream: Any = output.add_stream("libx264", rate=rate, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        encoder = self._stream.codec_context
        encoder.time_base = self._base
        encoder.color_range, encoder.colorspace = colours.range, colours.matrix
        encoder.color_primaries, encoder.color_trc = colours.primaries, colours.transfer
        self._durations: dict[int, int] = {}
        self.pictures, self._last = 0, -1
        self._frame: Any = None

    def blank(self) -> YuvCanvas:
        """The next picture, to draw on."""
        self._frame = av.VideoFrame(*self._size, "yuv420p")
        return canvas_on(self._frame)

    def write(self, start: float, end: float) -> None:
        """Write the picture that `blank` gave, on screen from `start` to `end`, in seconds."""
        pts = max(self._last + 1, round(start / self._base))
        self._last, self.pictures = pts, self.pictures + 1
        self._durations[pts] = max(1, round(end / self._base) - pts)
        self._frame.pts, self._frame.time_base = pts, self._base
        self._mux(self._stream.encode(self._frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, packet.duration or 0)
            self._output.mux(packet)

"""Timeline panel that scrolls with the video: events as bars in lanes and a line at the current time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.render import marker_shapes
from seldkit.render.fonts import font, one_line
from seldkit.render.palette import class_colour_on_dark
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.render.yuv_canvas import Paint, YuvCanvas, even, rgba

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

VISIBLE_SECONDS: Final = 12.0
"""Time visible in a panel that is 34 font sizes wide; wider panels show more."""
CURRENT_TIME_POSITION: Final = 0.6
"""Horizontal position of the current time, 0 to 1 of the width."""
MAX_LANES: Final = 6
MAX_NAME_CHARACTERS: Final = 28
_MIN_LANES: Final = 3
_PANEL_WIDTH_EM: Final = 34
_MAX_NAME_WIDTH_EM: Final = 40
_TICK = (64, 70, 80)
_WHITE_YUV = (235, 128, 128)


class ScrollingTimeline:
    """Draws the timeline into panels of one size.

    The timeline is drawn in tiles as wide as the panel. Only a few are cached, so that memory does not grow
    with the duration of the recording.

    Args:
        trajectories: Events to draw.
        paint: Colour space of the video.
        width: Width of the panel in pixels, even.
        height: Height of the panel in pixels, even.
        font_size: Height of the letters in pixels.
    """

    def __init__(
        self, trajectories: Trajectories, paint: Paint, width: int, height: int, font_size: int
    ) -> None:
        self._trajectories, self._paint = trajectories, paint
        self._width, self._height, self._font_size = width, height, font_size
        self._pixels_per_second = _PANEL_WIDTH_EM * font_size / VISIBLE_SECONDS
        lanes = (trajectory.lane + 1 for trajectory in trajectories.all)
        self._lanes = min(MAX_LANES, max([_MIN_LANES, *lanes]))
        self._tile = lru_cache(maxsize=4)(self._draw_tile)
        self._line_width = max(2, even(font_size / 8))

    def draw(self, panel: YuvCanvas, time: float) -> None:
        """Draws the timeline around a time.

        Args:
            panel: Panel to draw on.
            time: Time in seconds.
        """
        left = even(time * self._pixels_per_second - CURRENT_TIME_POSITION * self._width)
        first, offset = divmod(left, self._width)
        for number, x in ((first, 0), (first + 1, self._width - offset)):
            begin = offset if number == first else 0
            length = self._width - offset if number == first else offset
            if length:
                tile = self._tile(number).crop(begin, 0, length, self._height)
                panel.crop(x, 0, length, self._height).copy_from(tile)
        x = even(CURRENT_TIME_POSITION * self._width)
        line = panel.crop(x, 0, self._line_width, self._height)
        for plane, value in zip(line.planes, _WHITE_YUV, strict=True):
            plane[:] = value

    def _draw_tile(self, number: int) -> YuvCanvas:
        """Draws the tile that starts at `number` widths; names may extend over several tiles."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (self._width, self._height), marker_shapes.BACKGROUND)
        draw = ImageDraw.Draw(image, "RGBA")
        start, end = (edge * self._width / self._pixels_per_second for edge in (number, number + 1))
        self._draw_seconds(draw, start, end)
        # The name of an earlier event may extend into this tile.
        reach = _MAX_NAME_WIDTH_EM * self._font_size / self._pixels_per_second
        for trajectory in self._trajectories.between(start - reach, end):
            self._draw_bar(draw, trajectory, start)
        return self._paint.image(image)

    def _draw_seconds(self, draw: ImageDraw, start: float, end: float) -> None:
        small = font(max(7, round(0.72 * self._font_size)))
        for second in range(max(0, int(start) - 2), int(end) + 1):
            x = round((second - start) * self._pixels_per_second)
            has_label = second % 5 == 0
            top = 0 if has_label else self._height - round(0.3 * self._font_size)
            draw.line((x, top, x, self._height), fill=_TICK, width=1)
            if has_label:
                text = f"{second // 60}:{second % 60:02d}"
                position = (x + 3, self._height - 2)
                draw.text(position, text, fill=rgba(marker_shapes.GREY), font=small, anchor="ls")

    def _draw_bar(self, draw: ImageDraw, trajectory: Trajectory, start: float) -> None:
        event = trajectory.event
        step = (self._height - self._font_size) / self._lanes
        top = 1 + step * (trajectory.lane % self._lanes)
        left, right = ((time - start) * self._pixels_per_second for time in (event.onset, event.offset))
        right = max(right, left + 2)
        if right >= 0:
            bar = (max(left, -9.0), top, min(right, self._width + 9.0), top + step - 3)
            draw.rounded_rectangle(bar, radius=2, fill=rgba(class_colour_on_dark(event.class_id)))
        self._draw_name(draw, event.name, left, right, top, step)

    def _draw_name(
        self, draw: ImageDraw, name: str, left: float, right: float, top: float, step: float
    ) -> None:
        """Writes the name into the bar, repeatedly if the bar is long, or after a bar that is too short."""
        name = one_line(name, MAX_NAME_CHARACTERS)
        name_font = font(round(max(7, min(0.8 * self._font_size, step - 4))), name)
        width = name_font.getlength(name)
        fits = width + 6 <= right - left
        colour = rgba(marker_shapes.BACKGROUND if fits else marker_shapes.WHITE)
        period = VISIBLE_SECONDS / 2 * self._pixels_per_second
        count = max(1, int(np.ceil((right - left - width) / period))) if fits else 1
        for repeat in range(count):
            x = left + 4 + repeat * period if fits else right + 4
            if -_MAX_NAME_WIDTH_EM * self._font_size < x < self._width:
                draw.text((x, top + (step - 3) / 2), name, fill=colour, font=name_font, anchor="lm")

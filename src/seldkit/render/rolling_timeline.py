"""A timeline that rolls by: events as bars in lanes, a line where the present is."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from seldkit.render import marker_shapes
from seldkit.render.fonts import font, one_line
from seldkit.render.palette import on_dark
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.render.yuv_canvas import Paint, YuvCanvas, even, rgba

SECONDS = 12.0
"""How much is in view at a width of 34 letters' heights; wider panels show more."""
PRESENT = 0.6
"""Where the present is in the width."""
LANES = 6
_LEAST_LANES = 3
_TICK = (64, 70, 80)


class RollingTimeline:
    """Draws the timeline into panels of one size.

    The strip of all time is drawn in pieces as wide as the panel, of which a few are kept, so that memory
    does not grow with the recording.
    """

    def __init__(self, courses: Trajectories, paint: Paint, width: int, height: int, size: int) -> None:
        self._courses, self._paint = courses, paint
        self._width, self._height, self._size = width, height, size
        self._pace = 34 * size / SECONDS  # pixels a second
        self._lanes = min(LANES, max([_LEAST_LANES, *(course.lane + 1 for course in courses.all)]))
        self._piece = lru_cache(maxsize=4)(self._draw_piece)
        self._line = max(2, even(size / 8))

    def draw(self, panel: YuvCanvas, time: float) -> None:
        """Draw the strip around a time in seconds."""
        left = even(time * self._pace - PRESENT * self._width)
        first, offset = divmod(left, self._width)
        for number, x in ((first, 0), (first + 1, self._width - offset)):
            begin = offset if number == first else 0
            length = self._width - offset if number == first else offset
            if length:
                piece = self._piece(number).part(begin, 0, length, self._height)
                panel.part(x, 0, length, self._height).put(piece)
        present = panel.part(even(PRESENT * self._width), 0, self._line, self._height)
        for plane, value in zip(present.planes, (235, 128, 128), strict=True):
            plane[:] = value

    def _draw_piece(self, number: int) -> YuvCanvas:
        """The strip from `number` widths on; names are written across the borders of pieces."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (self._width, self._height), marker_shapes.GROUND)
        pencil = ImageDraw.Draw(image, "RGBA")
        start, end = (place * self._width / self._pace for place in (number, number + 1))
        self._draw_seconds(pencil, start, end)
        # A name may reach in from before: the widest is as wide as 40 letters.
        for course in self._courses.between(start - 40 * self._size / self._pace, end):
            self._draw_bar(pencil, course, start, end)
        return self._paint.picture(image)

    def _draw_seconds(self, pencil: Any, start: float, end: float) -> None:
        small = font(max(7, round(0.72 * self._size)))
        for second in range(max(0, int(start) - 2), int(end) + 1):
            x = round((second - start) * self._pace)
            named = second % 5 == 0
            top = 0 if named else self._height - round(0.3 * self._size)
            pencil.line((x, top, x, self._height), fill=_TICK, width=1)
            if named:
                clock = f"{second // 60}:{second % 60:02d}"
                spot = (x + 3, self._height - 2)
                pencil.text(spot, clock, fill=rgba(marker_shapes.GREY), font=small, anchor="ls")

    def _draw_bar(self, pencil: Any, course: Trajectory, start: float, end: float) -> None:
        event = course.event
        step = (self._height - self._size) / self._lanes
        top = 1 + step * (course.lane % self._lanes)
        left, right = ((moment - start) * self._pace for moment in (event.onset, event.offset))
        right = max(right, left + 2)
        if right >= 0:
            bar = (max(left, -9.0), top, min(right, self._width + 9.0), top + step - 3)
            pencil.rounded_rectangle(bar, radius=2, fill=rgba(on_dark(event.class_id)))
        name = one_line(event.name, 28)
        letters = font(round(max(7, min(0.8 * self._size, step - 4))), name)
        fits = letters.getlength(name) + 6 <= right - left
        colour = rgba(marker_shapes.GROUND if fits else marker_shapes.WHITE)
        # The name is said again where a long event goes on.
        often = SECONDS / 2 * self._pace
        count = max(1, int(np.ceil((right - left - letters.getlength(name)) / often))) if fits else 1
        for repeat in range(count):
            x = left + 4 + repeat * often if fits else right + 4
            if -40 * self._size < x < self._width:
                pencil.text((x, top + (step - 3) / 2), name, fill=colour, font=letters, anchor="lm")

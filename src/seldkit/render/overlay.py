"""All that is drawn over and beneath a picture, and where."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from seldkit.annotations import Event
from seldkit.render import marker_shapes
from seldkit.render.markers import Markers
from seldkit.render.rolling_timeline import RollingTimeline
from seldkit.render.top_view import TopView
from seldkit.render.trajectories import Trajectories
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas, even
from seldkit.visual_sources import VisualSources

PANEL_LETTERS = 7.5
"""Height of the panels beneath the picture, in heights of letters."""
LEAST_WIDTH = 160
"""Pixels of width without which there are no panels."""


def letter_size(width: int, height: int) -> int:
    """Pixels of letters that can be read on a picture: 14 at 640 × 360, and no fewer than 9."""
    return max(9, round(14 * sqrt(width * height) / 480))


class Overlay:
    """Draws events on pictures of one (even) size, with panels beneath: timeline, and view from above.

    causes: what was seen to make the sounds of some, to be marked in the pictures.
    width, height: of the whole in pixels. panels: whether there was room for those that were asked for.
    """

    def __init__(
        self,
        events: Sequence[Event],
        size: tuple[int, int],
        lens: ViewProjection,
        paint: Paint,
        *,
        causes: VisualSources | None = None,
        fan: bool = True,
        timeline: bool = True,
    ) -> None:
        courses = Trajectories(events, causes)
        self.width, self._picture_height = size
        letters = letter_size(*size)
        self._markers = Markers(courses, lens, paint, self.width, letters)
        self.panels = not (fan or timeline) or self.width >= LEAST_WIDTH
        height = even(PANEL_LETTERS * letters) if (fan or timeline) and self.panels else 0
        self.height = self._picture_height + height
        self._fan = self._timeline = None
        field = lens.field if lens.flat else None
        if fan and height:
            self._fan = TopView(courses, paint, height, letters, field)
        self._beside = self.width - (self._fan.width if self._fan else 0)
        if timeline and height:
            self._timeline = RollingTimeline(courses, paint, self._beside, height, letters)
        self._ground = paint.plain(marker_shapes.GROUND, self.width, height)

    def draw(self, canvas: YuvCanvas, time: float) -> None:
        """Draw what sounds at a time in seconds; the picture is there already, the panels are not."""
        self._markers.draw(canvas.part(0, 0, self.width, self._picture_height), time)
        if self.height == self._picture_height:
            return
        panels = canvas.part(0, self._picture_height, self.width, self.height - self._picture_height)
        if self._timeline:
            self._timeline.draw(panels.part(0, 0, self._beside, panels.height), time)
        else:
            panels.put(self._ground)
        if self._fan:
            x = self._beside if self._timeline else even(self._beside / 2)
            self._fan.draw(panels.part(x, 0, self._fan.width, panels.height), time)

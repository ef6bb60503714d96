"""Layout of an annotated frame: markers on the video, timeline and top view below it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

from seldkit.annotations import Event
from seldkit.render import marker_shapes
from seldkit.render.markers import Markers
from seldkit.render.scrolling_timeline import ScrollingTimeline
from seldkit.render.top_view import TopView
from seldkit.render.trajectories import Trajectories
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas, even
from seldkit.visual_sources import VisualSources

PANEL_HEIGHT_EM: Final = 7.5
"""Height of the panels in multiples of the font size."""
MIN_PANEL_WIDTH_PX: Final = 160
"""Minimum width of the video for which panels are drawn."""
MIN_FONT_SIZE_PX: Final = 9


def font_size_for(width: int, height: int) -> int:
    """Returns a legible font size for a frame size: 14 pixels at 640 × 360.

    Args:
        width: Width in pixels.
        height: Height in pixels.

    Returns:
        Height of the letters in pixels, at least 9.
    """
    return max(MIN_FONT_SIZE_PX, round(14 * sqrt(width * height) / 480))


class Overlay:
    """Draws events on frames of one size, with panels below them.

    Args:
        events: Events to draw.
        size: Width and height of the video frames in pixels, even.
        projection: Projection of directions onto the frames.
        paint: Colour space of the frames.
        visual_sources: Visual detections of the sources of some events.
        top_view: Whether to draw the top view.
        timeline: Whether to draw the timeline.

    Attributes:
        width: Width of the annotated frame in pixels.
        height: Height of the annotated frame with its panels in pixels.
        panels_fit: False if panels were requested but the frame is too narrow for them.
    """

    def __init__(
        self,
        events: Sequence[Event],
        size: tuple[int, int],
        projection: ViewProjection,
        paint: Paint,
        *,
        visual_sources: VisualSources | None = None,
        top_view: bool = True,
        timeline: bool = True,
    ) -> None:
        trajectories = Trajectories(events, visual_sources)
        self.width, self._video_height = size
        font_size = font_size_for(*size)
        self._markers = Markers(trajectories, projection, paint, self.width, font_size)
        has_panels = top_view or timeline
        self.panels_fit = not has_panels or self.width >= MIN_PANEL_WIDTH_PX
        height = even(PANEL_HEIGHT_EM * font_size) if has_panels and self.panels_fit else 0
        self.height = self._video_height + height
        self._top_view = self._timeline = None
        field = projection.field_of_view if projection.is_perspective else None
        if top_view and height:
            self._top_view = TopView(trajectories, paint, height, font_size, field)
        self._timeline_width = self.width - (self._top_view.width if self._top_view else 0)
        if timeline and height:
            self._timeline = ScrollingTimeline(trajectories, paint, self._timeline_width, height, font_size)
        self._background = paint.plain(marker_shapes.BACKGROUND, self.width, height)

    def draw(self, canvas: YuvCanvas, time: float) -> None:
        """Draws the events that are active at a time, and the panels.

        Args:
            canvas: Annotated frame that contains the video frame.
            time: Time in seconds.
        """
        self._markers.draw(canvas.crop(0, 0, self.width, self._video_height), time)
        if self.height == self._video_height:
            return
        panels = canvas.crop(0, self._video_height, self.width, self.height - self._video_height)
        if self._timeline:
            self._timeline.draw(panels.crop(0, 0, self._timeline_width, panels.height), time)
        else:
            panels.copy_from(self._background)
        if self._top_view:
            x = self._timeline_width if self._timeline else even(self._timeline_width / 2)
            self._top_view.draw(panels.crop(x, 0, self._top_view.width, panels.height), time)

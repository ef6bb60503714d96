"""Events on the video frame: markers with labels at their azimuths, trails, and arrows at the edges."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from seldkit.render import marker_shapes
from seldkit.render.fonts import MAX_LABEL_CHARACTERS
from seldkit.render.palette import class_colour_on_dark
from seldkit.render.trajectories import Trajectories, Trajectory, TrajectoryPoint
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas, YuvSprite, even
from seldkit.text_format import azimuth_text, distance_text
from seldkit.types import Floats

LABEL_UPDATE_SECONDS: Final = 0.2
"""Time for which the numbers of a label stay constant, so that they can be read."""
TRAIL_SECONDS: Final = 1.5
"""Time for which past positions are drawn."""
LANE_HEIGHTS: Final = (0.40, 0.60, 0.22, 0.79, 0.06)
"""Vertical positions (0 to 1 of the frame height) of markers without an elevation, by lane."""


class Markers:
    """Draws markers of events on frames of one size.

    Args:
        trajectories: Events and their positions.
        projection: Projection of directions onto the frame.
        paint: Colour space of the frames.
        width: Width of the frames in pixels.
        font_size: Height of the letters in pixels.
    """

    def __init__(
        self,
        trajectories: Trajectories,
        projection: ViewProjection,
        paint: Paint,
        width: int,
        font_size: int,
    ) -> None:
        self._max_length = min(MAX_LABEL_CHARACTERS, max(8, int(width / (0.65 * font_size)) - 4))
        self._trajectories, self._projection = trajectories, projection
        self._paint, self._font_size = paint, font_size
        # Caches of the instance, so that they are freed with it.
        self._label_sprite = lru_cache(maxsize=256)(self._draw_label)
        self._shape = lru_cache(maxsize=256)(self._draw_shape)
        self._ink = lru_cache(maxsize=256)(lambda colour: paint.plain(colour, 2, 2))

    def draw(self, canvas: YuvCanvas, time: float) -> None:
        """Draws the active events, and the trails of recent ones.

        Args:
            canvas: Video frame.
            time: Time in seconds.
        """
        for trajectory in self._trajectories.between(time - TRAIL_SECONDS, time + 1e-6):
            self._draw_trail(canvas, trajectory, time)
        for trajectory in self._trajectories.between(time, time + 1e-6):
            self._draw_event(canvas, trajectory, time)

    def _draw_event(self, canvas: YuvCanvas, trajectory: Trajectory, time: float) -> None:
        point = trajectory.at(time)
        x = self._projection.x(point.azimuth)
        elevation = np.nan if point.elevation is None else point.elevation
        y = self._y(trajectory, point.azimuth, elevation) * canvas.height
        box = trajectory.visual_box(time)
        label = self._label(trajectory, time, in_view=box is not None)
        if box is not None:
            self._draw_box(canvas, trajectory, label, box)
        elif x is not None:
            self._draw_in_view(canvas, trajectory, point, label, x * canvas.width, y)
        elif np.isfinite(point.azimuth):
            self._draw_at_edge(canvas, trajectory, label, y, left=point.azimuth > 0)
        else:
            canvas.paste_centred(label, canvas.width / 2, y)

    def _draw_in_view(
        self,
        canvas: YuvCanvas,
        trajectory: Trajectory,
        point: TrajectoryPoint,
        label: YuvSprite,
        x: float,
        y: float,
    ) -> None:
        kind = "hollow" if point.onscreen is False else "marker"
        if point.elevation is None:
            line = self._shape("line", trajectory.event.class_id, canvas.height)
            canvas.paste(line, x - 1, 0, 0.3)
        marker = self._shape(kind, trajectory.event.class_id, round(1.7 * self._font_size))
        canvas.paste_centred(marker, x, y)
        _paste_label(canvas, label, x, y - marker.height / 2 - 1, y + marker.height / 2 + 1)

    def _draw_box(self, canvas: YuvCanvas, trajectory: Trajectory, label: YuvSprite, box: Floats) -> None:
        """Draws a box around the detected source, or a ring if the box is a point."""
        class_id = trajectory.event.class_id
        size = np.array([canvas.width, canvas.height, canvas.width, canvas.height])
        left, top, right, bottom = (box * size).tolist()
        x, y = (left + right) / 2, (top + bottom) / 2
        if right - left <= 0 and bottom - top <= 0:
            ring = self._shape("ring", class_id, round(2.2 * self._font_size))
            canvas.paste_centred(ring, x, y)
            top, bottom = y - ring.height / 2, y + ring.height / 2
        else:
            thickness = max(2, even(self._font_size / 8))
            for edge, colour in (
                (thickness, marker_shapes.BACKGROUND),
                (0, class_colour_on_dark(class_id)),
            ):
                corners = (left - edge, top - edge, right + edge, bottom + edge)
                canvas.outline(*corners, thickness, self._ink(colour))
        _paste_label(canvas, label, x, top - 3, bottom + 3)

    def _draw_at_edge(
        self, canvas: YuvCanvas, trajectory: Trajectory, label: YuvSprite, y: float, *, left: bool
    ) -> None:
        arrow = self._shape("left" if left else "right", trajectory.event.class_id, 2 * self._font_size)
        y = min(y, canvas.height - label.height / 2)
        canvas.paste(arrow, 0 if left else canvas.width - arrow.width, y - arrow.height / 2)
        offset = 0.8 * arrow.width
        canvas.paste(label, offset if left else canvas.width - offset - label.width, y - label.height / 2)

    def _draw_trail(self, canvas: YuvCanvas, trajectory: Trajectory, time: float) -> None:
        """Draws past positions as dots that fade with age and do not overlap."""
        event = trajectory.event
        ages = np.arange(0.0, TRAIL_SECONDS, 0.1)
        ages = ages[(time - ages >= event.onset) & (time - ages <= event.offset)]
        dot = self._shape("dot", event.class_id, round(0.6 * self._font_size))
        previous: tuple[float, float] | None = None
        for age, azimuth, elevation in zip(ages.tolist(), *trajectory.directions(time - ages), strict=True):
            pixel = self._pixel(canvas, trajectory, time - age, azimuth, elevation)
            if pixel is None:
                continue
            if previous is None or abs(pixel[0] - previous[0]) + abs(pixel[1] - previous[1]) >= dot.width / 2:
                canvas.paste_centred(dot, *pixel, opacity=0.85 * (1.0 - age / TRAIL_SECONDS))
                previous = pixel

    def _pixel(
        self, canvas: YuvCanvas, trajectory: Trajectory, time: float, azimuth: float, elevation: float
    ) -> tuple[float, float] | None:
        """Returns the position in pixels, of the visually detected source if there is one."""
        box, x = trajectory.visual_box(time), self._projection.x(azimuth)
        if box is not None:
            return (box[0] + box[2]) / 2 * canvas.width, (box[1] + box[3]) / 2 * canvas.height
        if x is None:
            return None
        return x * canvas.width, self._y(trajectory, azimuth, elevation) * canvas.height

    def _y(self, trajectory: Trajectory, azimuth: float, elevation: float) -> float:
        if np.isnan(elevation) or self._projection.x(azimuth) is None:
            return LANE_HEIGHTS[trajectory.lane % len(LANE_HEIGHTS)]
        return self._projection.y(azimuth, elevation)

    def _label(self, trajectory: Trajectory, time: float, *, in_view: bool) -> YuvSprite:
        point = trajectory.at((time // LABEL_UPDATE_SECONDS + 0.5) * LABEL_UPDATE_SECONDS)
        parts = [azimuth_text(point.azimuth) if np.isfinite(point.azimuth) else "direction unknown"]
        parts += [distance_text(point.distance)] if np.isfinite(point.distance) else []
        parts += ["off screen"] if point.onscreen is False and not in_view else []
        return self._label_sprite(trajectory.event.class_id, trajectory.event.name, " · ".join(parts))

    def _draw_label(self, class_id: int, name: str, details: str) -> YuvSprite:
        image = marker_shapes.label(class_id, name, details, self._font_size, self._max_length)
        return self._paint.sprite(image)

    def _draw_shape(self, kind: str, class_id: int, size: int) -> YuvSprite:
        match kind:
            case "line":
                image = marker_shapes.vertical_line(class_id, 2, size)
            case "ring":
                image = marker_shapes.ring(class_id, size)
            case "dot":
                image = marker_shapes.dot(class_id, size)
            case "left" | "right":
                image = marker_shapes.arrow(class_id, size, left=kind == "left")
            case _:
                image = marker_shapes.marker(class_id, size, hollow=kind == "hollow")
        return self._paint.sprite(image)


def _paste_label(canvas: YuvCanvas, label: YuvSprite, x: float, top: float, bottom: float) -> None:
    """Draws a label below an object that extends from top to bottom, or above it if there is no space."""
    left = np.clip(x - label.width / 2, 0, max(0, canvas.width - label.width))
    y = bottom if bottom + label.height <= canvas.height else max(0.0, top - label.height)
    canvas.paste(label, float(left), y)

"""Events on the picture: markers with labels at their azimuths, trails behind them, arrows at the edges."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from seldkit.render import marker_shapes
from seldkit.render.fonts import MOST_LETTERS
from seldkit.render.palette import on_dark
from seldkit.render.trajectories import Trajectories, Trajectory, TrajectoryPoint
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas, YuvSprite, even
from seldkit.text_format import azimuth_text, distance_text
from seldkit.types import Floats

READING = 0.2
"""Seconds for which a label's numbers stand, so that they can be read."""
TRAIL = 1.5
"""Seconds for which a way stays visible."""
HEIGHTS = (0.40, 0.60, 0.22, 0.79, 0.06)
"""Where markers stand, in the picture's height, for the lanes of events that sound together: the height of a
source is seldom known.
"""


class Markers:
    """Draws events on pictures of one size.

    width: of the pictures, size: height of the letters, both in pixels.
    """

    def __init__(
        self, courses: Trajectories, lens: ViewProjection, paint: Paint, width: int, size: int
    ) -> None:
        self._most = min(MOST_LETTERS, max(8, int(width / (0.65 * size)) - 4))
        self._courses, self._lens, self._paint, self._size = courses, lens, paint, size
        # Caches of this object's own, so that they go with it.
        self._label = lru_cache(maxsize=256)(self._draw_label)
        self._shape = lru_cache(maxsize=256)(self._draw_shape)
        self._ink = lru_cache(maxsize=256)(lambda colour: paint.plain(colour, 2, 2))

    def draw(self, canvas: YuvCanvas, time: float) -> None:
        """Draw what sounds at a time in seconds, and the trails of what sounded shortly before."""
        for course in self._courses.between(time - TRAIL, time + 1e-6):
            self._draw_trail(canvas, course, time)
        for course in self._courses.between(time, time + 1e-6):
            place = course.at(time)
            x = self._lens.x(place.azimuth)
            elevation = np.nan if place.elevation is None else place.elevation
            y = self._height(course, place.azimuth, elevation) * canvas.height
            seen = course.seen(time)
            label = self._label_of(course, time, in_picture=seen is not None)
            if seen is not None:
                self._draw_seen(canvas, course, label, seen)
            elif x is not None:
                self._draw_inside(canvas, course, place, label, x * canvas.width, y)
            elif np.isfinite(place.azimuth):
                self._draw_at_edge(canvas, course, label, y, left=place.azimuth > 0)
            else:
                canvas.paste_centred(label, canvas.width / 2, y)

    def _draw_inside(
        self,
        canvas: YuvCanvas,
        course: Trajectory,
        place: TrajectoryPoint,
        label: YuvSprite,
        x: float,
        y: float,
    ) -> None:
        kind = "hollow" if place.onscreen is False else "marker"
        if place.elevation is None:
            line = self._shape("line", course.event.class_id, canvas.height)
            canvas.paste(line, x - 1, 0, 0.3)
        mark = self._shape(kind, course.event.class_id, round(1.7 * self._size))
        canvas.paste_centred(mark, x, y)
        _paste_beside(canvas, label, x, y - mark.height / 2 - 1, y + mark.height / 2 + 1)

    def _draw_seen(self, canvas: YuvCanvas, course: Trajectory, label: YuvSprite, corners: Floats) -> None:
        """A frame around what makes the sound, or a ring around the point of it that was found."""
        size = np.array([canvas.width, canvas.height, canvas.width, canvas.height])
        left, top, right, bottom = (corners * size).tolist()
        x, y = (left + right) / 2, (top + bottom) / 2
        if right - left <= 0 and bottom - top <= 0:
            ring = self._shape("ring", course.event.class_id, round(2.2 * self._size))
            canvas.paste_centred(ring, x, y)
            top, bottom = y - ring.height / 2, y + ring.height / 2
        else:
            thick = max(2, even(self._size / 8))
            for edge, colour in ((thick, marker_shapes.GROUND), (0, on_dark(course.event.class_id))):
                ends = (left - edge, top - edge, right + edge, bottom + edge)
                canvas.outline(*ends, thick, self._ink(colour))
        _paste_beside(canvas, label, x, top - 3, bottom + 3)

    def _draw_at_edge(
        self, canvas: YuvCanvas, course: Trajectory, label: YuvSprite, y: float, *, left: bool
    ) -> None:
        tip = self._shape("left" if left else "right", course.event.class_id, 2 * self._size)
        y = min(y, canvas.height - label.height / 2)
        canvas.paste(tip, 0 if left else canvas.width - tip.width, y - tip.height / 2)
        beside = 0.8 * tip.width
        canvas.paste(label, beside if left else canvas.width - beside - label.width, y - label.height / 2)

    def _draw_trail(self, canvas: YuvCanvas, course: Trajectory, time: float) -> None:
        """Dots where it was, paler with age, none on another; what stays in place has no trail."""
        event = course.event
        ages = np.arange(0.0, TRAIL, 0.1)
        ages = ages[(time - ages >= event.onset) & (time - ages <= event.offset)]
        dot = self._shape("dot", event.class_id, round(0.6 * self._size))
        before: tuple[float, float] | None = None
        for age, azimuth, elevation in zip(ages.tolist(), *course.way(time - ages), strict=True):
            spot = self._spot(canvas, course, time - age, azimuth, elevation)
            if spot is None:
                continue
            if before is None or abs(spot[0] - before[0]) + abs(spot[1] - before[1]) >= dot.width / 2:
                canvas.paste_centred(dot, *spot, opacity=0.85 * (1.0 - age / TRAIL))
                before = spot

    def _spot(
        self, canvas: YuvCanvas, course: Trajectory, time: float, azimuth: float, elevation: float
    ) -> tuple[float, float] | None:
        """Where an event was at a time: its cause where that was seen, else by its direction; in pixels."""
        seen, x = course.seen(time), self._lens.x(azimuth)
        if seen is not None:
            return (seen[0] + seen[2]) / 2 * canvas.width, (seen[1] + seen[3]) / 2 * canvas.height
        if x is None:
            return None
        return x * canvas.width, self._height(course, azimuth, elevation) * canvas.height

    def _height(self, course: Trajectory, azimuth: float, elevation: float) -> float:
        if np.isnan(elevation) or self._lens.x(azimuth) is None:
            return HEIGHTS[course.lane % len(HEIGHTS)]
        return self._lens.y(azimuth, elevation)

    def _label_of(self, course: Trajectory, time: float, *, in_picture: bool) -> YuvSprite:
        place = course.at((time // READING + 0.5) * READING)
        words = [azimuth_text(place.azimuth) if np.isfinite(place.azimuth) else "direction unknown"]
        words += [distance_text(place.distance)] if np.isfinite(place.distance) else []
        words += ["off screen"] if place.onscreen is False and not in_picture else []
        return self._label(course.event.class_id, course.event.name, " · ".join(words))

    def _draw_label(self, class_id: int, name: str, words: str) -> YuvSprite:
        return self._paint.sprite(marker_shapes.label(class_id, name, words, self._size, self._most))

    def _draw_shape(self, kind: str, class_id: int, size: int) -> YuvSprite:
        match kind:
            case "line":
                image = marker_shapes.stripe(class_id, 2, size)
            case "ring":
                image = marker_shapes.ring(class_id, size)
            case "dot":
                image = marker_shapes.dot(class_id, size)
            case "left" | "right":
                image = marker_shapes.arrow(class_id, size, left=kind == "left")
            case _:
                image = marker_shapes.marker(class_id, size, hollow=kind == "hollow")
        return self._paint.sprite(image)


def _paste_beside(canvas: YuvCanvas, label: YuvSprite, x: float, top: float, bottom: float) -> None:
    """A label beneath what reaches from `top` to `bottom` about `x`; above it where there is no room."""
    left = np.clip(x - label.width / 2, 0, max(0, canvas.width - label.width))
    y = bottom if bottom + label.height <= canvas.height else max(0.0, top - label.height)
    canvas.paste(label, float(left), y)

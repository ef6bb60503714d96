"""A view from above: the listener, and around it the events by azimuth and distance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from seldkit.annotations import Event
from seldkit.render import marker_shapes
from seldkit.render.fonts import font
from seldkit.render.trajectories import Trajectories
from seldkit.render.yuv_canvas import Paint, YuvCanvas, YuvSprite, even, rgba

if TYPE_CHECKING:
    from PIL.Image import Image

REACHES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Metres at the rim; the inner ring is a quarter of it, half the way in: distance goes by its square root."""
_FAINT = (52, 57, 66)
_SIGHT = (33, 37, 45)
_LINE = (84, 91, 104)


class TopView:
    """Draws the view from above into panels of one height; `width` follows from it.

    field: degrees of the picture's view, shaded; None for none. What is of unknown distance is at the rim.
    """

    def __init__(
        self, courses: Trajectories, paint: Paint, height: int, size: int, field: float | None = None
    ) -> None:
        self._courses, self._paint = courses, paint
        self._size, self._height, self._field = size, height, field
        self._round = goes_behind([course.event for course in courses.all])
        self._margin = 0.9 * size
        self._radius = (height / 2 if self._round else height - self._margin) - self._margin
        self._reach = _reach([course.event for course in courses.all])
        self.width = even(2 * (self._radius + self._margin))
        self._centre = (self.width / 2, height / 2 if self._round else height - self._margin)
        self._ground = paint.picture(self._draw_ground())
        self._marker = lru_cache(maxsize=64)(self._draw_marker)

    def draw(self, panel: YuvCanvas, time: float) -> None:
        """Draw what sounds at a time in seconds."""
        panel.put(self._ground)
        for course in self._courses.between(time, time + 1e-6):
            place = course.at(time)
            if np.isfinite(place.azimuth):
                far = 1.0 if np.isnan(place.distance) else min(1.0, (place.distance / self._reach) ** 0.5)
                panel.paste_centred(self._marker(course.event.class_id), *self._spot(place.azimuth, far))

    def _spot(self, azimuth: float, share: float) -> tuple[float, float]:
        angle, length = np.deg2rad(azimuth), share * self._radius
        return (
            self._centre[0] - length * float(np.sin(angle)),
            self._centre[1] - length * float(np.cos(angle)),
        )

    def _draw_marker(self, class_id: int) -> YuvSprite:
        return self._paint.sprite(marker_shapes.marker(class_id, round(1.1 * self._size)))

    def _draw_ground(self) -> Image:
        from PIL import Image, ImageDraw

        fine = marker_shapes.FINER
        image = Image.new("RGB", (fine * self.width, fine * self._height), marker_shapes.GROUND)
        pencil = ImageDraw.Draw(image)
        half = 180.0 if self._round else 90.0
        if self._field is not None:
            self._pie(pencil, min(self._field / 2, half), 1.0, fill=_SIGHT)
        for share, colour in ((1.0, _LINE), (0.5, _FAINT)):
            self._pie(pencil, half, share, outline=colour, width=fine)
        for azimuth in np.arange(-half, half + 1, 30.0).tolist():
            ends = [self._spot(azimuth, share) for share in (0.0, 1.0)]
            pencil.line([(fine * x, fine * y) for x, y in ends], fill=_FAINT, width=fine)
        image = image.reduce(fine)
        self._write_scale(image)
        return image

    def _pie(self, pencil: object, half: float, share: float, **look: object) -> None:
        """A sector of the circle around the listener, `half` degrees to each side of ahead."""
        reach = marker_shapes.FINER * share * self._radius
        x, y = (marker_shapes.FINER * part for part in self._centre)
        box = (x - reach, y - reach, x + reach, y + reach)
        pencil.pieslice(box, -90.0 - half, -90.0 + half, **look)  # type: ignore[attr-defined]

    def _write_scale(self, image: Image) -> None:
        from PIL import ImageDraw

        pencil = ImageDraw.Draw(image)
        small = font(max(7, round(0.72 * self._size)))
        rings = [(1.0, self._reach), (0.5, self._reach / 4)]
        for share, metres in rings[: 1 if self._round else 2]:
            x, y = self._spot(-90.0, share)
            pencil.text((x, y + 2), f"{metres:g} m", fill=rgba(marker_shapes.GREY), font=small, anchor="mt")
        x, y = self._centre
        reach = 0.28 * self._size
        pencil.ellipse((x - reach, y - reach, x + reach, y + reach), fill=rgba(marker_shapes.WHITE))


def goes_behind(events: Sequence[Event]) -> bool:
    """Whether any event is ever behind the listener."""
    turns = np.concatenate([event.trajectory.azimuth for event in events] or [np.zeros(0)])
    return bool(np.any(np.abs(turns) > 90.0))


def _reach(events: Sequence[Event]) -> float:
    metres = np.concatenate([event.trajectory.distance for event in events] or [np.zeros(0)])
    most = float(metres[np.isfinite(metres)].max(initial=0.0))
    return next((reach for reach in REACHES if reach >= most), REACHES[-1])

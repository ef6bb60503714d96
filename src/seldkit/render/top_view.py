"""Top view panel: the receiver, and around it the events by azimuth and distance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.annotations import Event
from seldkit.render import marker_shapes
from seldkit.render.fonts import font
from seldkit.render.palette import Colour
from seldkit.render.trajectories import Trajectories
from seldkit.render.yuv_canvas import Paint, YuvCanvas, YuvSprite, even, rgba

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

RANGES_M: Final = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Possible distances of the outer ring in metres. The radius is proportional to the square root of the
distance, so that the inner ring at half the radius is a quarter of it."""
_FAINT_LINE: Final[Colour] = (52, 57, 66)
_VIEW_SECTOR: Final[Colour] = (33, 37, 45)
_LINE: Final[Colour] = (84, 91, 104)


class TopView:
    """Draws the top view into panels of one height.

    Events of unknown distance are drawn at the outer ring.

    Args:
        trajectories: Events to draw.
        paint: Colour space of the video.
        height: Height of the panel in pixels, even.
        font_size: Height of the letters in pixels.
        field_of_view: Horizontal field of view of the camera in degrees, drawn as a sector; None for none.

    Attributes:
        width: Width of the panel in pixels.
    """

    def __init__(
        self,
        trajectories: Trajectories,
        paint: Paint,
        height: int,
        font_size: int,
        field_of_view: float | None = None,
    ) -> None:
        events = [trajectory.event for trajectory in trajectories.all]
        self._trajectories, self._paint = trajectories, paint
        self._font_size, self._height, self._field_of_view = font_size, height, field_of_view
        self._full_circle = has_rear_events(events)
        self._margin = 0.9 * font_size
        self._radius = (height / 2 if self._full_circle else height - self._margin) - self._margin
        self._range = _range(events)
        self.width = even(2 * (self._radius + self._margin))
        self._centre = (self.width / 2, height / 2 if self._full_circle else height - self._margin)
        self._background = paint.image(self._draw_background())
        self._marker = lru_cache(maxsize=64)(self._draw_marker)

    def draw(self, panel: YuvCanvas, time: float) -> None:
        """Draws the active events.

        Args:
            panel: Panel to draw on.
            time: Time in seconds.
        """
        panel.copy_from(self._background)
        for trajectory in self._trajectories.between(time, time + 1e-6):
            point = trajectory.at(time)
            if np.isfinite(point.azimuth):
                share = 1.0 if np.isnan(point.distance) else min(1.0, (point.distance / self._range) ** 0.5)
                marker = self._marker(trajectory.event.class_id)
                panel.paste_centred(marker, *self._position(point.azimuth, share))

    def _position(self, azimuth: float, share: float) -> tuple[float, float]:
        """Returns the pixel of an azimuth in degrees at a share of the radius."""
        angle, length = np.deg2rad(azimuth), share * self._radius
        return (
            self._centre[0] - length * float(np.sin(angle)),
            self._centre[1] - length * float(np.cos(angle)),
        )

    def _draw_marker(self, class_id: int) -> YuvSprite:
        return self._paint.sprite(marker_shapes.marker(class_id, round(1.1 * self._font_size)))

    def _draw_background(self) -> Image:
        from PIL import Image, ImageDraw

        scale = marker_shapes.SUPERSAMPLING
        image = Image.new("RGB", (scale * self.width, scale * self._height), marker_shapes.BACKGROUND)
        draw = ImageDraw.Draw(image)
        half = 180.0 if self._full_circle else 90.0
        if self._field_of_view is not None:
            self._sector(draw, min(self._field_of_view / 2, half), 1.0, fill=_VIEW_SECTOR)
        for share, colour in ((1.0, _LINE), (0.5, _FAINT_LINE)):
            self._sector(draw, half, share, outline=colour, width=scale)
        for azimuth in np.arange(-half, half + 1, 30.0).tolist():
            ends = [self._position(azimuth, share) for share in (0.0, 1.0)]
            draw.line([(scale * x, scale * y) for x, y in ends], fill=_FAINT_LINE, width=scale)
        image = image.reduce(scale)
        self._draw_scale(image)
        return image

    def _sector(
        self,
        draw: ImageDraw,
        half_angle: float,
        share: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        width: int = 1,
    ) -> None:
        """Draws a circular sector around the receiver, symmetric about the front."""
        radius = marker_shapes.SUPERSAMPLING * share * self._radius
        x, y = (marker_shapes.SUPERSAMPLING * coordinate for coordinate in self._centre)
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.pieslice(box, -90.0 - half_angle, -90.0 + half_angle, fill=fill, outline=outline, width=width)

    def _draw_scale(self, image: Image) -> None:
        from PIL import ImageDraw

        draw = ImageDraw.Draw(image)
        small = font(max(7, round(0.72 * self._font_size)))
        rings = [(1.0, self._range), (0.5, self._range / 4)]
        for share, metres in rings[: 1 if self._full_circle else 2]:
            x, y = self._position(-90.0, share)
            draw.text((x, y + 2), f"{metres:g} m", fill=rgba(marker_shapes.GREY), font=small, anchor="mt")
        x, y = self._centre
        radius = 0.28 * self._font_size
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=rgba(marker_shapes.WHITE))


def has_rear_events(events: Sequence[Event]) -> bool:
    """Checks whether any event is ever behind the receiver.

    Args:
        events: Events to check.

    Returns:
        True if an absolute azimuth exceeds 90 degrees.
    """
    azimuths = np.concatenate([event.trajectory.azimuth for event in events] or [np.zeros(0)])
    return bool(np.any(np.abs(azimuths) > 90.0))


def _range(events: Sequence[Event]) -> float:
    metres = np.concatenate([event.trajectory.distance for event in events] or [np.zeros(0)])
    largest = float(metres[np.isfinite(metres)].max(initial=0.0))
    return next((distance for distance in RANGES_M if distance >= largest), RANGES_M[-1])

"""A drawing surface with antialiasing, soft light from the upper left, and a transparent background."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.media.equirectangular import opencv

Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 255."""
Point = tuple[float, float]
"""x to the right and y downwards; 1 is the height of the surface."""
Cutout = NDArray[np.uint8]
"""RGB image with premultiplied alpha and the alpha channel, 0 to 255, shape (height, width, 4)."""

DRAWING_HEIGHT_PX: Final = 256
"""Height of a finished drawing."""
OVERSAMPLING: Final = 3
"""Factor by which the surface is larger than the finished drawing."""


class DrawingSurface:
    """A surface of height 1 with the origin in the upper left corner, x to the right and y downwards.

    Args:
        width: Width relative to the height.

    Attributes:
        width: Width relative to the height.
    """

    def __init__(self, width: float) -> None:
        self.width = width
        self._scale = DRAWING_HEIGHT_PX * OVERSAMPLING
        shape = (self._scale, max(1, round(width * DRAWING_HEIGHT_PX)) * OVERSAMPLING)
        self._colour = np.zeros((*shape, 3), np.uint8)  # 0 without drawing: premultiplied when reduced
        self._alpha = np.zeros(shape, np.uint8)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Draws a filled polygon.

        Args:
            points: Corners.
            colour: Fill colour.
        """
        pixels = np.rint(np.asarray(points) * self._scale).astype(np.int32)
        for surface, value in self._surfaces(colour):
            opencv().fillPoly(surface, [pixels], value)

    def rectangle(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0
    ) -> None:
        """Draws a filled rectangle.

        Args:
            x: Left edge.
            y: Upper edge.
            width: Width.
            height: Height.
            colour: Fill colour.
            radius: Radius of the corners as a share of the height of the surface, from 0.
        """
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        if not radius:
            self.polygon(corners, colour)
            return
        inner = [(x + width * a + r, y + height * b + s) for (a, b), (r, s) in _corner_insets(radius)]
        self.polygon(inner, colour)
        self.line([*inner, inner[0]], 2.0 * radius, colour)

    def ellipse(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        rotation: float = 0.0,
        arc: tuple[float, float] = (0.0, 360.0),
    ) -> None:
        """Draws a filled ellipse or a segment of it.

        Args:
            centre: Centre.
            radii: Radii along x and y.
            colour: Fill colour.
            rotation: Clockwise rotation in degrees.
            arc: Start and end of the segment in degrees, clockwise from the right.
        """
        middle = tuple(round(value * self._scale) for value in centre)
        axes = tuple(max(1, round(value * self._scale)) for value in radii)
        for surface, value in self._surfaces(colour):
            opencv().ellipse(surface, middle, axes, rotation, *arc, value, -1)

    def line(self, points: Sequence[Point], thickness: float, colour: Colour) -> None:
        """Draws a polyline with round ends.

        Args:
            points: Points of the line.
            thickness: Thickness.
            colour: Line colour.
        """
        pixels = np.rint(np.asarray(points) * self._scale).astype(np.int32)
        width = max(1, round(thickness * self._scale))
        for surface, value in self._surfaces(colour):
            opencv().polylines(surface, [pixels], False, value, width)

    def to_cutout(self) -> Cutout:
        """Returns the drawing with light from the upper left.

        Returns:
            Image with premultiplied alpha, shape ``(height, width, 4)``.
        """
        size = (self._alpha.shape[1] // OVERSAMPLING, self._alpha.shape[0] // OVERSAMPLING)
        colour, alpha = (
            opencv().resize(each, size, interpolation=opencv().INTER_AREA)
            for each in (self._colour, self._alpha)
        )
        light = np.linspace(1.06, 0.86, size[1])[:, None] * np.linspace(1.06, 0.88, size[0])
        lit, alpha = np.rint(colour * light[..., None]), alpha[..., None]
        return np.dstack([np.minimum(lit, alpha).astype(np.uint8), alpha])

    def _surfaces(self, colour: Colour) -> tuple[tuple[NDArray[np.uint8], tuple[float, ...]], ...]:
        red, green, blue = (float(np.clip(value, 0, 255)) for value in colour)
        return (self._colour, (red, green, blue)), (self._alpha, (255.0,))


def scale_brightness(colour: Colour, factor: float) -> Colour:
    """Darkens or brightens a colour.

    Args:
        colour: The colour.
        factor: Factor on its components.

    Returns:
        The colour with components of at most 255.
    """
    red, green, blue = (min(255.0, factor * value) for value in colour)
    return red, green, blue


def _corner_insets(radius: float) -> tuple[tuple[Point, Point], ...]:
    """For each corner: its position in a unit square, and the offset inwards by the radius."""
    r = radius
    return (((0, 0), (r, r)), ((1, 0), (-r, r)), ((1, 1), (-r, -r)), ((0, 1), (r, -r)))

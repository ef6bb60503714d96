"""A small surface to draw on: smooth edges, soft light from the upper left, transparent where nothing is."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.media.equirectangular import opencv

Colour = tuple[float, float, float]
"""Red, green, blue, 0 to 255."""
Point = tuple[float, float]
Cutout = NDArray[np.uint8]
"""(height, width, 4): red, green and blue already multiplied by alpha, and alpha, 0 to 255."""

HEIGHT: Final = 256
"""Pixels of a finished drawing."""
FINER: Final = 3
"""Times that a drawing is larger while it is made."""


class DrawingSurface:
    """A surface 1 high and `width` wide; x to the right and y downwards from the upper left corner."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._scale = HEIGHT * FINER
        shape = (self._scale, max(1, round(width * HEIGHT)) * FINER)
        self._colour = np.zeros((*shape, 3), np.uint8)
        self._alpha = np.zeros(shape, np.uint8)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled polygon."""
        pixels = np.rint(np.asarray(points) * self._scale).astype(np.int32)
        for surface, value in self._surfaces(colour):
            opencv().fillPoly(surface, [pixels], value)

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, round_by: float = 0
    ) -> None:
        """A rectangle from its upper left corner on, its corners rounded by a radius."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        if not round_by:
            self.polygon(corners, colour)
            return
        inner = [(x + width * a + r, y + height * b + s) for (a, b), (r, s) in _rounded(round_by)]
        self.polygon(inner, colour)
        self.line([*inner, inner[0]], 2.0 * round_by, colour)

    def ellipse(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        turn: float = 0.0,
        arc: tuple[float, float] = (0.0, 360.0),
    ) -> None:
        """A filled ellipse, or the part of it between two angles in degrees, clockwise from the right."""
        middle = tuple(round(value * self._scale) for value in centre)
        axes = tuple(max(1, round(value * self._scale)) for value in radii)
        for surface, value in self._surfaces(colour):
            opencv().ellipse(surface, middle, axes, turn, *arc, value, -1)

    def line(self, points: Sequence[Point], thickness: float, colour: Colour) -> None:
        """A line through points with round ends."""
        pixels = np.rint(np.asarray(points) * self._scale).astype(np.int32)
        width = max(1, round(thickness * self._scale))
        for surface, value in self._surfaces(colour):
            opencv().polylines(surface, [pixels], False, value, width)

    def finished(self) -> Cutout:
        """The drawing, lit from the upper left."""
        size = (self._alpha.shape[1] // FINER, self._alpha.shape[0] // FINER)
        small = [opencv().resize(each, size, interpolation=opencv().INTER_AREA) for each in self._both]
        light = np.linspace(1.06, 0.86, size[1])[:, None] * np.linspace(1.06, 0.88, size[0])
        colour, alpha = small[0], small[1][..., None]
        return np.dstack([np.minimum(np.rint(colour * light[..., None]), alpha).astype(np.uint8), alpha])

    @property
    def _both(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Where nothing is drawn the colour is 0, so that smaller it is already multiplied by alpha."""
        return self._colour, self._alpha

    def _surfaces(self, colour: Colour) -> tuple[tuple[NDArray[np.uint8], tuple[float, ...]], ...]:
        red, green, blue = (float(np.clip(value, 0, 255)) for value in colour)
        return (self._colour, (red, green, blue)), (self._alpha, (255.0,))


def shaded(colour: Colour, factor: float) -> Colour:
    """A darker (factor below 1) or lighter colour."""
    red, green, blue = (min(255.0, factor * value) for value in colour)
    return red, green, blue


def _rounded(radius: float) -> tuple[tuple[Point, Point], ...]:
    """For each corner: which side of the box it lies on, and the way inwards by the radius."""
    r = radius
    return (((0, 0), (r, r)), ((1, 0), (-r, r)), ((1, 1), (-r, -r)), ((0, 1), (r, -r)))

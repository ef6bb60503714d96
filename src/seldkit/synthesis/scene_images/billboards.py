"""A cut-out as a flat board that stands in space and faces the camera: where it lies in a picture.

Space is the camera's: metres, x ahead (azimuth 0), y left, z up.
"""

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.types import Floats

UPRIGHT: Final = 45.0
"""Degrees of elevation up to which a board stands upright; beyond, it leans towards the camera."""
MARGIN: Final = 2
"""Transparent pixels round a cut-out, so that its edge is as smooth as what is in it."""


class Billboard:
    """A cut-out in its own size and halved again and again, for boards near and far."""

    def __init__(self, cutout: Cutout) -> None:
        cv2 = opencv()
        self.levels: list[Cutout] = []
        while True:
            border = (MARGIN,) * 4
            self.levels.append(cv2.copyMakeBorder(cutout, *border, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)))
            height, width = cutout.shape[:2]
            if min(height, width) < 4:
                return
            cutout = cv2.resize(cutout, (width // 2, height // 2), interpolation=cv2.INTER_AREA)

    def altered(self, mirrored: bool, brightness: float) -> "Billboard":
        """Its left and right exchanged, and its colours times a brightness of at most 1."""
        other = copy(self)
        sided = [level[:, ::-1] if mirrored else level for level in self.levels]
        factors = np.array([brightness] * 3 + [1.0], np.float32)
        other.levels = [np.rint(level * factors).astype(np.uint8) for level in sided]
        return other

    @property
    def aspect(self) -> float:
        """Width by height."""
        height, width = self.levels[0].shape[:2]
        return float((width - 2 * MARGIN) / (height - 2 * MARGIN))

    def fitting(self, pixels: float) -> Cutout:
        """The level that is nearest to, and not much smaller than, so many pixels high."""
        heights = [level.shape[0] - 2 * MARGIN for level in self.levels]
        enough = [level for level, height in zip(self.levels, heights, strict=True) if height >= 0.8 * pixels]
        return enough[-1] if enough else self.levels[0]


@dataclass(frozen=True, eq=False)
class PlacedBillboard:
    """A board at one moment.

    point: (3,) metres, of the place in the cut-out that is `anchor` of its width and height from its upper
    left corner; size: width and height in metres.
    """

    point: Floats
    size: tuple[float, float]
    anchor: tuple[float, float]

    @cached_property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors to the board's right (as seen), up, and away from the camera."""
        x, y, z = self.point
        azimuth, elevation = np.arctan2(y, x), np.rad2deg(np.arctan2(z, np.hypot(x, y)))
        lean = np.deg2rad(np.sign(elevation) * max(0.0, abs(elevation) - UPRIGHT))
        flat, height = np.array([np.cos(azimuth), np.sin(azimuth), 0.0]), np.array([0.0, 0.0, 1.0])
        right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
        up = np.cos(lean) * height - np.sin(lean) * flat
        return right, up, np.cos(lean) * flat + np.sin(lean) * height

    @cached_property
    def corner(self) -> Floats:
        """The upper left corner (3,)."""
        right, up, _ = self.axes
        return self.point - self.anchor[0] * self.size[0] * right + self.anchor[1] * self.size[1] * up

    def outline(self, steps: int = 1) -> Floats:
        """Points (4 · steps, 3) round the border, in order."""
        right, up, _ = self.axes
        along = np.arange(steps) / steps
        zero, one = np.zeros(steps), np.ones(steps)
        across = np.concatenate([along, one, 1.0 - along, zero])
        down = np.concatenate([zero, along, one, 1.0 - along])
        return np.asarray(
            self.corner + across[:, None] * self.size[0] * right - down[:, None] * self.size[1] * up
        )

    def covers(self, ray: Floats) -> bool:
        """Whether a ray (3,) from the camera meets the board."""
        right, up, away = self.axes
        if ray @ away <= 1e-9:
            return False
        hit = ray * (self.point @ away) / (ray @ away) - self.corner
        return bool(0.0 <= hit @ right <= self.size[0] and 0.0 <= -(hit @ up) <= self.size[1])

    def ray_to_pixel(self, level: Cutout) -> Floats:
        """(3, 3): takes a ray from the camera to homogeneous pixels of a level of the cut-out.

        The third of them is the ray's component away from the camera: not positive where it misses.
        """
        right, up, away = self.axes
        height, width = (length - 2 * MARGIN for length in level.shape[:2])
        depth = self.point @ away
        across = (depth * right - (self.corner @ right) * away) * width / self.size[0]
        down = ((self.corner @ up) * away - depth * up) * height / self.size[1]
        shift = (MARGIN - 0.5) * away  # the middle of the first pixel inside the margin
        return np.stack([across + shift, down + shift, away])

    def pixels_high(self, per_radian: float) -> float:
        """About how many pixels high it is seen, where a picture has so many pixels a radian."""
        return float(self.size[1] / max(float(np.linalg.norm(self.point)), 0.05) * per_radian)

"""Cut-outs as flat billboards that stand in a scene and face the camera.

Coordinates are relative to the camera: metres, x ahead (azimuth 0), y left, z up.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.types import Floats

MAX_UPRIGHT_ELEVATION_DEG: Final = 45.0
"""Elevation up to which a billboard stands upright; beyond, it leans towards the camera."""
MARGIN_PX: Final = 2
"""Transparent pixels around a cut-out, so that its edge is interpolated like its content."""
MIN_LEVEL_PX: Final = 4
"""Shorter side below which a level of a mipmap is not halved again."""


@dataclass(frozen=True, eq=False)
class Billboard:
    """A cut-out at several resolutions (mipmap) for billboards at different distances.

    Attributes:
        levels: The cut-out and its repeatedly halved versions, each with a transparent margin of 2 pixels,
            shape ``(height, width, 4)``.
    """

    levels: tuple[Cutout, ...]

    @classmethod
    def from_cutout(cls, cutout: Cutout) -> "Billboard":
        """Computes the levels of a cut-out.

        Args:
            cutout: Image with premultiplied alpha, shape ``(height, width, 4)``.

        Returns:
            The billboard.
        """
        cv2 = opencv()
        border = (MARGIN_PX,) * 4
        levels: list[Cutout] = []
        while True:
            levels.append(cv2.copyMakeBorder(cutout, *border, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)))
            height, width = cutout.shape[:2]
            if min(height, width) < MIN_LEVEL_PX:
                return cls(tuple(levels))
            cutout = cv2.resize(cutout, (width // 2, height // 2), interpolation=cv2.INTER_AREA)

    def altered(self, mirrored: bool, brightness: float) -> "Billboard":
        """Returns a mirrored or darkened billboard.

        Args:
            mirrored: Whether left and right are exchanged.
            brightness: Factor on the colours, at most 1.

        Returns:
            The altered billboard.
        """
        factors = np.array([brightness] * 3 + [1.0], np.float32)
        levels = (level[:, ::-1] if mirrored else level for level in self.levels)
        return Billboard(tuple(np.rint(level * factors).astype(np.uint8) for level in levels))

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        height, width = self.levels[0].shape[:2]
        return float((width - 2 * MARGIN_PX) / (height - 2 * MARGIN_PX))

    def level_for_height(self, pixels: float) -> Cutout:
        """Returns the smallest level with at least 80 % of a height, or the largest level.

        Args:
            pixels: Height in pixels.

        Returns:
            Image with premultiplied alpha, shape ``(height, width, 4)``.
        """
        heights = [level.shape[0] - 2 * MARGIN_PX for level in self.levels]
        enough = [level for level, height in zip(self.levels, heights, strict=True) if height >= 0.8 * pixels]
        return enough[-1] if enough else self.levels[0]


@dataclass(frozen=True, eq=False)
class PlacedBillboard:
    """The rectangle of a billboard at one time.

    Attributes:
        point: Position of the anchor in metres, shape ``(3,)``.
        size: Width and height in metres.
        anchor: Position of the anchor within the billboard as a share of its width and height, from its upper
            left corner.
    """

    point: Floats
    size: tuple[float, float]
    anchor: tuple[float, float]

    @cached_property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors to the right (as seen from the camera), up, and away from the camera."""
        x, y, z = self.point
        azimuth, elevation = np.arctan2(y, x), np.rad2deg(np.arctan2(z, np.hypot(x, y)))
        excess = max(0.0, abs(elevation) - MAX_UPRIGHT_ELEVATION_DEG)
        lean = np.deg2rad(np.sign(elevation) * excess)
        ahead, vertical = np.array([np.cos(azimuth), np.sin(azimuth), 0.0]), np.array([0.0, 0.0, 1.0])
        right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
        up = np.cos(lean) * vertical - np.sin(lean) * ahead
        return right, up, np.cos(lean) * ahead + np.sin(lean) * vertical

    @cached_property
    def corner(self) -> Floats:
        """Upper left corner in metres, shape (3,)."""
        right, up, _ = self.axes
        return self.point - self.anchor[0] * self.size[0] * right + self.anchor[1] * self.size[1] * up

    def outline(self, steps: int = 1) -> Floats:
        """Returns points along the border in order.

        Args:
            steps: Number of points per side.

        Returns:
            Points in metres, shape ``(4 · steps, 3)``.
        """
        right, up, _ = self.axes
        ramp = np.arange(steps) / steps
        zero, one = np.zeros(steps), np.ones(steps)
        across = np.concatenate([ramp, one, 1.0 - ramp, zero])
        down = np.concatenate([zero, ramp, one, 1.0 - ramp])
        return np.asarray(
            self.corner + across[:, None] * self.size[0] * right - down[:, None] * self.size[1] * up
        )

    def covers(self, ray: Floats) -> bool:
        """Returns whether a ray from the camera intersects the billboard.

        Args:
            ray: Direction, shape ``(3,)``.

        Returns:
            Whether it does.
        """
        right, up, away = self.axes
        if ray @ away <= 1e-9:
            return False
        hit = ray * (self.point @ away) / (ray @ away) - self.corner
        return bool(0.0 <= hit @ right <= self.size[0] and 0.0 <= -(hit @ up) <= self.size[1])

    def ray_to_pixel(self, level: Cutout) -> Floats:
        """Returns the matrix that projects rays from the camera to homogeneous pixels of a level.

        Args:
            level: A level of the billboard with values from 0 to 255, shape ``(height, width, 4)``.

        Returns:
            Matrix of shape ``(3, 3)``. The third coordinate is the ray's component away from the camera; it
            is not positive if the ray misses the plane of the billboard.
        """
        right, up, away = self.axes
        height, width = (length - 2 * MARGIN_PX for length in level.shape[:2])
        depth = self.point @ away
        across = (depth * right - (self.corner @ right) * away) * width / self.size[0]
        down = ((self.corner @ up) * away - depth * up) * height / self.size[1]
        shift = (MARGIN_PX - 0.5) * away  # centre of the first pixel inside the margin
        return np.stack([across + shift, down + shift, away])

    def height_in_pixels(self, pixels_per_radian: float) -> float:
        """Returns the approximate height in an image.

        Args:
            pixels_per_radian: Resolution of the image.

        Returns:
            Height in pixels.
        """
        distance = max(float(np.linalg.norm(self.point)), 0.05)
        return float(self.size[1] / distance * pixels_per_radian)

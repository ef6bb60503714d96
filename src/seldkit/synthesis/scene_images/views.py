"""Views of a scene: a perspective camera or the whole 360° frame."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np

from seldkit.geometry import DCASE2025_CAMERA, Camera, wrap_azimuth
from seldkit.media.equirectangular import FRAME_SIZE, frame_pixel_to_direction, opencv, pixel_directions
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.scene_images.billboards import Billboard, PlacedBillboard
from seldkit.types import Floats

NEAR_PLANE_M: Final = 0.02
"""Minimum distance ahead of the camera that a perspective view shows."""


class Patch(NamedTuple):
    """A part of an image that a billboard covers.

    Attributes:
        row: Row of the upper left pixel.
        column: Column of the upper left pixel.
        cutout: Image with premultiplied alpha, shape ``(height, width, 4)``.
    """

    row: int
    column: int
    cutout: Cutout


class View(Protocol):
    """A camera for `render_frames`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    def directions(self) -> tuple[Floats, Floats]:
        """Returns the directions of all pixels in the scene.

        Returns:
            Azimuths and elevations in degrees, each of shape ``(height, width)``.
        """

    def patches(self, placed: PlacedBillboard, cutout: Billboard) -> list[Patch]:
        """Projects a billboard.

        Args:
            placed: Rectangle of the billboard.
            cutout: Its image.

        Returns:
            The visible parts; empty if it is not visible.
        """


@dataclass(frozen=True)
class PerspectiveView:
    """A perspective camera. A source at azimuth φ appears at φ + `view_azimuth`.

    Attributes:
        camera: Size and field of view.
        view_azimuth: Rotation of the scene to the left in degrees.
    """

    camera: Camera = field(default=DCASE2025_CAMERA)
    view_azimuth: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.camera.width, self.camera.height

    def directions(self) -> tuple[Floats, Floats]:
        """Returns the directions of all pixels in the scene.

        Returns:
            Azimuths and elevations in degrees, each of shape ``(height, width)``.
        """
        azimuth, elevation = pixel_directions(self.camera)
        return np.asarray(wrap_azimuth(azimuth - self.view_azimuth)), elevation

    def patches(self, placed: PlacedBillboard, cutout: Billboard) -> list[Patch]:
        """Projects a billboard exactly, by a homography.

        Args:
            placed: Rectangle of the billboard.
            cutout: Its image.

        Returns:
            One patch, or none if the billboard is not visible.
        """
        camera = self.camera
        outline = _clip_to_near_plane(placed.outline() @ _rotation(self.view_azimuth).T)
        if not len(outline):
            return []
        x = camera.centre[0] - camera.focal_length * outline[:, 1] / outline[:, 0]
        y = camera.centre[1] - camera.vertical_scale * outline[:, 2] / outline[:, 0]
        left, right = _pixel_range(x, camera.width)
        top, bottom = _pixel_range(y, camera.height)
        if left >= right or top >= bottom:
            return []
        level = cutout.level_for_height(placed.height_in_pixels(camera.focal_length))
        matrix = placed.ray_to_pixel(level) @ self._pixel_to_ray(left, top)
        return [Patch(top, left, _warp(level, matrix, (right - left, bottom - top)))]

    def _pixel_to_ray(self, left: int, top: int) -> Floats:
        """The matrix from homogeneous pixels of a patch to rays in the scene, (3, 3)."""
        x, y = self.camera.centre
        across, down = 1.0 / self.camera.focal_length, 1.0 / self.camera.vertical_scale
        ray = np.array([[0.0, 0.0, 1.0], [-across, 0.0, (x - left) * across], [0.0, -down, (y - top) * down]])
        return np.asarray(_rotation(-self.view_azimuth) @ ray)


@dataclass(frozen=True)
class EquirectangularView:
    """The whole 360° frame, as in STARSS23.

    Attributes:
        size: Width and height in pixels.
    """

    size: tuple[int, int] = FRAME_SIZE

    def directions(self) -> tuple[Floats, Floats]:
        """Returns the directions of all pixels.

        Returns:
            Azimuths and elevations in degrees, each of shape ``(height, width)``.
        """
        width, height = self.size
        azimuth, _ = frame_pixel_to_direction(np.arange(width), 0.0, self.size)
        _, elevation = frame_pixel_to_direction(0.0, np.arange(height), self.size)
        shape = (height, width)
        return np.broadcast_to(azimuth, shape), np.broadcast_to(elevation[:, None], shape)

    def patches(self, placed: PlacedBillboard, cutout: Billboard) -> list[Patch]:
        """Projects a billboard.

        Args:
            placed: Rectangle of the billboard.
            cutout: Its image.

        Returns:
            Up to two patches, if the edges of the frame divide the billboard.
        """
        columns, rows = self._window(placed)
        if columns[0] >= columns[1] or rows[0] >= rows[1]:
            return []
        level = cutout.level_for_height(placed.height_in_pixels(self.size[1] / np.pi))
        projected = self._project(placed, level, columns, rows)
        patches = []
        for start in range(columns[0] // self.size[0] * self.size[0], columns[1], self.size[0]):
            left, right = max(columns[0], start), min(columns[1], start + self.size[0])
            part = projected[:, left - columns[0] : right - columns[0]]
            patches.append(Patch(rows[0], left - start, part))
        return patches

    def _window(self, placed: PlacedBillboard) -> tuple[tuple[int, int], tuple[int, int]]:
        """Columns, which may exceed the edges of the frame, and rows that contain the billboard."""
        x, y, z = placed.outline(steps=16).T
        centre = np.rad2deg(np.arctan2(placed.point[1], placed.point[0]))
        offset = np.asarray(wrap_azimuth(np.rad2deg(np.arctan2(y, x)) - centre))
        column = (180.0 - centre - offset) / 360.0 * self.size[0] - 0.5
        row = (90.0 - np.rad2deg(np.arctan2(z, np.hypot(x, y)))) / 180.0 * self.size[1] - 0.5
        left, right = int(np.floor(column.min())) - 1, int(np.ceil(column.max())) + 2
        top, bottom = _pixel_range(row, self.size[1])
        if placed.covers(np.array([0.0, 0.0, 1.0])):  # a pole within the billboard
            left, right, top = 0, self.size[0], 0
        if placed.covers(np.array([0.0, 0.0, -1.0])):
            left, right, bottom = 0, self.size[0], self.size[1]
        return (left, min(right, left + self.size[0])), (top, bottom)

    def _project(
        self, placed: PlacedBillboard, level: Cutout, columns: tuple[int, int], rows: tuple[int, int]
    ) -> Cutout:
        cv2 = opencv()
        azimuth = np.deg2rad(180.0 - (np.arange(*columns) + 0.5) / self.size[0] * 360.0)
        elevation = np.deg2rad(90.0 - (np.arange(*rows) + 0.5) / self.size[1] * 180.0)
        matrix = placed.ray_to_pixel(level)
        horizontal = matrix[:, :2] @ np.stack([np.cos(azimuth), np.sin(azimuth)])  # (3, columns)
        across, down, away = (
            np.cos(elevation)[:, None] * flat + (np.sin(elevation) * vertical)[:, None]
            for flat, vertical in zip(horizontal, matrix[:, 2], strict=True)
        )
        is_hit = away > 1e-6
        away = np.where(is_hit, away, 1.0)
        x = np.where(is_hit, across / away, -9.0).astype(np.float32)
        y = np.where(is_hit, down / away, -9.0).astype(np.float32)
        projected: Cutout = cv2.remap(level, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return projected


def _warp(level: Cutout, matrix: Floats, size: tuple[int, int]) -> Cutout:
    cv2 = opencv()
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped: Cutout = cv2.warpPerspective(level, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    across, down = np.arange(size[0]), np.arange(size[1])[:, None]
    away = matrix[2, 0] * across + matrix[2, 1] * down + matrix[2, 2]
    warped[away <= 0.0] = 0  # these rays intersect the plane behind the camera
    return warped


def _clip_to_near_plane(outline: Floats) -> Floats:
    """The part of a closed outline (n, 3) with x ≥ NEAR_PLANE_M."""
    following = np.roll(outline, -1, axis=0)
    ahead = outline[:, 0] >= NEAR_PLANE_M
    crosses = ahead != (following[:, 0] >= NEAR_PLANE_M)
    start, end = outline[crosses], following[crosses]
    share = (NEAR_PLANE_M - start[:, 0]) / (end[:, 0] - start[:, 0])
    return np.concatenate([outline[ahead], start + share[:, None] * (end - start)])


def _pixel_range(places: Floats, length: int) -> tuple[int, int]:
    """First pixel, and the one after the last, within an image of `length` pixels."""
    low, high = np.clip([places.min() - 1.0, places.max() + 2.0], -1.0, length + 1.0)
    return max(0, int(np.floor(low))), min(length, int(np.ceil(high)))


def _rotation(azimuth: float) -> Floats:
    """The matrix that rotates points to the left by an azimuth in degrees, (3, 3)."""
    cosine, sine = np.cos(np.deg2rad(azimuth)), np.sin(np.deg2rad(azimuth))
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])

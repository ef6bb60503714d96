"""What pictures are made of: a perspective camera, or the whole 360° frame."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from seldkit.geometry import DCASE2025_CAMERA, Camera, wrap_azimuth
from seldkit.media.equirectangular import FRAME_SIZE, frame_pixel_to_direction, opencv, pixel_directions
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.scene_images.billboards import Billboard, PlacedBillboard
from seldkit.types import Floats

NEAR = 0.02
"""Metres ahead of the camera from which on it sees."""


class Patch(NamedTuple):
    """A piece to be laid on a picture: its upper left pixel, and its colours and cover."""

    row: int
    column: int
    cutout: Cutout


class View(Protocol):
    """What `frames` draws into."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    def directions(self) -> tuple[Floats, Floats]:
        """Azimuth and elevation in degrees, in the scene, of every pixel: each (height, width)."""

    def patches(self, board: PlacedBillboard, sprite: Billboard) -> list[Patch]:
        """A board as it is seen; empty where it is not."""


@dataclass(frozen=True)
class PerspectiveView:
    """A perspective camera; a source at azimuth φ is seen at φ + view_azimuth (degrees)."""

    camera: Camera = field(default=DCASE2025_CAMERA)
    view_azimuth: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.camera.width, self.camera.height

    def directions(self) -> tuple[Floats, Floats]:
        """Azimuth and elevation in degrees, in the scene, of every pixel: each (height, width)."""
        azimuth, elevation = pixel_directions(self.camera)
        return np.asarray(wrap_azimuth(azimuth - self.view_azimuth)), elevation

    def patches(self, board: PlacedBillboard, sprite: Billboard) -> list[Patch]:
        """A board as it is seen: none or one patch, by the exact projection of a plane."""
        camera = self.camera
        outline = _before_camera(self._turned(board.outline()))
        if not len(outline):
            return []
        x = camera.centre[0] - camera.focal_length * outline[:, 1] / outline[:, 0]
        y = camera.centre[1] - camera.vertical_scale * outline[:, 2] / outline[:, 0]
        left, right = _span(x, camera.width)
        top, bottom = _span(y, camera.height)
        if left >= right or top >= bottom:
            return []
        level = sprite.fitting(board.pixels_high(camera.focal_length))
        matrix = board.ray_to_pixel(level) @ self._pixel_to_ray(left, top)
        return [Patch(top, left, _warped(level, matrix, (right - left, bottom - top)))]

    def _turned(self, points: Floats) -> Floats:
        return points @ _rotation(self.view_azimuth).T

    def _pixel_to_ray(self, left: int, top: int) -> Floats:
        """(3, 3): from homogeneous pixels of a patch to rays in the scene."""
        x, y = self.camera.centre
        across, down = 1.0 / self.camera.focal_length, 1.0 / self.camera.vertical_scale
        ray = np.array([[0.0, 0.0, 1.0], [-across, 0.0, (x - left) * across], [0.0, -down, (y - top) * down]])
        return np.asarray(_rotation(-self.view_azimuth) @ ray)


@dataclass(frozen=True)
class EquirectangularView:
    """The whole 360° frame, equirectangular as in STARSS23, of a size (width, height) in pixels."""

    size: tuple[int, int] = FRAME_SIZE

    def directions(self) -> tuple[Floats, Floats]:
        """Azimuth and elevation in degrees of every pixel: each (height, width)."""
        width, height = self.size
        azimuth, _ = frame_pixel_to_direction(np.arange(width), 0.0, self.size)
        _, elevation = frame_pixel_to_direction(0.0, np.arange(height), self.size)
        shape = (height, width)
        return np.broadcast_to(azimuth, shape), np.broadcast_to(elevation[:, None], shape)

    def patches(self, board: PlacedBillboard, sprite: Billboard) -> list[Patch]:
        """A board as it is seen: up to two patches, where the frame's ends cut it."""
        columns, rows = self._window(board)
        if columns[0] >= columns[1] or rows[0] >= rows[1]:
            return []
        level = sprite.fitting(board.pixels_high(self.size[1] / np.pi))
        whole = self._drawn(board, level, columns, rows)
        found = []
        for start in range(columns[0] // self.size[0] * self.size[0], columns[1], self.size[0]):
            left, right = max(columns[0], start), min(columns[1], start + self.size[0])
            found.append(Patch(rows[0], left - start, whole[:, left - columns[0] : right - columns[0]]))
        return found

    def _window(self, board: PlacedBillboard) -> tuple[tuple[int, int], tuple[int, int]]:
        """Columns (which may go on beyond the frame's ends) and rows within which the board lies."""
        x, y, z = board.outline(steps=16).T
        middle = np.rad2deg(np.arctan2(board.point[1], board.point[0]))
        aside = np.asarray(wrap_azimuth(np.rad2deg(np.arctan2(y, x)) - middle))
        column = (180.0 - middle - aside) / 360.0 * self.size[0] - 0.5
        row = (90.0 - np.rad2deg(np.arctan2(z, np.hypot(x, y)))) / 180.0 * self.size[1] - 0.5
        left, right = int(np.floor(column.min())) - 1, int(np.ceil(column.max())) + 2
        top, bottom = _span(row, self.size[1])
        if board.covers(np.array([0.0, 0.0, 1.0])):  # the pole lies within its outline
            left, right, top = 0, self.size[0], 0
        if board.covers(np.array([0.0, 0.0, -1.0])):
            left, right, bottom = 0, self.size[0], self.size[1]
        return (left, min(right, left + self.size[0])), (top, bottom)

    def _drawn(
        self, board: PlacedBillboard, level: Cutout, columns: tuple[int, int], rows: tuple[int, int]
    ) -> Cutout:
        cv2 = opencv()
        azimuth = np.deg2rad(180.0 - (np.arange(*columns) + 0.5) / self.size[0] * 360.0)
        elevation = np.deg2rad(90.0 - (np.arange(*rows) + 0.5) / self.size[1] * 180.0)
        matrix = board.ray_to_pixel(level)
        flat = matrix[:, :2] @ np.stack([np.cos(azimuth), np.sin(azimuth)])  # (3, columns)
        across, down, away = (
            np.cos(elevation)[:, None] * along + (np.sin(elevation) * upwards)[:, None]
            for along, upwards in zip(flat, matrix[:, 2], strict=True)
        )
        ahead = away > 1e-6
        away = np.where(ahead, away, 1.0)
        x = np.where(ahead, across / away, -9.0).astype(np.float32)
        y = np.where(ahead, down / away, -9.0).astype(np.float32)
        drawn: Cutout = cv2.remap(level, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return drawn


def _warped(level: Cutout, matrix: Floats, size: tuple[int, int]) -> Cutout:
    cv2 = opencv()
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped: Cutout = cv2.warpPerspective(level, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    across, down = np.arange(size[0]), np.arange(size[1])[:, None]
    away = matrix[2, 0] * across + matrix[2, 1] * down + matrix[2, 2]
    warped[away <= 0.0] = 0  # rays that lead away from the board would meet it behind the camera
    return warped


def _before_camera(outline: Floats) -> Floats:
    """The part of a closed outline (n, 3) that lies ahead, cut at the plane x = NEAR."""
    following = np.roll(outline, -1, axis=0)
    ahead = outline[:, 0] >= NEAR
    crosses = ahead != (following[:, 0] >= NEAR)
    start, end = outline[crosses], following[crosses]
    share = (NEAR - start[:, 0]) / (end[:, 0] - start[:, 0])
    return np.concatenate([outline[ahead], start + share[:, None] * (end - start)])


def _span(places: Floats, length: int) -> tuple[int, int]:
    """First pixel and the one after the last that are within a picture's `length`."""
    low, high = np.clip([places.min() - 1.0, places.max() + 2.0], -1.0, length + 1.0)
    return max(0, int(np.floor(low))), min(length, int(np.ceil(high)))


def _rotation(azimuth: float) -> Floats:
    """(3, 3): turns points about the vertical to the left."""
    cosine, sine = np.cos(np.deg2rad(azimuth)), np.sin(np.deg2rad(azimuth))
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])

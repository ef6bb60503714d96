"""Angles, first-order ambisonics and the perspective camera.

Azimuth in degrees, 0 in front, positive to the left; elevation in degrees, positive upwards. The camera faces
azimuth 0 and elevation 0. Pixels count from the top left corner, x to the right and y downwards.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from seldkit.errors import SeldkitError
from seldkit.types import Floats

AudioArray = TypeVar("AudioArray", bound=Any)
"""NumPy array or PyTorch tensor."""

Projection = Literal["pinhole", "dcase2025"]


def wrap_azimuth(degrees: ArrayLike) -> Any:
    """Wraps angles to the range from -180 to 180 degrees.

    Args:
        degrees: Angles in degrees, any range. Shape ``(...)``.

    Returns:
        Angles in degrees in [-180, 180], same shape; -180 and 180 are not changed.
    """
    angle = np.asarray(degrees, dtype=np.float64)
    wrapped = angle - 360.0 * np.ceil((np.abs(angle) - 180.0) / 360.0) * np.sign(angle)
    return np.where(np.abs(angle) <= 180.0, angle, wrapped)[()]


def fold_azimuth(degrees: ArrayLike) -> Any:
    """Folds azimuths behind the listener to the front.

    A coincident stereo pair cannot distinguish front from back; the DCASE 2025 stereo task therefore mirrors
    rear azimuths at the interaural axis.

    Args:
        degrees: Azimuths in degrees, positive to the left, any range. Shape ``(...)``.

    Returns:
        Azimuths in degrees in [-90, 90], same shape.
    """
    angle = np.asarray(wrap_azimuth(degrees))
    return np.where(np.abs(angle) <= 90.0, angle, np.copysign(180.0, angle) - angle)[()]


def azimuth_difference(first: ArrayLike, second: ArrayLike) -> Any:
    """Computes the absolute difference of azimuths.

    Args:
        first: Azimuths in degrees, any range. Shape ``(...)``.
        second: Azimuths in degrees, of a shape that can be broadcast.

    Returns:
        Differences in degrees in [0, 180], of the broadcast shape.
    """
    return np.abs(wrap_azimuth(np.asarray(first, dtype=np.float64) - np.asarray(second)))


def unit_vector(azimuth: ArrayLike, elevation: ArrayLike = 0.0) -> Floats:
    """Converts directions to unit vectors.

    Args:
        azimuth: Azimuths in degrees. Shape ``(...)``.
        elevation: Elevations in degrees, of a shape that can be broadcast.

    Returns:
        Unit vectors, shape ``(..., 3)``: x to the front, y to the left, z upwards.
    """
    phi, theta = np.deg2rad(azimuth), np.deg2rad(elevation)
    x, y, z = np.broadcast_arrays(np.cos(phi) * np.cos(theta), np.sin(phi) * np.cos(theta), np.sin(theta))
    return np.stack([x, y, z], axis=-1)


def direction(vector: ArrayLike) -> tuple[Any, Any]:
    """Converts vectors to directions.

    Args:
        vector: Vectors of any length, shape ``(..., 3)``.

    Returns:
        Azimuths and elevations in degrees, each of shape ``(...)``.
    """
    x, y, z = np.moveaxis(np.asarray(vector, dtype=np.float64), -1, 0)
    return np.rad2deg(np.arctan2(y, x)), np.rad2deg(np.arctan2(z, np.hypot(x, y)))


def great_circle_distance(
    azimuth: ArrayLike, elevation: ArrayLike, other_azimuth: ArrayLike, other_elevation: ArrayLike
) -> Any:
    """Computes the angle between directions in three dimensions.

    Args:
        azimuth: Azimuths of the first directions in degrees, shape ``(...)``.
        elevation: Elevations of the first directions in degrees, same shape.
        other_azimuth: Azimuths of the second directions in degrees, of a shape that can be broadcast.
        other_elevation: Elevations of the second directions in degrees, same shape as `other_azimuth`.

    Returns:
        Angles in degrees in [0, 180], of the broadcast shape.
    """
    first, second = unit_vector(azimuth, elevation), unit_vector(other_azimuth, other_elevation)
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.rad2deg(np.arctan2(cross, (first * second).sum(axis=-1)))


def rotate_foa(foa: AudioArray, azimuth: float) -> AudioArray:
    """Rotates a first-order ambisonic signal about the vertical axis.

    Args:
        foa: Signal in ACN order W Y Z X, shape ``(..., 4, samples)``; a NumPy array or PyTorch tensor of
            floating-point numbers.
        azimuth: Angle in degrees that is added to the azimuth of all sources.

    Returns:
        The rotated signal, same shape and type.

    Raises:
        ValueError: The shape or type is wrong.
    """
    _check_foa(foa)
    rotated: AudioArray = foa.clone() if hasattr(foa, "clone") else foa.copy()
    cosine, sine = float(np.cos(np.deg2rad(azimuth))), float(np.sin(np.deg2rad(azimuth)))
    y, x = foa[..., 1, :], foa[..., 3, :]
    rotated[..., 1, :] = sine * x + cosine * y
    rotated[..., 3, :] = cosine * x - sine * y
    return rotated


def foa_to_stereo(foa: AudioArray, view_azimuth: float = 0.0) -> AudioArray:
    """Decodes first-order ambisonics to the stereo signal of two cardioids that face left and right.

    The signals are ``L = W + Y`` and ``R = W - Y``, as in the DCASE 2025 stereo dataset, without a factor of
    0.5: peaks can exceed full scale.

    Args:
        foa: Signal in ACN order W Y Z X with SN3D normalization, shape ``(..., 4, samples)``; a NumPy array
            or PyTorch tensor of floating-point numbers.
        view_azimuth: Angle in degrees that is added to the azimuth of all sources before decoding.

    Returns:
        Stereo signal, shape ``(..., 2, samples)``, same type.

    Raises:
        ValueError: The shape or type is wrong.
    """
    _check_foa(foa)
    rotated = rotate_foa(foa, view_azimuth) if view_azimuth else foa
    w, y = rotated[..., :1, :], rotated[..., 1:2, :]
    stereo: AudioArray = rotated[..., :2, :] + 0  # a copy of the same type, dtype and device
    stereo[..., :1, :], stereo[..., 1:, :] = w + y, w - y
    return stereo


def _check_foa(foa: Any) -> None:
    if len(foa.shape) < 2 or foa.shape[-2] != 4:
        raise ValueError(f"expected FOA audio (..., 4, samples), got shape {tuple(foa.shape)}")
    if "float" not in str(foa.dtype):
        raise ValueError(
            f"expected FOA audio as floating-point numbers, got {foa.dtype}: integers would overflow"
        )


@dataclass(frozen=True)
class Camera:
    """A perspective camera.

    Attributes:
        width: Image width in pixels.
        height: Image height in pixels.
        field_of_view: Horizontal field of view in degrees.
    """

    width: int = 640
    height: int = 360
    field_of_view: float = 100.0

    @property
    def centre(self) -> tuple[float, float]:
        """Image coordinates x and y of the optical axis, in pixels."""
        return (self.width - 1) / 2, (self.height - 1) / 2

    @property
    def focal_length(self) -> float:
        """Focal length in pixels; the outermost pixel centres lie on the edges of the field of view."""
        return self.centre[0] / float(np.tan(np.deg2rad(self.field_of_view / 2)))

    @property
    def vertical_scale(self) -> float:
        """Vertical focal length in pixels.

        It differs from the horizontal one, because py360convert derives the vertical field of view from the
        aspect ratio.
        """
        half = np.tan(np.deg2rad(self.field_of_view / 2)) * self.height / self.width
        return self.centre[1] / float(half)


DCASE2025_CAMERA: Final = Camera()
"""Camera of the DCASE 2025 stereo dataset: 640 × 360 pixels, 100 degrees wide."""

PANORAMA_FIELD_OF_VIEW_DEG: Final = 360.0
"""Field of view of an equirectangular 360° image."""


def check_field_of_view(degrees: float | None) -> None:
    """Checks a field of view.

    Args:
        degrees: Horizontal field of view in degrees, or None if unknown.

    Raises:
        SeldkitError: The value is neither None, nor in (0, 180), nor 360.
    """
    if degrees is not None and degrees != PANORAMA_FIELD_OF_VIEW_DEG and not 0.0 < degrees < 180.0:
        raise SeldkitError(
            f"expected a field of view between 0 and 180 degrees, or 360 for a 360° image, got {degrees:g}"
        )


def resolve_field_of_view(width: int, height: int, given: float | None = None) -> float:
    """Returns the horizontal field of view of an image.

    Args:
        width: Image width in pixels.
        height: Image height in pixels.
        given: Horizontal field of view in degrees. None assumes 100 degrees along the longer side, as in the
            DCASE 2025 dataset.

    Returns:
        Horizontal field of view in degrees.

    Raises:
        SeldkitError: The given field of view is invalid.

    Examples:
        >>> round(resolve_field_of_view(360, 640), 1)
        67.7
    """
    check_field_of_view(given)
    if given is not None:
        return given
    half = np.tan(np.deg2rad(DCASE2025_CAMERA.field_of_view / 2)) * width / max(width, height)
    return float(2 * np.rad2deg(np.arctan(half)))


def azimuth_to_pixel(
    azimuth: ArrayLike,
    elevation: ArrayLike = 0.0,
    camera: Camera = DCASE2025_CAMERA,
    projection: Projection = "pinhole",
) -> tuple[Any, Any]:
    """Projects directions to pixels.

    Args:
        azimuth: Azimuths in degrees. Shape ``(...)``.
        elevation: Elevations in degrees, of a shape that can be broadcast.
        camera: The camera.
        projection: ``"pinhole"`` is the exact perspective. ``"dcase2025"`` reproduces the dataset: whole
            pixels of whole degrees, projected from a panorama with a grid of one degree and therefore shifted
            by half a degree (3 pixels) to the right and downwards.

    Returns:
        Pixel coordinates x and y, of the broadcast shape; NaN for directions outside the image.
    """
    azimuth, elevation = np.broadcast_arrays(wrap_azimuth(azimuth), np.asarray(elevation, np.float64))
    if projection == "dcase2025":
        x, y = _grid_pixels(camera)
        valid = np.isfinite(azimuth) & (np.abs(elevation) <= 90.0)
        column = np.rint(np.where(valid, azimuth, 180.0)).astype(int) % 360  # unknown: behind the camera
        row = np.rint(np.where(valid, elevation, 0.0)).astype(int) + 90
        return x[column, row][()], y[column, row][()]
    x, y = _project(azimuth, elevation, camera)
    margin = 1e-9  # pixels
    inside = (np.abs(azimuth) < 90.0) & (x >= -margin) & (x <= camera.width - 1 + margin)
    inside &= (y >= -margin) & (y <= camera.height - 1 + margin)
    return np.where(inside, x, np.nan)[()], np.where(inside, y, np.nan)[()]


def pixel_to_azimuth(x: ArrayLike, camera: Camera = DCASE2025_CAMERA) -> Any:
    """Converts image columns to azimuths with the exact perspective.

    Args:
        x: Pixel coordinates x. Shape ``(...)``.
        camera: The camera.

    Returns:
        Azimuths in degrees, same shape.
    """
    right = (np.asarray(x, dtype=np.float64) - camera.centre[0]) / camera.focal_length
    return -np.rad2deg(np.arctan(right))


def is_onscreen(
    azimuth: ArrayLike,
    elevation: ArrayLike = 0.0,
    view_azimuth: ArrayLike = 0.0,
    camera: Camera = DCASE2025_CAMERA,
    projection: Projection = "pinhole",
) -> Any:
    """Determines whether directions lie within the image of a camera.

    Args:
        azimuth: Azimuths in degrees, not folded to the front: sources behind the camera are off-screen.
            Shape ``(...)``.
        elevation: Elevations in degrees, of a shape that can be broadcast.
        view_azimuth: Angle in degrees that is added to the azimuths, as in `foa_to_stereo`; of a shape that
            can be broadcast.
        camera: The camera.
        projection: Projection of `azimuth_to_pixel`.

    Returns:
        Boolean array of the broadcast shape.
    """
    view = np.asarray(azimuth, dtype=np.float64) + np.asarray(view_azimuth)
    x, _ = azimuth_to_pixel(view, elevation, camera, projection)
    return np.isfinite(x)


def _project(azimuth: Floats, elevation: Floats, camera: Camera) -> tuple[Floats, Floats]:
    phi, theta = np.deg2rad(azimuth), np.deg2rad(elevation)
    centre_x, centre_y = camera.centre
    x = centre_x - camera.focal_length * np.tan(phi)
    with np.errstate(divide="ignore", over="ignore"):
        y = centre_y - camera.vertical_scale * np.tan(theta) / np.cos(phi)
    return x, y


@lru_cache(maxsize=8)
def _grid_pixels(camera: Camera) -> tuple[Floats, Floats]:
    """Returns the pixel coordinates x and y of every whole degree, each (360 azimuths, 181 elevations).

    Elevations start at -90 degrees; coordinates are NaN outside the image. The dataset projects a panorama of
    one degree per pixel by bilinear interpolation and records the image pixels to which a panorama pixel
    contributes. The panorama pixel of azimuth a covers a - 1 to a, so that its centre is shifted by half a
    degree. The result is the mean of the contributing pixels, weighted by the interpolation.
    """
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    centre_x, centre_y = camera.centre
    right, up = (columns - centre_x) / camera.focal_length, (centre_y - rows) / camera.vertical_scale
    azimuth = -np.rad2deg(np.arctan(right)).ravel() + 0.5
    elevation = np.rad2deg(np.arctan2(up, np.hypot(1.0, right))).ravel() + 0.5
    sums = np.zeros((3, 360, 181))
    for step_a in (0, 1):
        for step_e in (0, 1):
            a, e = np.floor(azimuth) + step_a, np.floor(elevation) + step_e
            weight = (1.0 - np.abs(azimuth - a)) * (1.0 - np.abs(elevation - e))
            cell = (a.astype(int) % 360, e.astype(int) + 90)
            for table, value in zip(sums, (1.0, columns.ravel(), rows.ravel()), strict=True):
                np.add.at(table, cell, weight * value)
    with np.errstate(invalid="ignore"):
        return np.rint(sums[1] / sums[0]), np.rint(sums[2] / sums[0])

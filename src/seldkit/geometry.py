"""Angles, first-order ambisonics and the perspective camera.

Azimuth in degrees, 0 ahead, positive to the left; elevation in degrees, positive upwards. A camera looks
ahead along azimuth 0 and elevation 0; pixels count from the top left corner, x to the right, y downwards.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from seldkit.errors import SeldkitError
from seldkit.types import Floats

AudioArray = TypeVar("AudioArray", bound=Any)
"""A NumPy array or a PyTorch tensor."""

Projection = Literal["pinhole", "dcase2025"]


def wrap_azimuth(degrees: ArrayLike) -> Any:
    """Any angle as the same one from −180 to 180 degrees; −180 and 180 stay as they are."""
    angle = np.asarray(degrees, dtype=np.float64)
    wrapped = angle - 360.0 * np.ceil((np.abs(angle) - 180.0) / 360.0) * np.sign(angle)
    return np.where(np.abs(angle) <= 180.0, angle, wrapped)[()]


def fold_azimuth(degrees: ArrayLike) -> Any:
    """Any angle folded to the front, −90 to 90 degrees: the rear mirrored at the axis through both ears.

    Stereo sound cannot tell front from rear; the DCASE 2025 labels are folded so.
    """
    angle = np.asarray(wrap_azimuth(degrees))
    return np.where(np.abs(angle) <= 90.0, angle, np.copysign(180.0, angle) - angle)[()]


def azimuth_difference(first: ArrayLike, second: ArrayLike) -> Any:
    """Degrees between two azimuths, 0 to 180."""
    return np.abs(wrap_azimuth(np.asarray(first, dtype=np.float64) - np.asarray(second)))


def unit_vector(azimuth: ArrayLike, elevation: ArrayLike = 0.0) -> Floats:
    """Unit vectors towards directions: (..., 3) of x ahead, y left, z up."""
    phi, theta = np.deg2rad(azimuth), np.deg2rad(elevation)
    x, y, z = np.broadcast_arrays(np.cos(phi) * np.cos(theta), np.sin(phi) * np.cos(theta), np.sin(theta))
    return np.stack([x, y, z], axis=-1)


def direction(vector: ArrayLike) -> tuple[Any, Any]:
    """Azimuth and elevation in degrees of vectors (..., 3), of any length."""
    x, y, z = np.moveaxis(np.asarray(vector, dtype=np.float64), -1, 0)
    return np.rad2deg(np.arctan2(y, x)), np.rad2deg(np.arctan2(z, np.hypot(x, y)))


def great_circle_distance(
    azimuth: ArrayLike, elevation: ArrayLike, other_azimuth: ArrayLike, other_elevation: ArrayLike
) -> Any:
    """Degrees between two directions in space, 0 to 180."""
    first, second = unit_vector(azimuth, elevation), unit_vector(other_azimuth, other_elevation)
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.rad2deg(np.arctan2(cross, (first * second).sum(axis=-1)))


def rotate_foa(foa: AudioArray, azimuth: float) -> AudioArray:
    """Turn a first-order ambisonic sound field about the vertical by `azimuth` degrees (sources move left).

    foa: (..., 4, samples) in ACN order W Y Z X, a NumPy array or a PyTorch tensor.
    """
    _check_foa(foa)
    turned: AudioArray = foa.clone() if hasattr(foa, "clone") else foa.copy()
    cosine, sine = float(np.cos(np.deg2rad(azimuth))), float(np.sin(np.deg2rad(azimuth)))
    y, x = foa[..., 1, :], foa[..., 3, :]
    turned[..., 1, :] = sine * x + cosine * y
    turned[..., 3, :] = cosine * x - sine * y
    return turned


def foa_to_stereo(foa: AudioArray, view_azimuth: float = 0.0) -> AudioArray:
    """Stereo of a coincident pair of cardioids to the left and right: L = W + Y, R = W − Y.

    foa: (..., 4, samples) in ACN order W Y Z X, SN3D, a NumPy array or a PyTorch tensor; gives
    (..., 2, samples). The field is first turned by `view_azimuth` degrees, so that a source at azimuth φ is
    heard at φ + view_azimuth, as the DCASE 2025 stereo data set has it. No factor ½: mind the peaks.
    """
    _check_foa(foa)
    turned = rotate_foa(foa, view_azimuth) if view_azimuth else foa
    w, y = turned[..., :1, :], turned[..., 1:2, :]
    stereo: AudioArray = turned[..., :2, :] + 0  # of the same type, dtype and device
    stereo[..., :1, :], stereo[..., 1:, :] = w + y, w - y
    return stereo


def _check_foa(foa: Any) -> None:
    if len(foa.shape) < 2 or foa.shape[-2] != 4:
        raise ValueError(f"expected FOA sound (..., 4, samples), got shape {tuple(foa.shape)}")
    if "float" not in str(foa.dtype):
        raise ValueError(
            f"expected FOA sound as floating-point numbers, got {foa.dtype}: whole ones would overflow"
        )


@dataclass(frozen=True)
class Camera:
    """A perspective picture: `width` × `height` pixels, `field_of_view` degrees from left to right edge."""

    width: int = 640
    height: int = 360
    field_of_view: float = 100.0

    @property
    def centre(self) -> tuple[float, float]:
        """The pixel that looks straight ahead."""
        return (self.width - 1) / 2, (self.height - 1) / 2

    @property
    def focal_length(self) -> float:
        """In pixels; the outermost pixels' centres lie on the field's edges."""
        return self.centre[0] / float(np.tan(np.deg2rad(self.field_of_view / 2)))

    @property
    def vertical_scale(self) -> float:
        """Focal length downwards, in pixels; py360convert's vertical field follows the picture's shape."""
        half = np.tan(np.deg2rad(self.field_of_view / 2)) * self.height / self.width
        return self.centre[1] / float(half)


DCASE2025_CAMERA: Final = Camera()
"""The perspective of the DCASE 2025 stereo data set: 640 × 360 pixels, 100 degrees wide."""

PANORAMA_FIELD_OF_VIEW_DEG: Final = 360.0
"""Field of view, in degrees, of a picture of all around (equirectangular)."""


def check_field_of_view(degrees: float | None) -> None:
    """Raises SeldkitError unless it is None, above 0 and below 180 degrees, or 360 for a panorama."""
    if degrees is not None and degrees != PANORAMA_FIELD_OF_VIEW_DEG and not 0.0 < degrees < 180.0:
        raise SeldkitError(
            f"expected a field of view of 0 to 180 degrees, or 360 for a panorama, got {degrees:g}"
        )


def resolve_field_of_view(width: int, height: int, given: float | None = None) -> float:
    """Degrees from the left edge to the right one of a picture of `width` × `height` pixels.

    None takes 100 degrees along the longer side, as the DCASE 2025 data have it. Raises SeldkitError for an
    impossible one.

    >>> round(field_of_view_of(360, 640), 1)
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
    """Where a direction lies in the picture: pixel x and y; NaN where it is not in the picture.

    "pinhole" is the exact perspective. "dcase2025" is the data set's own reading: rounded pixels of whole
    degrees, found there on a grid of one degree and therefore half a degree (3 pixels) to the right and down.
    """
    azimuth, elevation = np.broadcast_arrays(wrap_azimuth(azimuth), np.asarray(elevation, np.float64))
    if projection == "dcase2025":
        x, y = _grid_pixels(camera)
        known = np.isfinite(azimuth) & (np.abs(elevation) <= 90.0)
        column = np.rint(np.where(known, azimuth, 180.0)).astype(int) % 360  # behind: not in the picture
        row = np.rint(np.where(known, elevation, 0.0)).astype(int) + 90
        return x[column, row][()], y[column, row][()]
    x, y = _project(azimuth, elevation, camera)
    margin = 1e-9
    inside = (np.abs(azimuth) < 90.0) & (x >= -margin) & (x <= camera.width - 1 + margin)
    inside &= (y >= -margin) & (y <= camera.height - 1 + margin)
    return np.where(inside, x, np.nan)[()], np.where(inside, y, np.nan)[()]


def pixel_to_azimuth(x: ArrayLike, camera: Camera = DCASE2025_CAMERA) -> Any:
    """The azimuth in degrees of a column of the picture (exact perspective)."""
    right = (np.asarray(x, dtype=np.float64) - camera.centre[0]) / camera.focal_length
    return -np.rad2deg(np.arctan(right))


def is_onscreen(
    azimuth: ArrayLike,
    elevation: ArrayLike = 0.0,
    view_azimuth: ArrayLike = 0.0,
    camera: Camera = DCASE2025_CAMERA,
    projection: Projection = "pinhole",
) -> Any:
    """Whether a direction is in the picture of a camera for which the scene is turned by `view_azimuth`.

    The azimuth is that in space, not folded: what sounds from behind is never in the picture.
    """
    turned = np.asarray(azimuth, dtype=np.float64) + np.asarray(view_azimuth)
    x, _ = azimuth_to_pixel(turned, elevation, camera, projection)
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
    """Rounded pixel x and y of every whole degree, (360 azimuths, 181 elevations + 90), NaN off-screen.

    The data set projected a panorama of one degree a pixel, bilinearly, and looked up where its pixels
    went. A panorama's pixel for azimuth a covers a − 1 to a, so its middle is half a degree off; the
    bilinear weights spread it over one degree to each side, and its place is the weighted mean.
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
            place = (a.astype(int) % 360, e.astype(int) + 90)
            for table, value in zip(sums, (1.0, columns.ravel(), rows.ravel()), strict=True):
                np.add.at(table, place, weight * value)
    with np.errstate(invalid="ignore"):
        return np.rint(sums[1] / sums[0]), np.rint(sums[2] / sums[0])

"""The 360° frame and the perspective camera: pixels, directions, and one picture made of the other.

A 360° frame is equirectangular, as in STARSS22/23: from its left edge, azimuth 180 to −180 degrees in equal
steps; from its top, elevation 90 to −90. Pixels count as in `seldkit.geometry`: the middle of the first one
is 0, so the frame reaches from −½ to its width − ½.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.errors import MissingExtraError
from seldkit.geometry import DCASE2025_CAMERA, Camera, wrap_azimuth
from seldkit.types import Floats, Floats32, ImageArray

FRAME_SIZE: Final = (1920, 960)
"""Width and height of the 360° frames of STARSS23."""


def direction_to_frame_pixel(
    azimuth: ArrayLike, elevation: ArrayLike = 0.0, size: tuple[int, int] = FRAME_SIZE
) -> tuple[Any, Any]:
    """Where a direction (degrees) lies in a 360° frame of `size` (width, height): pixel x and y.

    x = (180 − azimuth) / 360 · width − ½ and y = (90 − elevation) / 180 · height − ½. An azimuth beyond
    ±180 degrees is wrapped, so that x is always in the frame.
    """
    width, height = size
    x = (180.0 - np.asarray(wrap_azimuth(azimuth))) / 360.0 * width - 0.5
    y = (90.0 - np.asarray(elevation, dtype=np.float64)) / 180.0 * height - 0.5
    return x[()], y[()]


def frame_pixel_to_direction(
    x: ArrayLike, y: ArrayLike, size: tuple[int, int] = FRAME_SIZE
) -> tuple[Any, Any]:
    """Azimuth and elevation in degrees at a pixel of a 360° frame of `size` (width, height)."""
    width, height = size
    azimuth = 180.0 - (np.asarray(x, dtype=np.float64) + 0.5) / width * 360.0
    elevation = 90.0 - (np.asarray(y, dtype=np.float64) + 0.5) / height * 180.0
    return wrap_azimuth(azimuth), elevation[()]


def pixel_directions(camera: Camera = DCASE2025_CAMERA) -> tuple[Floats, Floats]:
    """Azimuth and elevation in degrees of every pixel of the camera, each (height, width)."""
    centre_x, centre_y = camera.centre
    left = (centre_x - np.arange(camera.width)) / camera.focal_length
    up = (centre_y - np.arange(camera.height))[:, None] / camera.vertical_scale
    azimuth = np.broadcast_to(np.rad2deg(np.arctan(left)), (camera.height, camera.width))
    return azimuth, np.rad2deg(np.arctan2(up, np.hypot(1.0, left)))


def to_perspective(
    frame: ImageArray, camera: Camera = DCASE2025_CAMERA, view_azimuth: float = 0.0
) -> ImageArray:
    """The camera's picture (camera.height, camera.width, …) out of a 360° frame (height, width, …).

    The scene is turned by `view_azimuth` degrees as `seldkit.geometry.foa_to_stereo` does: what lies at
    azimuth φ in the frame is seen at φ + view_azimuth. Bilinear, as the DCASE 2025 stereo data set has it
    (py360convert's `e2p` with u_deg = view_azimuth), and without a seam where the frame's two ends meet.
    The maps are kept for the last few cameras and views. Raises MissingExtraError without OpenCV.
    """
    cv2 = opencv()
    if frame.ndim not in (2, 3) or 0 in frame.shape:
        raise ValueError(f"expected a 360° frame (height, width, channels), got shape {frame.shape}")
    whole, fraction = _fixed_maps(camera, float(view_azimuth), (frame.shape[1], frame.shape[0]))
    picture: ImageArray = cv2.remap(frame, whole, fraction, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return picture


def perspective_maps(camera: Camera, view_azimuth: float, size: tuple[int, int]) -> tuple[Floats32, Floats32]:
    """For every pixel of the camera its x and y in a 360° frame of `size` (width, height).

    x goes beyond the frame by less than a pixel where its ends meet, and is to be wrapped; y never does:
    the last half pixel at the poles has the outermost row's colour.
    """
    azimuth, elevation = pixel_directions(camera)
    x, y = direction_to_frame_pixel(azimuth - view_azimuth, elevation, size)
    return np.asarray(x, np.float32), np.clip(y, 0.0, size[1] - 1.0).astype(np.float32)


def opencv() -> Any:
    """The module cv2; raises MissingExtraError without it."""
    try:
        import cv2
    except ImportError:
        raise MissingExtraError("drawing pictures", "synthesis") from None
    return cv2


@lru_cache(maxsize=4)
def _fixed_maps(camera: Camera, view_azimuth: float, size: tuple[int, int]) -> tuple[Any, Any]:
    """The maps as OpenCV wants them: whole pixels and 32nds (as py360convert has them)."""
    cv2 = opencv()
    maps = cv2.convertMaps(*perspective_maps(camera, view_azimuth, size), cv2.CV_16SC2)
    for each in maps:
        each.flags.writeable = False  # all callers share them
    return maps[0], maps[1]

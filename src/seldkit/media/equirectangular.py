"""360° frames: pixels, directions and perspective views.

A 360° frame is equirectangular, as in STARSS22 and STARSS23: azimuth from 180 degrees at the left edge to
-180 at the right edge, elevation from 90 degrees at the top to -90 at the bottom. Pixel coordinates are those
of `seldkit.geometry`: the center of the first pixel is 0, so that a frame extends from -0.5 to width - 0.5.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.errors import MissingExtraError
from seldkit.geometry import DCASE2025_CAMERA, Camera, wrap_azimuth
from seldkit.types import Floats, Floats32, ImageArray

FRAME_SIZE: Final = (1920, 960)
"""Width and height of the 360° frames of STARSS23, in pixels."""


def direction_to_frame_pixel(
    azimuth: ArrayLike, elevation: ArrayLike = 0.0, size: tuple[int, int] = FRAME_SIZE
) -> tuple[Any, Any]:
    """Returns the pixel of a direction in a 360° frame.

    x = (180 - azimuth) / 360 * width - 0.5 and y = (90 - elevation) / 180 * height - 0.5.

    Args:
        azimuth: Azimuths in degrees, positive to the left, any range. Shape ``(...)``.
        elevation: Elevations in degrees, positive upwards. Shape ``(...)``.
        size: Width and height of the frame in pixels.

    Returns:
        Pixel coordinates x and y, positive to the right and downwards. Same shape; x is always in the frame.
    """
    width, height = size
    x = (180.0 - np.asarray(wrap_azimuth(azimuth))) / 360.0 * width - 0.5
    y = (90.0 - np.asarray(elevation, dtype=np.float64)) / 180.0 * height - 0.5
    return x[()], y[()]


def frame_pixel_to_direction(
    x: ArrayLike, y: ArrayLike, size: tuple[int, int] = FRAME_SIZE
) -> tuple[Any, Any]:
    """Returns the direction of a pixel in a 360° frame.

    Args:
        x: Column in pixels, positive to the right. Shape ``(...)``.
        y: Row in pixels, positive downwards. Shape ``(...)``.
        size: Width and height of the frame in pixels.

    Returns:
        Azimuth in [-180, 180] and elevation, in degrees. Same shape.
    """
    width, height = size
    azimuth = 180.0 - (np.asarray(x, dtype=np.float64) + 0.5) / width * 360.0
    elevation = 90.0 - (np.asarray(y, dtype=np.float64) + 0.5) / height * 180.0
    return wrap_azimuth(azimuth), elevation[()]


def pixel_directions(camera: Camera = DCASE2025_CAMERA) -> tuple[Floats, Floats]:
    """Returns the direction of each pixel of a camera.

    Args:
        camera: Perspective camera.

    Returns:
        Azimuth and elevation in degrees, each of shape ``(height, width)``.
    """
    centre_x, centre_y = camera.centre
    left = (centre_x - np.arange(camera.width)) / camera.focal_length
    up = (centre_y - np.arange(camera.height))[:, None] / camera.vertical_scale
    azimuth = np.broadcast_to(np.rad2deg(np.arctan(left)), (camera.height, camera.width))
    return azimuth, np.rad2deg(np.arctan2(up, np.hypot(1.0, left)))


def to_perspective(
    frame: ImageArray, camera: Camera = DCASE2025_CAMERA, view_azimuth: float = 0.0
) -> ImageArray:
    """Projects a 360° frame to the image of a perspective camera.

    The scene is rotated as in `seldkit.geometry.foa_to_stereo`: an object at azimuth φ of the frame is at
    φ + `view_azimuth` in the view. Interpolation is bilinear, as in the DCASE 2025 stereo dataset
    (py360convert's `e2p` with u_deg = view_azimuth), and continuous where the left and the right edge meet.
    The maps of the last cameras and views are cached.

    Args:
        frame: 360° frame, uint8 of shape ``(height, width)`` or ``(height, width, channels)``.
        camera: Perspective camera.
        view_azimuth: Rotation of the scene in degrees, positive to the left.

    Returns:
        Image of the camera, ``(camera.height, camera.width)`` or ``(camera.height, camera.width, channels)``.

    Raises:
        MissingExtraError: If OpenCV is not installed.
        ValueError: If the frame has another shape.
    """
    cv2 = opencv()
    if frame.ndim not in (2, 3) or 0 in frame.shape:
        raise ValueError(f"expected a 360° frame (height, width, channels), got shape {frame.shape}")
    whole, fraction = _fixed_maps(camera, float(view_azimuth), (frame.shape[1], frame.shape[0]))
    image: ImageArray = cv2.remap(frame, whole, fraction, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return image


def perspective_maps(camera: Camera, view_azimuth: float, size: tuple[int, int]) -> tuple[Floats32, Floats32]:
    """Returns the position of each pixel of a camera in a 360° frame.

    Args:
        camera: Perspective camera.
        view_azimuth: Rotation of the scene in degrees, positive to the left.
        size: Width and height of the frame in pixels.

    Returns:
        x and y in pixels, each float32 of shape ``(camera.height, camera.width)``. x may exceed the frame by
        less than one pixel and must be wrapped; y is limited to the outermost rows.
    """
    azimuth, elevation = pixel_directions(camera)
    x, y = direction_to_frame_pixel(azimuth - view_azimuth, elevation, size)
    return np.asarray(x, np.float32), np.clip(y, 0.0, size[1] - 1.0).astype(np.float32)


def opencv() -> Any:
    """Imports OpenCV.

    Returns:
        The module cv2.

    Raises:
        MissingExtraError: If OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise MissingExtraError("rendering images", "synthesis") from None
    return cv2


@lru_cache(maxsize=4)
def _fixed_maps(camera: Camera, view_azimuth: float, size: tuple[int, int]) -> tuple[Any, Any]:
    """The maps in OpenCV's fixed-point format: whole pixels and 32nds, as in py360convert."""
    cv2 = opencv()
    maps = cv2.convertMaps(*perspective_maps(camera, view_azimuth, size), cv2.CV_16SC2)
    for array in maps:
        array.flags.writeable = False  # shared by all callers
    return maps[0], maps[1]

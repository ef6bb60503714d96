"""Reading of cut-outs, photographs and panoramas (PNG, JPEG) from untrusted files."""

from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from seldkit.errors import ImageError
from seldkit.files import read_regular_file
from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.types import ImageArray

IMAGE_SUFFIXES: Final = (".png", ".jpg", ".jpeg")
"""Suffixes of the files that are read."""
MAX_CUTOUT_PX: Final = 512
"""Longer side of a cut-out; larger ones are reduced."""
PANORAMA_HEIGHT_PX: Final = 1024
"""Height of a panorama; larger ones are reduced."""
MAX_PIXELS: Final = 100_000_000
"""Number of pixels of the largest image that is read."""
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""Size in bytes of the largest image file that is read."""
MIN_ALPHA: Final = 8
"""Alpha (0 to 255) up to which a pixel is regarded as transparent."""
MIN_OPAQUE_PIXELS: Final = 16
"""Number of pixels of the smallest cut-out."""


def read_cutout(path: Path) -> Cutout:
    """Reads a cut-out and crops its transparent border. An image without alpha is opaque.

    Args:
        path: PNG or JPEG file.

    Returns:
        Image with premultiplied alpha, shape ``(height, width, 4)``, longer side at most `MAX_CUTOUT_PX`.

    Raises:
        ImageError: The file is not an image, is damaged or too large, or is completely transparent.
    """
    image = _read(path)
    opaque = np.argwhere(image[..., 3] > MIN_ALPHA)
    if len(opaque) < MIN_OPAQUE_PIXELS:
        raise ImageError(f"{path.name}: expected a cut-out, got an image that is completely transparent")
    (top, left), (bottom, right) = opaque.min(axis=0), opaque.max(axis=0) + 1
    cropped = image[top:bottom, left:right].astype(np.float32)
    cropped[..., :3] *= cropped[..., 3:] / 255.0
    reduced = _reduce(cropped, MAX_CUTOUT_PX / max(cropped.shape[:2]))
    return np.asarray(np.rint(reduced), dtype=np.uint8)


def read_photograph(path: Path) -> ImageArray:
    """Reads an image without changing its size.

    Args:
        path: PNG or JPEG file.

    Returns:
        RGB image, shape ``(height, width, 3)``.

    Raises:
        ImageError: The file is not an image, is damaged or too large.
    """
    return np.ascontiguousarray(_read(path)[..., :3])


def read_panorama(path: Path) -> ImageArray:
    """Reads an equirectangular image.

    Args:
        path: PNG or JPEG file.

    Returns:
        RGB image, shape ``(height, 2 · height, 3)``, height at most `PANORAMA_HEIGHT_PX`.

    Raises:
        ImageError: The file is not an image, is damaged or too large, or is not twice as wide as high.
    """
    image = _read(path)[..., :3]
    height, width = image.shape[:2]
    if abs(width / height - 2.0) > 0.02:
        raise ImageError(
            f"{path.name}: expected a 360° image twice as wide as high, got {width} × {height}; "
            "remove it from panoramas/"
        )
    return np.ascontiguousarray(_reduce(image, PANORAMA_HEIGHT_PX / height))


def _reduce(image: NDArray[Any], factor: float) -> NDArray[Any]:
    if factor >= 1.0:
        return image
    cv2 = opencv()
    height, width = (max(1, round(length * factor)) for length in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))


def _read(path: Path) -> ImageArray:
    """An RGBA image (height, width, 4), read by FFmpeg's decoders, which reject damaged files."""
    try:
        content = read_regular_file(path, MAX_FILE_BYTES)
    except OSError as problem:
        raise ImageError(f"{path.name}: cannot be read ({problem.strerror})") from None
    decoder: Any = av.CodecContext.create("png" if content.startswith(b"\x89PNG") else "mjpeg", "r")
    decoder.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(MAX_PIXELS)}
    decoder.thread_count = 1
    try:
        frames = [*decoder.decode(av.Packet(content)), *decoder.decode(None)] if content else []
    except (FFmpegError, ValueError):
        frames = []
    if not frames:
        raise ImageError(
            f"{path.name}: expected a PNG or JPEG image of at most {MAX_PIXELS // 10**6} megapixels, got "
            f"{len(content)} bytes that are not one or are damaged; replace it"
        )
    if frames[0].format.has_palette or len(frames[0].format.components) in (2, 4):
        return np.asarray(frames[0].to_ndarray(format="rgba"), dtype=np.uint8)
    colours = frames[0].to_ndarray(format="rgb24")  # alpha added by FFmpeg itself has gaps
    return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])

"""Reading cut-outs (PNG, JPEG) and panoramas from files that may be anything."""

from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from seldkit.errors import ImageError
from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.types import ImageArray

SUFFIXES: Final = (".png", ".jpg", ".jpeg")
LARGEST: Final = 512
"""Pixels of a cut-out's longer side; larger ones are made smaller when they are read."""
PANORAMA_HEIGHT: Final = 1024
MOST_PIXELS: Final = 100_000_000


def read_cutout(path: Path) -> Cutout:
    """A cut-out without the empty space round it; one without alpha is seen whole.

    Raises ImageError in one line where the file is no picture, is damaged or too large, or shows nothing.
    """
    picture = _read(path)
    seen = np.argwhere(picture[..., 3] > 8)
    if len(seen) < 16:
        raise ImageError(f"{path.name}: expected a cut-out, got a picture that is transparent throughout")
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    piece = picture[top:bottom, left:right].astype(np.float32)
    piece[..., :3] *= piece[..., 3:] / 255.0
    return np.asarray(np.rint(_shrunk(piece, LARGEST / max(piece.shape[:2]))), dtype=np.uint8)


def read_photograph(path: Path) -> ImageArray:
    """A picture (height, width, 3) in its own size. Raises ImageError in one line."""
    return np.ascontiguousarray(_read(path)[..., :3])


def read_panorama(path: Path) -> ImageArray:
    """An equirectangular picture (height, 2 · height, 3). Raises ImageError in one line."""
    picture = _read(path)[..., :3]
    height, width = picture.shape[:2]
    if abs(width / height - 2.0) > 0.02:
        raise ImageError(
            f"{path.name}: expected a 360° picture twice as wide as high, got {width} × {height}; "
            "remove it from panoramas/"
        )
    return np.ascontiguousarray(_shrunk(picture, PANORAMA_HEIGHT / height))


def _shrunk(picture: NDArray[Any], factor: float) -> NDArray[Any]:
    if factor >= 1.0:
        return picture
    cv2 = opencv()
    height, width = (max(1, round(length * factor)) for length in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _read(path: Path) -> NDArray[np.uint8]:
    """(height, width, 4), RGB and alpha, 8 bits; by FFmpeg's decoder, which refuses what is damaged."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ImageError(f"{path.name}: cannot be read ({problem.strerror})") from None
    decoder: Any = av.CodecContext.create("png" if content.startswith(b"\x89PNG") else "mjpeg", "r")
    decoder.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(MOST_PIXELS)}
    decoder.thread_count = 1
    try:
        pictures = [*decoder.decode(av.Packet(content)), *decoder.decode(None)] if content else []
    except (FFmpegError, ValueError):
        pictures = []
    if not pictures:
        raise ImageError(
            f"{path.name}: expected a PNG or JPEG picture of at most {MOST_PIXELS // 10**6} megapixels, got "
            f"{len(content)} bytes that are not one or are damaged; replace it"
        )
    if pictures[0].format.has_palette or len(pictures[0].format.components) in (2, 4):
        return np.asarray(pictures[0].to_ndarray(format="rgba"), dtype=np.uint8)
    colours = pictures[0].to_ndarray(format="rgb24")  # FFmpeg leaves gaps in an alpha that it adds itself
    return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])

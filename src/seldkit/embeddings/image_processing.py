"""Pictures as encoders want them: scaled, cropped, normalised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import MissingExtraError
from seldkit.types import ImageArray

if TYPE_CHECKING:
    from torch import Tensor

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)


def resize_image(
    picture: ImageArray, size: tuple[int, int], filter: Literal["bilinear", "bicubic"] = "bilinear"
) -> ImageArray:
    """A picture (height, width, 3) at another size (width, height), by Pillow: smoothed where it shrinks."""
    image = _pillow()
    if picture.shape[1::-1] == size:
        return picture
    resample = image.Resampling.BILINEAR if filter == "bilinear" else image.Resampling.BICUBIC
    return np.array(image.fromarray(picture).resize(size, resample))


def blur_image(picture: ImageArray, deviation: float) -> ImageArray:
    """A picture out of focus: a Gaussian of so many pixels, as Pillow's box filters come near it."""
    image = _pillow()
    from PIL import ImageFilter

    return np.array(image.fromarray(picture).filter(ImageFilter.GaussianBlur(deviation)))


def center_crop(picture: ImageArray, size: tuple[int, int]) -> ImageArray:
    """The middle of a picture, of a size (width, height) not above its own."""
    left, top = (picture.shape[1] - size[0]) // 2, (picture.shape[0] - size[1]) // 2
    return picture[top : top + size[1], left : left + size[0]]


def crop_rotated_square(
    picture: ImageArray, x: float, y: float, side: float, angle: float, size: int
) -> NDArray[np.uint8]:
    """A turned square of a picture, (size, size, 3), black beyond the picture's edges.

    x, y: its middle; side: its length, in pixels; angle: radians by which it is turned clockwise.
    """
    step = side / size
    cosine, sine = step * math.cos(angle), step * math.sin(angle)
    left, top = x - (cosine - sine) * size / 2, y - (sine + cosine) * size / 2
    image = _pillow()
    turned = image.fromarray(picture).transform(
        (size, size),
        image.Transform.AFFINE,
        (cosine, -sine, left, sine, cosine, top),
        resample=image.Resampling.BILINEAR,
    )
    return np.array(turned)


def normalise_images(
    pictures: NDArray[Any], like: Tensor, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> Tensor:
    """(pictures, height, width, 3) of 0 to 255 -> (pictures, 3, height, width), on the device of `like`.

    Each colour c becomes (c / 255 − mean) / deviation, in the precision of `like`.
    """
    import torch

    values = torch.from_numpy(np.ascontiguousarray(pictures)).to(like.device).permute(0, 3, 1, 2).float()
    shift = torch.tensor(mean, device=like.device)[:, None, None]
    scale = torch.tensor(deviation, device=like.device)[:, None, None]
    return ((values / 255.0 - shift) / scale).to(like.dtype)


def average_tiles(maps: Tensor, rows: int, columns: int) -> Tensor:
    """Means of maps' tiles, row by row: (pictures, height, width, dim) -> (pictures, rows · columns, dim)."""
    from torch.nn.functional import adaptive_avg_pool2d

    pooled: Tensor = adaptive_avg_pool2d(maps.permute(0, 3, 1, 2).float(), (rows, columns))
    return pooled.flatten(2).transpose(1, 2)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("looking at pictures", "embeddings") from None
    return Image

"""Preprocessing of images for encoders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from seldkit.errors import MissingExtraError
from seldkit.types import ImageArray

if TYPE_CHECKING:
    from torch import Tensor

    from seldkit.embeddings.registry import EncoderInput

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)


def resize_image(
    image: ImageArray, size: tuple[int, int], filter: Literal["bilinear", "bicubic"] = "bilinear"
) -> ImageArray:
    """Resizes an image with antialiasing (Pillow).

    Args:
        image: RGB image, shape ``(height, width, 3)``.
        size: New width and height in pixels.
        filter: Interpolation.

    Returns:
        RGB image, shape ``(size[1], size[0], 3)``.

    Raises:
        MissingExtraError: Pillow is missing.
    """
    pillow = _pillow()
    if image.shape[1::-1] == size:
        return image
    resample = pillow.Resampling.BILINEAR if filter == "bilinear" else pillow.Resampling.BICUBIC
    return np.array(pillow.fromarray(image).resize(size, resample))


def blur_image(image: ImageArray, deviation: float) -> ImageArray:
    """Blurs an image with Pillow's approximation of a Gaussian filter.

    Args:
        image: RGB image, shape ``(height, width, 3)``.
        deviation: Standard deviation in pixels, at least 0.

    Returns:
        RGB image, same shape.

    Raises:
        MissingExtraError: Pillow is missing.
    """
    pillow = _pillow()
    from PIL import ImageFilter

    return np.array(pillow.fromarray(image).filter(ImageFilter.GaussianBlur(deviation)))


def center_crop(image: ImageArray, size: tuple[int, int]) -> ImageArray:
    """Crops the centre of an image.

    Args:
        image: RGB image, shape ``(height, width, 3)``.
        size: Width and height in pixels, not larger than the image.

    Returns:
        RGB image, shape ``(size[1], size[0], 3)``.
    """
    left, top = (image.shape[1] - size[0]) // 2, (image.shape[0] - size[1]) // 2
    return image[top : top + size[1], left : left + size[0]]


def crop_rotated_square(
    image: ImageArray, x: float, y: float, side: float, angle: float, size: int
) -> ImageArray:
    """Crops a rotated square and resizes it. Pixels outside the image are black.

    Args:
        image: RGB image, shape ``(height, width, 3)``.
        x: Horizontal coordinate of the centre in pixels.
        y: Vertical coordinate of the centre in pixels.
        side: Side length in pixels.
        angle: Clockwise rotation of the square in radians.
        size: Side length of the result in pixels.

    Returns:
        RGB image, shape ``(size, size, 3)``.

    Raises:
        MissingExtraError: Pillow is missing.
    """
    scale = side / size
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    left, top = x - (cosine - sine) * size / 2, y - (sine + cosine) * size / 2
    pillow = _pillow()
    square = pillow.fromarray(image).transform(
        (size, size),
        pillow.Transform.AFFINE,
        (cosine, -sine, left, sine, cosine, top),
        resample=pillow.Resampling.BILINEAR,
    )
    return np.array(square)


def normalise_images(
    images: EncoderInput, like: Tensor, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> Tensor:
    """Converts images to a normalised tensor: ``(value / 255 - mean) / deviation``.

    Args:
        images: RGB images from 0 to 255, shape ``(images, height, width, 3)``.
        like: Tensor of any shape that determines the device and precision.
        mean: Mean of each colour, from 0 to 1.
        deviation: Standard deviation of each colour, from 0 to 1.

    Returns:
        Normalised images, shape ``(images, 3, height, width)``.
    """
    import torch

    values = torch.from_numpy(np.ascontiguousarray(images)).to(like.device).permute(0, 3, 1, 2).float()
    shift = torch.tensor(mean, device=like.device)[:, None, None]
    scale = torch.tensor(deviation, device=like.device)[:, None, None]
    return ((values / 255.0 - shift) / scale).to(like.dtype)


def average_tiles(maps: Tensor, rows: int, columns: int, *, joined: bool = False) -> Tensor:
    """Averages feature maps within tiles.

    Args:
        maps: Feature maps, shape ``(images, height, width, dim)``.
        rows: Number of tiles from top to bottom.
        columns: Number of tiles from left to right.
        joined: Whether the tiles of an image are concatenated to one token.

    Returns:
        Tokens, row by row from the left, shape ``(images, rows * columns, dim)``, or
        ``(images, 1, rows * columns * dim)`` if joined.
    """
    from torch.nn.functional import adaptive_avg_pool2d

    pooled: Tensor = adaptive_avg_pool2d(maps.permute(0, 3, 1, 2).float(), (rows, columns))
    tiles = pooled.flatten(2).transpose(1, 2)
    return tiles.flatten(1).unsqueeze(1) if joined else tiles


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("processing images", "embeddings") from None
    return Image

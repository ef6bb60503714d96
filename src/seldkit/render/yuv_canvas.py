"""Drawing on video frames in YUV 4:2:0, which leaves all other pixels unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.render.palette import Colour
from seldkit.types import Floats32

if TYPE_CHECKING:
    from PIL.Image import Image

Plane = NDArray[np.uint8]
_OPAQUE: Final = 256


def even(pixels: float) -> int:
    """Rounds a length to an even number of pixels, because chroma has half the resolution.

    Args:
        pixels: Length in pixels.

    Returns:
        Nearest even number.
    """
    return 2 * round(pixels / 2)


@dataclass(frozen=True)
class YuvSprite:
    """A small image with transparency, of even size.

    Attributes:
        layers: Values and opacity (0 to 256) for Y, U and V. Shape ``(height, width)`` for Y, half of both
            for U and V.
    """

    layers: tuple[tuple[NDArray[np.uint16], NDArray[np.uint16]], ...]

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.layers[0][0].shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.layers[0][0].shape[1])


@dataclass(frozen=True)
class YuvCanvas:
    """The planes of a video frame of even size.

    Attributes:
        planes: Y of shape ``(height, width)``, U and V of shape ``(height / 2, width / 2)``; uint8.
    """

    planes: tuple[Plane, Plane, Plane]

    @classmethod
    def blank(cls, width: int, height: int) -> YuvCanvas:
        """Creates a canvas with undefined content.

        Args:
            width: Width in pixels, even.
            height: Height in pixels, even.

        Returns:
            Canvas of new planes.
        """
        half = (height // 2, width // 2)
        return cls((np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)))

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.planes[0].shape[1])

    def crop(self, x: int, y: int, width: int, height: int) -> YuvCanvas:
        """Returns a rectangle of the canvas that shares its memory.

        Args:
            x: Left edge in pixels, even.
            y: Top edge in pixels, even.
            width: Width in pixels, even.
            height: Height in pixels, even.

        Returns:
            View of the rectangle.
        """
        first, second, third = (
            plane[y // step : (y + height) // step, x // step : (x + width) // step]
            for plane, step in zip(self.planes, (1, 2, 2), strict=True)
        )
        return YuvCanvas((first, second, third))

    def copy_from(self, other: YuvCanvas) -> None:
        """Copies the content of a canvas of the same size.

        Args:
            other: Canvas to copy.
        """
        for plane, source in zip(self.planes, other.planes, strict=True):
            plane[:] = source

    def outline(
        self, left: float, top: float, right: float, bottom: float, thickness: int, ink: YuvCanvas
    ) -> None:
        """Draws the edges of a rectangle, clipped to the canvas.

        Args:
            left: Left edge in pixels.
            top: Top edge in pixels.
            right: Right edge in pixels.
            bottom: Bottom edge in pixels.
            thickness: Thickness of the edges in pixels, even. They are drawn inside the rectangle.
            ink: Canvas of the colour.
        """
        columns = [even(np.clip(x, 0, self.width)) for x in (left, right)]
        rows = [even(np.clip(y, 0, self.height)) for y in (top, bottom)]
        for plane, colour, step in zip(self.planes, ink.planes, (1, 2, 2), strict=True):
            inside = plane[rows[0] // step : rows[1] // step, columns[0] // step : columns[1] // step]
            width = thickness // step
            for edge in (inside[:width], inside[-width:], inside[:, :width], inside[:, -width:]):
                edge[:] = colour[0, 0]

    def paste(self, sprite: YuvSprite, x: float, y: float, opacity: float = 1.0) -> None:
        """Blends a sprite onto the canvas, clipped to it.

        Args:
            sprite: Sprite to draw.
            x: Left edge in pixels, rounded to an even number.
            y: Top edge in pixels, rounded to an even number.
            opacity: Factor on the opacity of the sprite, 0 to 1.
        """
        left, top, share = even(x) // 2, even(y) // 2, round(_OPAQUE * opacity)
        for plane, (value, alpha), size in zip(self.planes, sprite.layers, (2, 1, 1), strict=True):
            _blend(plane, value, alpha, left * size, top * size, share)

    def paste_centred(self, sprite: YuvSprite, x: float, y: float, opacity: float = 1.0) -> None:
        """Blends a sprite onto the canvas, centred at a position.

        Args:
            sprite: Sprite to draw.
            x: Horizontal centre in pixels.
            y: Vertical centre in pixels.
            opacity: Factor on the opacity of the sprite, 0 to 1.
        """
        self.paste(sprite, x - sprite.width / 2, y - sprite.height / 2, opacity)


def _blend(
    plane: Plane, value: NDArray[np.uint16], alpha: NDArray[np.uint16], left: int, top: int, share: int
) -> None:
    cut_left, cut_top = max(0, -left), max(0, -top)
    target = plane[max(0, top) : max(0, top + value.shape[0]), max(0, left) : max(0, left + value.shape[1])]
    if not target.size:
        return
    window = (
        slice(cut_top, cut_top + target.shape[0]),
        slice(cut_left, cut_left + target.shape[1]),
    )
    weight = alpha[window] if share >= _OPAQUE else alpha[window] * np.uint16(share) >> 8
    # The sum is at most 255 × 256, which fits into 16 bits.
    target[:] = (value[window] * weight + target * (_OPAQUE - weight)) >> 8


@dataclass(frozen=True)
class Paint:
    """Conversion of RGB to the YUV colour space of a video.

    Attributes:
        red: Weight of red in the luma (ITU-R BT.601, BT.709 or BT.2020), 0 to 1.
        blue: Weight of blue in the luma, 0 to 1.
        full: Whether the luma has the range 0 to 255 instead of 16 to 235.
    """

    red: float = 0.299
    blue: float = 0.114
    full: bool = False

    def sprite(self, image: Image) -> YuvSprite:
        """Converts an RGBA image.

        Args:
            image: Image of any size. An odd size is padded with transparent pixels.

        Returns:
            Sprite of even size.
        """
        pixels = np.asarray(image.convert("RGBA"), dtype=np.float32)
        pixels = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)))
        alpha = pixels[..., 3] / 255.0
        y, u, v = self._convert(pixels[..., :3])
        weight = _mean_2x2(alpha)
        layers = [(y, alpha)]
        layers += [
            (np.divide(_mean_2x2(part * alpha), weight, out=_mean_2x2(part), where=weight > 0), weight)
            for part in (u, v)
        ]
        return YuvSprite(
            tuple((_to_uint16(value, 255), _to_uint16(_OPAQUE * part, _OPAQUE)) for value, part in layers)
        )

    def image(self, image: Image) -> YuvCanvas:
        """Converts an RGB image.

        Args:
            image: Image of even size.

        Returns:
            Canvas of the same size.
        """
        y, u, v = self._convert(np.asarray(image.convert("RGB"), dtype=np.float32))
        return YuvCanvas((_to_uint8(y), _to_uint8(_mean_2x2(u)), _to_uint8(_mean_2x2(v))))

    def plain(self, colour: Colour, width: int, height: int) -> YuvCanvas:
        """Creates a canvas of one colour.

        Args:
            colour: Red, green and blue.
            width: Width in pixels, even.
            height: Height in pixels, even.

        Returns:
            Canvas of this size.
        """
        canvas = YuvCanvas.blank(width, height)
        values = self._convert(np.array([[colour]], dtype=np.float32))
        for plane, value in zip(canvas.planes, values, strict=True):
            plane[:] = np.rint(value).astype(np.uint8)
        return canvas

    def _convert(self, rgb: Floats32) -> tuple[Any, Any, Any]:
        """Returns Y, U and V from 0 to 255, each (height, width), of RGB values (height, width, 3)."""
        weights = np.array([self.red, 1.0 - self.red - self.blue, self.blue], dtype=np.float32)
        luma = rgb @ weights
        u = (rgb[..., 2] - luma) / (2.0 - 2.0 * self.blue)
        v = (rgb[..., 0] - luma) / (2.0 - 2.0 * self.red)
        if self.full:
            return luma, u + 128.0, v + 128.0
        return 16.0 + luma * (219 / 255), 128.0 + u * (224 / 255), 128.0 + v * (224 / 255)


def rgba(colour: Colour, opacity: float = 1.0) -> tuple[int, int, int, int]:
    """Adds an alpha value to a colour.

    Args:
        colour: Red, green and blue.
        opacity: Opacity, 0 to 1.

    Returns:
        Colour for Pillow.
    """
    return (*colour, round(255 * opacity))


def _mean_2x2(plane: Any) -> Any:
    height, width = plane.shape
    return plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))


def _to_uint16(plane: Floats32, maximum: int) -> NDArray[np.uint16]:
    return np.rint(plane).clip(0, maximum).astype(np.uint16)


def _to_uint8(plane: Floats32) -> Plane:
    return np.rint(plane).clip(0, 255).astype(np.uint8)

"""Drawing on pictures as videos hold them (YUV 4:2:0), so that what is not drawn on stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seldkit.render.palette import Colour

if TYPE_CHECKING:
    from PIL.Image import Image

Plane = NDArray[np.uint8]
_OPAQUE = 256


def even(pixels: float) -> int:
    """The nearest even number: colour is stored for squares of two by two pixels."""
    return 2 * round(pixels / 2)


@dataclass(frozen=True)
class YuvSprite:
    """A small picture with transparency, of even size.

    layers: for Y, U and V the values and their opacity (0 to 256), each (height, width) or half of both.
    """

    layers: tuple[tuple[NDArray[np.uint16], NDArray[np.uint16]], ...]

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.layers[0][0].shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.layers[0][0].shape[1])


@dataclass(frozen=True)
class YuvCanvas:
    """The planes of a picture: Y (height, width), U and V (half of both); height and width are even."""

    planes: tuple[Plane, Plane, Plane]

    @classmethod
    def blank(cls, width: int, height: int) -> YuvCanvas:
        """Planes with any content."""
        half = (height // 2, width // 2)
        return cls((np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8)))

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.planes[0].shape[1])

    def part(self, x: int, y: int, width: int, height: int) -> YuvCanvas:
        """A rectangle of it, to draw on; all numbers even."""
        first, second, third = (
            plane[y // step : (y + height) // step, x // step : (x + width) // step]
            for plane, step in zip(self.planes, (1, 2, 2), strict=True)
        )
        return YuvCanvas((first, second, third))

    def put(self, other: YuvCanvas) -> None:
        """Copy a picture of the same size onto it."""
        for plane, source in zip(self.planes, other.planes, strict=True):
            plane[:] = source

    def outline(
        self, left: float, top: float, right: float, bottom: float, thick: int, ink: YuvCanvas
    ) -> None:
        """Draw the edges of a rectangle inwards, `thick` (even) pixels wide, as far as it is on the canvas.

        ink: a canvas of the one colour.
        """
        sides = [even(np.clip(x, 0, self.width)) for x in (left, right)]
        ends = [even(np.clip(y, 0, self.height)) for y in (top, bottom)]
        for plane, colour, step in zip(self.planes, ink.planes, (1, 2, 2), strict=True):
            part = plane[ends[0] // step : ends[1] // step, sides[0] // step : sides[1] // step]
            wide = thick // step
            for edge in (part[:wide], part[-wide:], part[:, :wide], part[:, -wide:]):
                edge[:] = colour[0, 0]

    def paste(self, sprite: YuvSprite, x: float, y: float, opacity: float = 1.0) -> None:
        """Blend a sprite onto it, its top left corner at the even pixel nearest to (x, y)."""
        left, top, share = even(x) // 2, even(y) // 2, round(_OPAQUE * opacity)
        for plane, (value, alpha), size in zip(self.planes, sprite.layers, (2, 1, 1), strict=True):
            _blend(plane, value, alpha, left * size, top * size, share)

    def paste_centred(self, sprite: YuvSprite, x: float, y: float, opacity: float = 1.0) -> None:
        """The same with the sprite's middle at (x, y)."""
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
    over = alpha[window] if share >= _OPAQUE else alpha[window] * np.uint16(share) >> 8
    # At most 255 × 256 in all, which sixteen bits hold.
    target[:] = (value[window] * over + target * (_OPAQUE - over)) >> 8


@dataclass(frozen=True)
class Paint:
    """Turns red, green and blue into a video's own Y, U and V.

    matrix: weights of red and blue in the luma (ITU-R BT.601, 709 or 2020); full: whether luma goes from 0
    to 255 or from 16 to 235.
    """

    red: float = 0.299
    blue: float = 0.114
    full: bool = False

    def sprite(self, image: Image) -> YuvSprite:
        """An RGBA picture as a sprite; an odd size is filled up with transparency."""
        pixels = np.asarray(image.convert("RGBA"), dtype=np.float32)
        pixels = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)))
        alpha = pixels[..., 3] / 255.0
        y, u, v = self._convert(pixels[..., :3])
        weight = _quarters(alpha)
        layers = [(y, alpha)]
        layers += [
            (np.divide(_quarters(part * alpha), weight, out=_quarters(part), where=weight > 0), weight)
            for part in (u, v)
        ]
        return YuvSprite(
            tuple((_whole(value, 255), _whole(_OPAQUE * part, _OPAQUE)) for value, part in layers)
        )

    def picture(self, image: Image) -> YuvCanvas:
        """An RGB picture of even size as planes."""
        y, u, v = self._convert(np.asarray(image.convert("RGB"), dtype=np.float32))
        return YuvCanvas((_bytes(y), _bytes(_quarters(u)), _bytes(_quarters(v))))

    def plain(self, colour: Colour, width: int, height: int) -> YuvCanvas:
        """Planes of one colour and even size."""
        canvas = YuvCanvas.blank(width, height)
        values = self._convert(np.array([[colour]], dtype=np.float32))
        for plane, value in zip(canvas.planes, values, strict=True):
            plane[:] = np.rint(value).astype(np.uint8)
        return canvas

    def _convert(self, rgb: NDArray[np.float32]) -> tuple[Any, Any, Any]:
        """Values from 0 to 255 as floats, each (height, width)."""
        weights = np.array([self.red, 1.0 - self.red - self.blue, self.blue], dtype=np.float32)
        luma = rgb @ weights
        u = (rgb[..., 2] - luma) / (2.0 - 2.0 * self.blue)
        v = (rgb[..., 0] - luma) / (2.0 - 2.0 * self.red)
        if self.full:
            return luma, u + 128.0, v + 128.0
        return 16.0 + luma * (219 / 255), 128.0 + u * (224 / 255), 128.0 + v * (224 / 255)


def rgba(colour: Colour, opacity: float = 1.0) -> tuple[int, int, int, int]:
    """A colour for Pillow, with its opacity (0 to 1)."""
    return (*colour, round(255 * opacity))


def _quarters(plane: Any) -> Any:
    """The mean of each square of two by two."""
    height, width = plane.shape
    return plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))


def _whole(plane: Any, most: int) -> NDArray[np.uint16]:
    whole: NDArray[np.uint16] = np.rint(plane).clip(0, most).astype(np.uint16)
    return whole


def _bytes(plane: Any) -> Plane:
    plane_of_bytes: Plane = np.rint(plane).clip(0, 255).astype(np.uint8)
    return plane_of_bytes

"""Markers, arrows and labels as RGBA images, supersampled for smooth edges."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.render.fonts import MAX_LABEL_CHARACTERS, font, one_line
from seldkit.render.palette import Colour, class_colour_on_dark, class_marker
from seldkit.render.yuv_canvas import even, rgba

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SUPERSAMPLING: Final = 4
"""Factor by which shapes are drawn larger and then reduced."""
WHITE: Final[Colour] = (255, 255, 255)
GREY: Final[Colour] = (190, 194, 200)
BACKGROUND: Final[Colour] = (22, 24, 29)
_POLYGONS: Final = {
    "s": (4, 45.0),
    "^": (3, 0.0),
    "D": (4, 0.0),
    "v": (3, 180.0),
    "p": (5, 0.0),
    "h": (6, 0.0),
}
"""Number of corners and rotation in degrees of Matplotlib's markers."""


@lru_cache(maxsize=64)
def marker(class_id: int, size: int, *, hollow: bool = False) -> Image:
    """Draws the marker of a class in its colour with a white edge.

    Args:
        class_id: Class index.
        size: Width and height in pixels.
        hollow: Whether only the edge is drawn, in the colour of the class.

    Returns:
        RGBA image.
    """
    image, draw, side = _supersampled(size, BACKGROUND)
    colour, inner = rgba(class_colour_on_dark(class_id)), rgba(BACKGROUND, 0.35)
    layers = [(0.5, rgba(BACKGROUND, 0.8)), (0.44, colour if hollow else rgba(WHITE))]
    for radius, fill in [*layers, (0.30, inner if hollow else colour)]:
        draw.polygon(_outline(class_marker(class_id), side / 2, radius * side), fill=fill)
    return image.reduce(SUPERSAMPLING)


def ring(class_id: int, size: int) -> Image:
    """Draws a circle line in the colour of a class between dark edges.

    Args:
        class_id: Class index.
        size: Diameter in pixels.

    Returns:
        RGBA image.
    """
    colour = class_colour_on_dark(class_id)
    image, draw, side = _supersampled(size, colour)
    for inset, width, ink in ((0.0, 0.22, rgba(BACKGROUND, 0.8)), (0.05, 0.12, rgba(colour))):
        box = (inset * side, inset * side, (1.0 - inset) * side, (1.0 - inset) * side)
        draw.ellipse(box, outline=ink, width=round(width * side))
    return image.reduce(SUPERSAMPLING)


def dot(class_id: int, size: int) -> Image:
    """Draws a disc in the colour of a class.

    Args:
        class_id: Class index.
        size: Diameter in pixels.

    Returns:
        RGBA image.
    """
    colour = class_colour_on_dark(class_id)
    image, draw, side = _supersampled(size, colour)
    draw.polygon(_outline("o", side / 2, side / 2), fill=rgba(colour))
    return image.reduce(SUPERSAMPLING)


def arrow(class_id: int, size: int, *, left: bool) -> Image:
    """Draws a triangle in the colour of a class that points to the left or right.

    Args:
        class_id: Class index.
        size: Width and height in pixels.
        left: Whether it points to the left.

    Returns:
        RGBA image.
    """
    image, draw, side = _supersampled(size, BACKGROUND)
    layers = (
        (0.0, rgba(BACKGROUND, 0.8)),
        (0.06, rgba(WHITE)),
        (0.17, rgba(class_colour_on_dark(class_id))),
    )
    for inset, fill in layers:
        tip, back = 1.6 * inset, 0.75 - inset
        corners = [(tip, 0.5), (back, 1.25 * inset), (back, 1.0 - 1.25 * inset)]
        draw.polygon([((x if left else 1.0 - x) * side, y * side) for x, y in corners], fill=fill)
    return image.reduce(SUPERSAMPLING)


def vertical_line(class_id: int, width: int, height: int) -> Image:
    """Draws a vertical line in the colour of a class.

    Args:
        class_id: Class index.
        width: Width in pixels.
        height: Height in pixels.

    Returns:
        RGBA image.
    """
    from PIL import Image

    return Image.new("RGBA", (width, height), rgba(class_colour_on_dark(class_id)))


def label(
    class_id: int, name: str, details: str, font_size: int, max_length: int = MAX_LABEL_CHARACTERS
) -> Image:
    """Draws a dark box with the marker and name of a class and a second line of text.

    Args:
        class_id: Class index.
        name: Class name, drawn in bold.
        details: Second line.
        font_size: Height of the letters in pixels.
        max_length: Maximum number of characters in a line.

    Returns:
        RGBA image of even size.
    """
    from PIL import Image, ImageDraw

    name, details = one_line(name, max_length), one_line(details, max_length)
    name_font, details_font = font(font_size, name, bold=True), font(round(0.88 * font_size), details)
    gap, icon = max(2, font_size // 3), round(1.1 * font_size)
    text_width = max(name_font.getlength(name), details_font.getlength(details))
    width, height = even(text_width + icon + 3 * gap + 1), even(2.5 * font_size + gap)
    image = Image.new("RGBA", (width, height), rgba(BACKGROUND, 0.0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=gap, fill=rgba(BACKGROUND, 0.8))
    image.alpha_composite(marker(class_id, icon), (gap, round(gap / 2 + 0.1 * font_size)))
    left = icon + 2 * gap
    draw.text((left, gap / 2 + 0.65 * font_size), name, fill=rgba(WHITE), font=name_font, anchor="lm")
    draw.text((left, gap / 2 + 1.85 * font_size), details, fill=rgba(GREY), font=details_font, anchor="lm")
    return image


def _supersampled(size: int, colour: Colour) -> tuple[Image, ImageDraw, int]:
    """Returns a transparent image, a drawing context for it and its side in pixels."""
    from PIL import Image, ImageDraw

    side = SUPERSAMPLING * even(size)
    image = Image.new("RGBA", (side, side), rgba(colour, 0.0))
    return image, ImageDraw.Draw(image), side


def _outline(shape: str, centre: float, radius: float) -> list[tuple[float, float]]:
    """Returns the corners of one of Matplotlib's marker shapes."""
    if shape == "o":
        angles, radii = np.linspace(0.0, 2 * np.pi, 64, endpoint=False), np.full(64, 0.92)
    elif shape == "*":
        angles, radii = 2 * np.pi * np.arange(10) / 10, np.where(np.arange(10) % 2, 0.5, 1.0)
    else:
        count, rotation = _POLYGONS[shape]
        angles, radii = 2 * np.pi * np.arange(count) / count + np.deg2rad(rotation), np.ones(count)
    corners = np.stack(
        [centre + radius * radii * np.sin(angles), centre - radius * radii * np.cos(angles)], axis=1
    )
    return [(float(x), float(y)) for x, y in corners]

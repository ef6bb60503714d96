"""Markers, arrows and labels as RGBA pictures, drawn large and made small so that edges are smooth."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from seldkit.render.fonts import MOST_LETTERS, font, one_line
from seldkit.render.palette import Colour, class_shape, on_dark
from seldkit.render.yuv_canvas import even, rgba

if TYPE_CHECKING:
    from PIL.Image import Image

FINER = 4
WHITE: Colour = (255, 255, 255)
GREY: Colour = (190, 194, 200)
GROUND: Colour = (22, 24, 29)
_CORNERS = {"s": (4, 45.0), "^": (3, 0.0), "D": (4, 0.0), "v": (3, 180.0), "p": (5, 0.0), "h": (6, 0.0)}


@lru_cache(maxsize=64)
def marker(class_id: int, size: int, *, hollow: bool = False) -> Image:
    """The shape of a class in its colour with a white edge; hollow: the edge alone in the class's colour."""
    from PIL import Image, ImageDraw

    side = FINER * even(size)
    image = Image.new("RGBA", (side, side), rgba(GROUND, 0.0))
    pencil = ImageDraw.Draw(image)
    colour, inner = rgba(on_dark(class_id)), rgba(GROUND, 0.35)
    layers = [(0.5, rgba(GROUND, 0.8)), (0.44, colour if hollow else rgba(WHITE))]
    for radius, fill in [*layers, (0.30, inner if hollow else colour)]:
        pencil.polygon(_outline(class_shape(class_id), side / 2, radius * side), fill=fill)
    return _smaller(image)


def ring(class_id: int, size: int) -> Image:
    """A circle in the colour of a class between dark edges, through which the picture is seen."""
    from PIL import Image, ImageDraw

    side = FINER * even(size)
    image = Image.new("RGBA", (side, side), rgba(on_dark(class_id), 0.0))
    pencil = ImageDraw.Draw(image)
    for inset, width, colour in ((0.0, 0.22, rgba(GROUND, 0.8)), (0.05, 0.12, rgba(on_dark(class_id)))):
        ends = (inset * side, inset * side, (1.0 - inset) * side, (1.0 - inset) * side)
        pencil.ellipse(ends, outline=colour, width=round(width * side))
    return _smaller(image)


def dot(class_id: int, size: int) -> Image:
    """A disc in the colour of a class, without edge."""
    from PIL import Image, ImageDraw

    side = FINER * even(size)
    image = Image.new("RGBA", (side, side), rgba(on_dark(class_id), 0.0))
    ImageDraw.Draw(image).polygon(_outline("o", side / 2, side / 2), fill=rgba(on_dark(class_id)))
    return _smaller(image)


def arrow(class_id: int, size: int, *, left: bool) -> Image:
    """A triangle in the colour of a class that points out of the picture."""
    from PIL import Image, ImageDraw

    side = FINER * even(size)
    image = Image.new("RGBA", (side, side), rgba(GROUND, 0.0))
    pencil = ImageDraw.Draw(image)
    for inset, fill in (
        (0.0, rgba(GROUND, 0.8)),
        (0.06, rgba(WHITE)),
        (0.17, rgba(on_dark(class_id))),
    ):
        tip, back = 1.6 * inset, 0.75 - inset
        corners = [(tip, 0.5), (back, 1.25 * inset), (back, 1.0 - 1.25 * inset)]
        pencil.polygon([((x if left else 1.0 - x) * side, y * side) for x, y in corners], fill=fill)
    return _smaller(image)


def stripe(class_id: int, width: int, height: int) -> Image:
    """A vertical line in the colour of a class."""
    from PIL import Image

    return Image.new("RGBA", (width, height), rgba(on_dark(class_id)))


def label(class_id: int, name: str, words: str, size: int, most: int = MOST_LETTERS) -> Image:
    """A class's name in bold and words beneath on a dark box, its shape beside; `size` is the letters' in
    pixels, `most` how many of them fit.
    """
    from PIL import Image, ImageDraw

    name, words = one_line(name, most), one_line(words, most)
    first, second = font(size, name, bold=True), font(round(0.88 * size), words)
    gap, icon = max(2, size // 3), round(1.1 * size)
    text = max(first.getlength(name), second.getlength(words))
    width, height = even(text + icon + 3 * gap + 1), even(2.5 * size + gap)
    image = Image.new("RGBA", (width, height), rgba(GROUND, 0.0))
    pencil = ImageDraw.Draw(image)
    pencil.rounded_rectangle((0, 0, width - 1, height - 1), radius=gap, fill=rgba(GROUND, 0.8))
    image.alpha_composite(marker(class_id, icon), (gap, round(gap / 2 + 0.1 * size)))
    left = icon + 2 * gap
    pencil.text((left, gap / 2 + 0.65 * size), name, fill=rgba(WHITE), font=first, anchor="lm")
    pencil.text((left, gap / 2 + 1.85 * size), words, fill=rgba(GREY), font=second, anchor="lm")
    return image


def _outline(shape: str, centre: float, radius: float) -> list[tuple[float, float]]:
    """Corners of one of Matplotlib's marker shapes."""
    if shape == "o":
        angles, radii = np.linspace(0.0, 2 * np.pi, 64, endpoint=False), np.full(64, 0.92)
    elif shape == "*":
        angles, radii = 2 * np.pi * np.arange(10) / 10, np.where(np.arange(10) % 2, 0.5, 1.0)
    else:
        count, turn = _CORNERS[shape]
        angles, radii = 2 * np.pi * np.arange(count) / count + np.deg2rad(turn), np.ones(count)
    corners = np.stack(
        [centre + radius * radii * np.sin(angles), centre - radius * radii * np.cos(angles)], axis=1
    )
    return [(float(x), float(y)) for x, y in corners]


def _smaller(image: Image) -> Image:
    return image.reduce(FINER)

"""How classes are told apart: by colour, by shape and by the kind of line, for grey prints and all eyes."""

from typing import Final

PALETTE: Final = (
    *("#cc6677", "#332288", "#ddaa33", "#117733", "#88ccee", "#882255", "#44aa99"),
    *("#ee7733", "#aa4499", "#0077bb", "#999933", "#994f00", "#555555"),
)
"""One colour for each class number; neighbours differ in lightness too."""

SHAPES: Final = ("o", "s", "^", "D", "v", "p", "h", "*")
"""Matplotlib's letters for the shapes; the number of shapes and that of line styles have no common factor."""

LINES: Final = ("-", (0, (5, 1.2)), (0, (1.5, 1)))

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

LEAST_LIGHTNESS: Final = 135.0
"""Luma (0 to 255) of a colour that stands out on dark ground."""


def class_colour(class_id: int) -> str:
    """The colour of a class as "#rrggbb", for light ground."""
    return PALETTE[class_id % len(PALETTE)]


def class_shape(class_id: int) -> str:
    """Matplotlib's letter for the shape of a class."""
    return SHAPES[class_id % len(SHAPES)]


def class_size(class_id: int) -> float:
    """By how much to scale the shape of a class so that all seem equally large."""
    return {"*": 1.6, "D": 0.85, "s": 0.95, "p": 1.15, "h": 1.1}.get(class_shape(class_id), 1.0)


def class_line(class_id: int) -> str | tuple[int, tuple[float, ...]]:
    """Matplotlib's line style of a class."""
    return LINES[class_id % len(LINES)]


def on_dark(class_id: int) -> Colour:
    """The colour of a class for dark ground: mixed with white until it is light enough.

    >>> on_dark(4)
    (136, 204, 238)
    """
    text = class_colour(class_id)
    rgb = [int(text[place : place + 2], 16) for place in (1, 3, 5)]
    luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
    white = max(0.0, (LEAST_LIGHTNESS - luma) / (255.0 - luma))
    red, green, blue = (round(part + white * (255 - part)) for part in rgb)
    return red, green, blue

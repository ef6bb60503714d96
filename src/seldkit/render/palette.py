"""How classes are told apart: by colour, by shape and by the kind of line, for grey prints and all eyes."""

from typing import Final

PALETTE: Final = (
    *("#a70256", "#351a98", "#a79400", "#079944", "#7891d9", "#6b0d68", "#8b9880"),
    *("#944c05", "#a570fd", "#5739f4", "#04392a", "#433200", "#b26897"),
)
"""One colour for each class number, for light ground. Found by search: no two look alike, not to dichromats
either, and all have a contrast of 3 to white (`tests/render/test_palette.py`).
"""

BRIGHT: Final = (
    *("#ff82bd", "#91a4ff", "#eceb03", "#1bbd65", "#f8f9ff", "#b960c0", "#b2e16c"),
    *("#d66334", "#f7bfff", "#a860ff", "#a8ffc4", "#d7a300", "#848182"),
)
"""The same for dark ground, of similar hues where that could be."""

SHAPES: Final = ("o", "s", "^", "D", "v", "p", "h", "*")
"""Matplotlib's letters for the shapes; the number of shapes and that of line styles have no common factor."""

LINES: Final = ("-", (0, (5, 1.2)), (0, (1.5, 1)))

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


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
    """The colour of a class for dark ground.

    >>> on_dark(4)
    (248, 249, 255)
    """
    red, green, blue = bytes.fromhex(BRIGHT[class_id % len(BRIGHT)][1:])
    return red, green, blue

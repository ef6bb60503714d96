"""Colours, markers and line styles of classes, distinguishable in greyscale and with colour blindness."""

from typing import Final

PALETTE: Final = (
    *("#a70256", "#351a98", "#a79400", "#079944", "#7891d9", "#6b0d68", "#8b9880"),
    *("#944c05", "#a570fd", "#5739f4", "#04392a", "#433200", "#b26897"),
)
"""One colour for each class on a light background.

Found by a search: all pairs are distinguishable, also with dichromatic vision, and all colours have a
contrast ratio of at least 3 to white (`tests/render/test_palette.py`).
"""

DARK_BACKGROUND_PALETTE: Final = (
    *("#ff82bd", "#91a4ff", "#eceb03", "#1bbd65", "#f8f9ff", "#b960c0", "#b2e16c"),
    *("#d66334", "#f7bfff", "#a860ff", "#a8ffc4", "#d7a300", "#848182"),
)
"""One colour for each class on a dark background, with hues similar to `PALETTE` where possible."""

MARKERS: Final = ("o", "s", "^", "D", "v", "p", "h", "*")
"""Matplotlib marker of each class. The numbers of markers and of line styles have no common factor."""

LINE_STYLES: Final = ("-", (0, (5, 1.2)), (0, (1.5, 1)))
"""Matplotlib line styles."""

Colour = tuple[int, int, int]
"""Red, green and blue, each 0 to 255."""


def class_colour(class_id: int) -> str:
    """Returns the colour of a class on a light background.

    Args:
        class_id: Class index, any non-negative number; colours repeat.

    Returns:
        Colour as ``#rrggbb``.
    """
    return PALETTE[class_id % len(PALETTE)]


def class_marker(class_id: int) -> str:
    """Returns the marker shape of a class.

    Args:
        class_id: Class index.

    Returns:
        Matplotlib marker.
    """
    return MARKERS[class_id % len(MARKERS)]


def class_marker_scale(class_id: int) -> float:
    """Returns the scale that makes the markers of all classes appear equally large.

    Args:
        class_id: Class index.

    Returns:
        Factor on the marker size.
    """
    return {"*": 1.6, "D": 0.85, "s": 0.95, "p": 1.15, "h": 1.1}.get(class_marker(class_id), 1.0)


def class_line_style(class_id: int) -> str | tuple[int, tuple[float, ...]]:
    """Returns the line style of a class.

    Args:
        class_id: Class index.

    Returns:
        Matplotlib line style.
    """
    return LINE_STYLES[class_id % len(LINE_STYLES)]


def class_colour_on_dark(class_id: int) -> Colour:
    """Returns the colour of a class on a dark background.

    Examples:
        >>> class_colour_on_dark(4)
        (248, 249, 255)

    Args:
        class_id: Class index.

    Returns:
        Red, green and blue.
    """
    red, green, blue = bytes.fromhex(DARK_BACKGROUND_PALETTE[class_id % len(DARK_BACKGROUND_PALETTE)][1:])
    return red, green, blue

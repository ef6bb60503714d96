"""Fonts for any text: DejaVu Sans, or an installed font that has the missing glyphs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MAX_LABEL_CHARACTERS: Final = 40
"""Longer names are truncated in images."""


def one_line(text: str, max_length: int = MAX_LABEL_CHARACTERS) -> str:
    r"""Converts a text to one line of printable characters.

    Examples:
        >>> one_line("a\nb" + "c" * 9, 6)
        'a?bcc…'

    Args:
        text: Any text.
        max_length: Maximum number of characters. A longer text is truncated and ends with an ellipsis.

    Returns:
        The text with each unprintable character replaced by a question mark.
    """
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return printable if len(printable) <= max_length else printable[: max_length - 1] + "…"


@lru_cache(maxsize=64)
def font(size: int, text: str = "", *, bold: bool = False) -> FreeTypeFont:
    """Returns a Pillow font that has the glyphs of a text.

    Args:
        size: Height of the letters in pixels.
        text: Text to be drawn. Characters that no font has are drawn as boxes.
        bold: Whether to use a bold face.

    Returns:
        Cached font.
    """
    from PIL import ImageFont

    return ImageFont.truetype(_font_file("".join(sorted(set(text))), bold), size)


def font_families(text: str) -> list[str]:
    """Returns the Matplotlib font families that together have the glyphs of a text.

    Args:
        text: Text to be drawn.

    Returns:
        DejaVu Sans, followed by a font for its missing glyphs.
    """
    from matplotlib.font_manager import FontProperties

    name = FontProperties(fname=_font_file("".join(sorted(set(text))), False)).get_name()
    return list(dict.fromkeys(["DejaVu Sans", name]))


@lru_cache(maxsize=256)
def _font_file(characters: str, bold: bool) -> str:
    import matplotlib

    default = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf"
    if _has_glyphs(str(default), characters):
        return str(default)
    from matplotlib.font_manager import fontManager

    # The font LastResort maps every character to a box.
    others = sorted({entry.fname for entry in fontManager.ttflist if "LastResort" not in entry.fname})
    return next((path for path in others if _has_glyphs(path, characters)), str(default))


def _has_glyphs(path: str, characters: str) -> bool:
    from matplotlib.font_manager import get_font

    try:
        face = get_font(path)
    except (OSError, RuntimeError):
        return False
    return all(face.get_char_index(ord(character)) for character in characters)

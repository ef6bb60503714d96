"""Letters for any text: the font that comes with Matplotlib, else one of the machine that has them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MOST_LETTERS = 40
"""Longer names are cut in pictures."""


def one_line(text: str, most: int = MOST_LETTERS) -> str:
    """A text as one line without signs that cannot be drawn, at most `most` letters long.

    >>> one_line("a\\nb" + "c" * 9, 6)
    'a?bcc…'
    """
    plain = "".join(sign if sign.isprintable() else "?" for sign in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


@lru_cache(maxsize=64)
def font(size: int, text: str = "", *, bold: bool = False) -> FreeTypeFont:
    """A font of so many pixels that has all letters of a text; where none has, they are drawn as boxes."""
    from PIL import ImageFont

    return ImageFont.truetype(_font_for("".join(sorted(set(text))), bold), size)


def font_families(text: str) -> list[str]:
    """Matplotlib's names of the fonts for a text: its own, then one that has what that one lacks."""
    from matplotlib.font_manager import FontProperties

    name = FontProperties(fname=_font_for("".join(sorted(set(text))), False)).get_name()
    return list(dict.fromkeys(["DejaVu Sans", name]))


@lru_cache(maxsize=256)
def _font_for(letters: str, bold: bool) -> str:
    import matplotlib

    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf"
    if _has(str(own), letters):
        return str(own)
    from matplotlib.font_manager import fontManager

    # Matplotlib's last resort "has" every letter, as boxes.
    others = sorted({entry.fname for entry in fontManager.ttflist if "LastResort" not in entry.fname})
    return next((path for path in others if _has(path, letters)), str(own))


def _has(path: str, letters: str) -> bool:
    from matplotlib.font_manager import get_font

    try:
        face = get_font(path)
    except (OSError, RuntimeError):
        return False
    return all(face.get_char_index(ord(letter)) for letter in letters)

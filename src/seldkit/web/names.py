"""Names of files that somebody else chose."""

from typing import Final

LONGEST: Final = 100
"""Bytes of a name: results append to it, and file systems allow 255."""
_LONGEST_SUFFIX: Final = 10
_HARMFUL: Final = '\\/:*?"<>|'


def safe_name(name: str) -> str:
    """A name for a file in a folder of one's own, as like the given one as it may be.

    No separator, control sign or mark of direction is left in it, it does not begin with a dot, and it has at
    most `LONGEST` bytes with its suffix.

    >>> safe_name("../../a\\nb.mp4")
    '_.._a_b.mp4'
    """
    signs = (sign if sign.isprintable() and sign not in _HARMFUL else "_" for sign in name)
    plain = "".join(signs).strip(" .") or "recording"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, suffix = plain, ""
    return _cut(stem, LONGEST - len((dot + suffix).encode())) + (dot + suffix if suffix else "")


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")

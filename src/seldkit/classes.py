"""Class vocabularies: what the class numbers of a data set mean."""

from typing import Final

from seldkit.registry import nearest

STARSS23: Final[tuple[str, ...]] = (
    "female speech",
    "male speech",
    "clapping",
    "telephone",
    "laughter",
    "domestic sounds",
    "footsteps",
    "door",
    "music",
    "musical instrument",
    "water tap",
    "bell",
    "knock",
)
"""The 13 target classes of STARSS22, STARSS23 and the DCASE 2022 to 2025 challenges, by class number."""


def class_number(name: str, classes: tuple[str, ...] = STARSS23) -> int:
    """The number of a class name; case, underscores and hyphens do not matter.

    Raises ValueError with the nearest known name.
    """
    plain = [_plain(known) for known in classes]
    if _plain(name) not in plain:
        raise ValueError(f"unknown class '{name}'; {nearest(_plain(name), plain)}")
    return plain.index(_plain(name))


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())

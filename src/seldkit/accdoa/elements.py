"""What an ACCDOA track says of a class."""

from collections.abc import Sequence
from typing import Final

ELEMENTS: Final = ("x", "y", "z", "distance", "onscreen")
"""In this order; x and y always. x, y, z: metres do not matter here, a vector's length is its activity."""

DEFAULT_ELEMENTS: Final = ("x", "y", "distance", "onscreen")
"""Those of the DCASE 2025 audio-visual systems."""


def checked_elements(elements: Sequence[str]) -> tuple[str, ...]:
    """The elements as a tuple; ValueError unless they are x y [z] [distance] [onscreen], in this order."""
    elements = tuple(elements)
    if elements[:2] != ("x", "y") or elements != tuple(name for name in ELEMENTS if name in elements):
        raise ValueError(f"expected x y [z] [distance] [onscreen], in this order, got {' '.join(elements)}")
    return elements

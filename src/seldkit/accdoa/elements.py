"""Elements of an ACCDOA track."""

from collections.abc import Sequence
from typing import Final

ELEMENTS: Final = ("x", "y", "z", "distance", "onscreen")
"""All elements, in their order; x and y are always present.

x, y and z are the direction; the length of the vector is the activity. The distance is in metres, onscreen is
a probability.
"""

DEFAULT_ELEMENTS: Final = ("x", "y", "distance", "onscreen")
"""Elements of the DCASE 2025 audio-visual systems."""


def checked_elements(elements: Sequence[str]) -> tuple[str, ...]:
    """Checks the elements of a track and their order.

    Args:
        elements: Names of the elements.

    Returns:
        The elements as a tuple.

    Raises:
        ValueError: The elements are not ``x y [z] [distance] [onscreen]`` in this order.
    """
    elements = tuple(elements)
    if elements[:2] != ("x", "y") or elements != tuple(name for name in ELEMENTS if name in elements):
        raise ValueError(f"expected x y [z] [distance] [onscreen], in this order, got {' '.join(elements)}")
    return elements

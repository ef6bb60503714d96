"""Detection of distances in the wrong unit: metres read as centimetres, or centimetres read as metres."""

import math
from typing import Final

import numpy as np

from seldkit.types import Floats

MIN_MEDIAN_DISTANCE_M: Final = 0.2
"""A smaller median distance indicates metres that were read as centimetres."""

MAX_MEDIAN_DISTANCE_M: Final = 30.0
"""A larger median distance indicates centimetres that were read as metres."""

TYPICAL_DISTANCE_M: Final = 2.0
"""Typical distance of a source; of two medians in a ratio of 100, the one closer to it is right."""

MAX_RATIO_DEVIATION: Final = 1.6
"""Largest factor between the ratio of two medians and 100 at which one of them is in the other unit."""

READ_AS_CENTIMETRES: Final = 100.0
"""Correction of metres that were read as centimetres."""

READ_AS_METRES: Final = 0.01
"""Correction of centimetres that were read as metres."""


def median_known_distance(distance: Floats) -> float:
    """Computes the median of the known distances.

    Args:
        distance: Distances in metres; NaN and 0 mean unknown. Shape ``(rows,)``.

    Returns:
        The median in metres; NaN if all are unknown.
    """
    known = distance[distance > 0]
    return float(np.median(known)) if len(known) else math.nan


def unit_correction(median: float, other: float = math.nan) -> float:
    """Determines the factor that corrects distances in the wrong unit.

    Args:
        median: Median distance in metres as read; NaN if unknown.
        other: Median distance of other annotations of the same clips in metres; NaN if unknown.

    Returns:
        `READ_AS_CENTIMETRES`, `READ_AS_METRES`, or 1 if the distances are plausible.
    """
    if median < MIN_MEDIAN_DISTANCE_M:
        return READ_AS_CENTIMETRES
    if median > MAX_MEDIAN_DISTANCE_M:
        return READ_AS_METRES
    is_plausible = not MIN_MEDIAN_DISTANCE_M <= other <= MAX_MEDIAN_DISTANCE_M  # or the other one is wrong
    if is_plausible or _distance_from_typical(median) < _distance_from_typical(other):
        return 1.0
    for factor in (READ_AS_CENTIMETRES, READ_AS_METRES):
        if abs(math.log(median * factor / other)) < math.log(MAX_RATIO_DEVIATION):
            return factor
    return 1.0


def unit_error_text(correction: float) -> str:
    """Describes distances in the wrong unit.

    Args:
        correction: Factor that corrects them, 100 or 0.01.

    Returns:
        The end of a sentence about the distances.
    """
    if correction > 1:
        return "look like metres where centimetres are expected"
    return "look like centimetres where metres are expected"


def _distance_from_typical(median: float) -> float:
    return abs(math.log(median / TYPICAL_DISTANCE_M))

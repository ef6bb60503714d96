"""Directions, distances and flags as short texts."""

import math

AHEAD_DEG = 10
"""Absolute azimuths below this value are "ahead", in degrees."""
BEHIND_DEG = 170
"""Absolute azimuths above this value are "behind", in degrees."""


def azimuth_text(azimuth: float) -> str:
    """Formats an azimuth with its side.

    Examples:
        >>> azimuth_text(-34.2)
        '34° right'

    Args:
        azimuth: Degrees, positive to the left; NaN if unknown.

    Returns:
        For example '34° left', '3° ahead', '120° left, behind' or 'unknown'.
    """
    if math.isnan(azimuth):
        return "unknown"
    return f"{abs(round(azimuth))}° {side_text(azimuth)}"


def side_text(azimuth: float) -> str:
    """Formats the side of an azimuth.

    Examples:
        >>> side_text(120.0)
        'left, behind'

    Args:
        azimuth: Degrees, positive to the left.

    Returns:
        'ahead', 'behind', 'left', 'right', 'left, behind' or 'right, behind'.
    """
    size = abs(round(azimuth))
    if size < AHEAD_DEG:
        return "ahead"
    if size > BEHIND_DEG:
        return "behind"
    side = "left" if azimuth > 0 else "right"
    return f"{side}, behind" if size > 90 else side


def distance_text(distance: float) -> str:
    """Formats a distance.

    Examples:
        >>> distance_text(1.84)
        '1.8 m'

    Args:
        distance: Metres; NaN if unknown.

    Returns:
        For example '1.8 m', or 'unknown'.
    """
    return "unknown" if math.isnan(distance) else f"{distance:.1f} m"


def onscreen_text(onscreen: bool | None) -> str:
    """Formats an on-screen flag.

    Examples:
        >>> onscreen_text(None)
        '–'

    Args:
        onscreen: Whether the source is in the image; None if unknown.

    Returns:
        'on', 'off' or '–'.
    """
    return "–" if onscreen is None else "on" if onscreen else "off"

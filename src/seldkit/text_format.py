"""Directions and distances as people say them."""

import math


def azimuth_words(azimuth: float) -> str:
    """An azimuth in degrees (positive left) with its side: '34° left', '3° ahead', '120° left, behind'.

    >>> azimuth_words(-34.2)
    '34° right'
    """
    if math.isnan(azimuth):
        return "unknown"
    return f"{abs(round(azimuth))}° {side_words(azimuth)}"


def side_words(azimuth: float) -> str:
    """The side alone that an azimuth in degrees is on: 'left', 'right, behind', 'ahead', 'behind'.

    >>> side_words(120.0)
    'left, behind'
    """
    size = abs(round(azimuth))
    if size < 10:
        return "ahead"
    if size > 170:
        return "behind"
    side = "left" if azimuth > 0 else "right"
    return f"{side}, behind" if size > 90 else side


def distance_words(distance: float) -> str:
    """A distance in metres: '1.8 m', or 'unknown'.

    >>> distance_words(1.84)
    '1.8 m'
    """
    return "unknown" if math.isnan(distance) else f"{distance:.1f} m"


def onscreen_words(onscreen: bool | None) -> str:
    """Whether a source is in the picture: 'on', 'off', or '–' where nobody looked.

    >>> onscreen_words(None)
    '–'
    """
    return "–" if onscreen is None else "on" if onscreen else "off"

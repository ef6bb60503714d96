"""Directions and distances as levels of two channels, after the coincident pair of cardioids."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.geometry import foa_to_stereo, unit_vector
from seldkit.types import Floats

NEAREST: Final = 0.5
FARTHEST: Final = 10.0
"""Metres beyond which nearer is not louder, and farther not quieter."""
USUAL_DISTANCE: Final = 2.0
"""Metres that count where the distance is unknown."""


def lateral_sine(azimuth: ArrayLike, elevation: ArrayLike = 0.0) -> Floats:
    """How far to the left a direction (degrees) is for a stereo pair: 1 left, −1 right, 0 where unknown.

    It is what level differences tell: (L − R) / (L + R) of one source's amplitudes.
    """
    elevation = np.nan_to_num(np.asarray(elevation, np.float64))
    return np.nan_to_num(unit_vector(azimuth, elevation)[..., 1])


def pan(sine: ArrayLike) -> Floats:
    """Gains of L = W + Y and R = W − Y for sources of these lateral sines, (..., 2): 1 + sine, 1 − sine."""
    y = np.asarray(sine, np.float64)
    field = np.zeros((4, y.size))  # W Y Z X
    field[0], field[1] = 1.0, y.ravel()
    return np.asarray(foa_to_stereo(field).T.reshape(*y.shape, 2))


def even_pan(sine: ArrayLike) -> Floats:
    """The same level differences with a power of 1 in all, so that no direction is louder, (..., 2)."""
    gains = pan(sine)
    return np.asarray(gains / np.linalg.norm(gains, axis=-1, keepdims=True))


def nearness(distance: ArrayLike) -> Floats:
    """Amplitude at a distance in metres: 1 at one metre, half as much at twice the distance."""
    metres = np.asarray(distance, np.float64)
    metres = np.where(np.isfinite(metres), metres, USUAL_DISTANCE)
    return np.asarray(1.0 / np.clip(metres, NEAREST, FARTHEST))

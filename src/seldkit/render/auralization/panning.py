"""Conversion of directions and distances to gains of a coincident pair of cardioids."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.geometry import foa_to_stereo, unit_vector
from seldkit.types import Floats

MIN_DISTANCE_M: Final = 0.5
"""Distance below which the gain is constant."""
MAX_DISTANCE_M: Final = 10.0
"""Distance above which the gain is constant."""
DEFAULT_DISTANCE_M: Final = 2.0
"""Distance assumed for events of unknown distance."""


def lateral_sine(azimuth: ArrayLike, elevation: ArrayLike = 0.0) -> Floats:
    """Computes the lateral component of a direction.

    It equals (L − R) / (L + R) of the amplitudes of a single source in a coincident pair.

    Args:
        azimuth: Azimuth in degrees, positive to the left, NaN if unknown. Shape ``(...)``.
        elevation: Elevation in degrees, NaN if unknown. Shape ``(...)``.

    Returns:
        Sine from −1 (right) to 1 (left), 0 for unknown azimuths. Shape ``(...)``.
    """
    elevation = np.nan_to_num(np.asarray(elevation, np.float64))
    return np.nan_to_num(unit_vector(azimuth, elevation)[..., 1])


def stereo_gains(sine: ArrayLike) -> Floats:
    """Computes the gains of L = W + Y and R = W − Y: 1 + sine and 1 − sine.

    Args:
        sine: Lateral sine, −1 to 1. Shape ``(...)``.

    Returns:
        Gains of the left and right channel, 0 to 2. Shape ``(..., 2)``.
    """
    y = np.asarray(sine, np.float64)
    field = np.zeros((4, y.size))  # W Y Z X
    field[0], field[1] = 1.0, y.ravel()
    return np.asarray(foa_to_stereo(field).T.reshape(*y.shape, 2))


def equal_power_gains(sine: ArrayLike) -> Floats:
    """Computes gains with the level difference of `stereo_gains` and a total power of 1.

    Args:
        sine: Lateral sine, −1 to 1. Shape ``(...)``.

    Returns:
        Gains of the left and right channel, 0 to 1. Shape ``(..., 2)``.
    """
    gains = stereo_gains(sine)
    return np.asarray(gains / np.linalg.norm(gains, axis=-1, keepdims=True))


def distance_gain(distance: ArrayLike) -> Floats:
    """Computes the amplitude of a source at a distance: 1 at one metre, inversely proportional.

    Args:
        distance: Distance in metres, NaN if unknown. Shape ``(...)``.

    Returns:
        Gain from 0.1 to 2. Shape ``(...)``.
    """
    metres = np.asarray(distance, np.float64)
    metres = np.where(np.isfinite(metres), metres, DEFAULT_DISTANCE_M)
    return np.asarray(1.0 / np.clip(metres, MIN_DISTANCE_M, MAX_DISTANCE_M))

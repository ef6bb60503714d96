"""Angles between directions as the scoring protocols compute them."""

import numpy as np

from seldkit.types import Floats


def folded_azimuth_angle(
    azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats
) -> Floats:
    """Computes the difference of azimuths after folding the rear to the front (DCASE 2025).

    Args:
        azimuth: Azimuths in degrees, positive to the left, any shape.
        elevation: Elevations in degrees, ignored. Same shape as `azimuth`.
        other: Azimuths to compare with, in degrees. Shape broadcastable to `azimuth`.
        other_elevation: Elevations in degrees, ignored. Same shape as `other`.

    Returns:
        Angles in degrees, 0 to 180, in the broadcast shape.
    """
    return np.asarray(np.abs(_folded(azimuth) - _folded(other)))


def _folded(azimuth: Floats) -> Floats:
    wrapped = (azimuth + 180) % 360 - 180
    return np.where(wrapped < -90, -180 - wrapped, np.where(wrapped > 90, 180 - wrapped, wrapped))


def great_circle_angle(azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats) -> Floats:
    """Computes the angle between directions, accurate also for small angles.

    Args:
        azimuth: Azimuths in degrees, positive to the left, any shape.
        elevation: Elevations in degrees, positive upwards, any shape.
        other: Azimuths to compare with, in degrees. Shape broadcastable to `azimuth`.
        other_elevation: Elevations to compare with, in degrees. Shape broadcastable to `elevation`.

    Returns:
        Angles in degrees, 0 to 180, in the broadcast shape.
    """
    left, right = _unit_vectors(azimuth, elevation), _unit_vectors(other, other_elevation)
    left, right = np.broadcast_arrays(left, right)
    sine = np.linalg.norm(np.cross(left, right), axis=-1)
    return np.asarray(np.degrees(np.arctan2(sine, (left * right).sum(axis=-1))))


def great_circle_angle_2023(
    azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats
) -> Floats:
    """Computes the angle between directions by the law of cosines, as the DCASE 2023 evaluator does.

    Args:
        azimuth: Azimuths in degrees, positive to the left, any shape.
        elevation: Elevations in degrees, positive upwards, any shape.
        other: Azimuths to compare with, in degrees. Shape broadcastable to `azimuth`.
        other_elevation: Elevations to compare with, in degrees. Shape broadcastable to `elevation`.

    Returns:
        Angles in degrees, 0 to 180, in the broadcast shape.
    """
    a, e, b, f = (values * np.pi / 180.0 for values in (azimuth, elevation, other, other_elevation))
    cosine = np.sin(e) * np.sin(f) + np.cos(e) * np.cos(f) * np.cos(np.abs(a - b))
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)) * 180 / np.pi)


def great_circle_angle_2024(
    azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats
) -> Floats:
    """Computes the angle between directions as the DCASE 2024 evaluator does.

    A constant in the norm makes the angle between equal directions 0.0008 degrees.

    Args:
        azimuth: Azimuths in degrees, positive to the left, any shape.
        elevation: Elevations in degrees, positive upwards, any shape.
        other: Azimuths to compare with, in degrees. Shape broadcastable to `azimuth`.
        other_elevation: Elevations to compare with, in degrees. Shape broadcastable to `elevation`.

    Returns:
        Angles in degrees, 0 to 180, in the broadcast shape.
    """
    left, right = _unit_vectors(azimuth, elevation), _unit_vectors(other, other_elevation)
    left, right = (
        vectors / np.sqrt((vectors**2).sum(axis=-1, keepdims=True) + 1e-10) for vectors in (left, right)
    )
    return np.asarray(np.arccos(np.clip((left * right).sum(axis=-1), -1, 1)) * 180 / np.pi)


def _unit_vectors(azimuth: Floats, elevation: Floats) -> Floats:
    """Unit vectors of x (ahead), y (left), z (up). Shape ``(..., 3)``."""
    a, e = azimuth * np.pi / 180.0, elevation * np.pi / 180.0
    horizontal = np.cos(e)
    return np.stack([np.cos(a) * horizontal, np.sin(a) * horizontal, np.sin(e) * np.ones_like(a)], axis=-1)

"""Angles between directions, as the protocols measure them. Degrees in and out."""

import numpy as np

from seldkit.types import Floats


def folded_difference(left: Floats, right: Floats) -> Floats:
    """Between azimuths after folding the rear to the front, as stereo sound cannot tell them (2025)."""
    return np.asarray(np.abs(_folded(left) - _folded(right)))


def _folded(azimuth: Floats) -> Floats:
    wrapped = (azimuth + 180) % 360 - 180
    return np.where(wrapped < -90, -180 - wrapped, np.where(wrapped > 90, 180 - wrapped, wrapped))


def great_circle(azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats) -> Floats:
    """Between directions, exact for small angles too."""
    left, right = unit_vectors(azimuth, elevation), unit_vectors(other, other_elevation)
    left, right = np.broadcast_arrays(left, right)
    across = np.linalg.norm(np.cross(left, right), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (left * right).sum(axis=-1))))


def great_circle_2023(azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats) -> Floats:
    """Between directions by the law of cosines, as the evaluator of 2023 computes it."""
    a, e, b, f = (values * np.pi / 180.0 for values in (azimuth, elevation, other, other_elevation))
    cosine = np.sin(e) * np.sin(f) + np.cos(e) * np.cos(f) * np.cos(np.abs(a - b))
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)) * 180 / np.pi)


def great_circle_2024(azimuth: Floats, elevation: Floats, other: Floats, other_elevation: Floats) -> Floats:
    """Between directions as the evaluator of 2024 computes it: equal ones are 0.0008 degrees apart."""
    left, right = unit_vectors(azimuth, elevation), unit_vectors(other, other_elevation)
    left, right = (
        vectors / np.sqrt((vectors**2).sum(axis=-1, keepdims=True) + 1e-10) for vectors in (left, right)
    )
    return np.asarray(np.arccos(np.clip((left * right).sum(axis=-1), -1, 1)) * 180 / np.pi)


def unit_vectors(azimuth: Floats, elevation: Floats) -> Floats:
    """Directions as x (ahead), y (left), z (up), (..., 3)."""
    a, e = azimuth * np.pi / 180.0, elevation * np.pi / 180.0
    ground = np.cos(e)
    return np.stack([np.cos(a) * ground, np.sin(a) * ground, np.sin(e) * np.ones_like(a)], axis=-1)

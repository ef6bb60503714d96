"""Noise of a diffuse sound field with the levels and coherences of a receiver's capsules."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import SPEED_OF_SOUND, fibonacci_sphere
from seldkit.types import Floats

PLANE_WAVE_COUNT: Final = 1024
"""Plane waves that approximate a diffuse field for capsules at several positions."""
FREQUENCY_COUNT: Final = 1025
"""Frequencies at which the coherence is computed."""


def diffuse_noise(receiver: Receiver, samples: int, sample_rate: int, rng: np.random.Generator) -> Floats:
    """Generates white noise of a diffuse field.

    At one point, a diffuse field has an omnidirectional component and three figure-of-eight components with a
    third of its power, all uncorrelated. For capsules at several positions, independent noises are mixed with
    the Cholesky factor of the spatial covariance (Habets et al. 2008), which is computed from plane waves.

    Args:
        receiver: The receiver.
        samples: Number of samples.
        sample_rate: Sample rate in Hz.
        rng: Random number generator.

    Returns:
        Capsule signals of shape ``(capsules, samples)``; an omnidirectional capsule has a power of 1.
    """
    if receiver.is_coincident:
        components = np.flatnonzero(receiver.patterns.any(axis=0))  # of W X Y Z, those that a capsule records
        field = rng.standard_normal((len(components), samples))
        field *= np.where(components == 0, 1.0, 1.0 / np.sqrt(3.0))[:, None]
        return np.asarray(receiver.patterns[:, components] @ field)
    frequency = np.fft.rfftfreq(samples, 1.0 / sample_rate)
    mixing = _mixing_matrices(receiver, sample_rate)
    noise = np.fft.rfft(rng.standard_normal((len(receiver.capsules), samples)))
    grid = np.linspace(0.0, sample_rate / 2, FREQUENCY_COUNT)
    spectrum = np.zeros_like(noise)
    for row, column in np.ndindex(mixing.shape[1:]):
        if mixing[:, row, column].any():
            spectrum[row] += np.interp(frequency, grid, mixing[:, row, column]) * noise[column]
    return np.asarray(np.fft.irfft(spectrum, samples))


def diffuse_powers(receiver: Receiver) -> Floats:
    """Returns the power of each capsule in a diffuse field.

    Args:
        receiver: The receiver.

    Returns:
        Powers of shape ``(capsules,)``: 1 for an omnidirectional capsule, 1/3 for a figure of eight.
    """
    return np.asarray(np.square(receiver.patterns) @ [1.0, 1 / 3, 1 / 3, 1 / 3])


@lru_cache(maxsize=8)
def _mixing_matrices(receiver: Receiver, sample_rate: int) -> NDArray[np.complex128]:
    """Cholesky factors of the capsules' covariance, (frequencies, capsules, capsules)."""
    directions = fibonacci_sphere(PLANE_WAVE_COUNT)
    waves = np.concatenate([np.ones((1, PLANE_WAVE_COUNT)), directions.T])
    gains = receiver.patterns @ waves  # (capsules, waves)
    lead = receiver.offsets @ directions.T / SPEED_OF_SOUND  # seconds before the wave reaches the centre
    frequency = np.linspace(0.0, sample_rate / 2, FREQUENCY_COUNT)[:, None, None]
    responses = gains * np.exp(2j * np.pi * frequency * lead) / np.sqrt(PLANE_WAVE_COUNT)
    covariance = responses @ responses.conj().swapaxes(1, 2)
    return np.linalg.cholesky(covariance + 1e-9 * np.eye(len(receiver.capsules)))

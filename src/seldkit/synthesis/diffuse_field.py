"""Sound from everywhere: noise with the levels and coherences that a receiver has in a diffuse field."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import SPEED_OF_SOUND, fibonacci_sphere
from seldkit.types import Floats

Complex = NDArray[np.complex128]

WAVES = 1024
"""Plane waves from all around that stand for a diffuse field where the capsules stand apart."""
GRID = 1025
"""Frequencies at which their coherence is computed."""


def diffuse_noise(receiver: Receiver, samples: int, sample_rate: int, rng: np.random.Generator) -> Floats:
    """White noise of a diffuse field as capsules hear it: (capsules, samples); an omni's power is 1.

    At one point the field is an omnidirectional part and three figures of eight with a third of its power,
    all independent. Where capsules stand apart, they agree as far as plane waves from all around make them.
    """
    if receiver.coincident:
        parts = np.flatnonzero(receiver.patterns.any(axis=0))  # those of W X Y Z that a capsule hears
        field = rng.standard_normal((len(parts), samples))
        field *= np.where(parts == 0, 1.0, 1.0 / np.sqrt(3.0))[:, None]
        return np.asarray(receiver.patterns[:, parts] @ field)
    frequency = np.fft.rfftfreq(samples, 1.0 / sample_rate)
    mixing = _mixing(receiver, sample_rate)  # (GRID, capsules, capsules)
    noise = np.fft.rfft(rng.standard_normal((len(receiver.capsules), samples)))
    grid = np.linspace(0.0, sample_rate / 2, GRID)
    spectrum = np.zeros_like(noise)
    for row, column in np.ndindex(mixing.shape[1:]):
        if mixing[:, row, column].any():
            spectrum[row] += np.interp(frequency, grid, mixing[:, row, column]) * noise[column]
    return np.asarray(np.fft.irfft(spectrum, samples))


def diffuse_powers(receiver: Receiver) -> Floats:
    """Power of each capsule in a diffuse field, (capsules,); an omni's is 1, a figure of eight's a third."""
    return np.asarray(np.square(receiver.patterns) @ [1.0, 1 / 3, 1 / 3, 1 / 3])


@lru_cache(maxsize=8)
def _mixing(receiver: Receiver, sample_rate: int) -> Complex:
    """For each frequency of the grid, what makes independent noises as coherent as the field is."""
    directions = fibonacci_sphere(WAVES)
    gains = receiver.patterns @ np.concatenate([np.ones((1, WAVES)), directions.T])  # (capsules, waves)
    lead = receiver.offsets @ directions.T / SPEED_OF_SOUND  # seconds by which a capsule hears a wave early
    frequency = np.linspace(0.0, sample_rate / 2, GRID)[:, None, None]
    heard = gains * np.exp(2j * np.pi * frequency * lead) / np.sqrt(WAVES)  # (GRID, capsules, waves)
    covariance = heard @ heard.conj().swapaxes(1, 2)
    return np.linalg.cholesky(covariance + 1e-9 * np.eye(len(receiver.capsules)))

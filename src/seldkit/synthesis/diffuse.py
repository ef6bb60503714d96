"""Sound from everywhere: noise with the levels and coherences that a receiver has in a diffuse field."""

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import SPEED_OF_SOUND

Floats = NDArray[np.float64]

WAVES = 64
"""Plane waves that stand for a diffuse field where the capsules stand apart."""


def diffuse_noise(receiver: Receiver, samples: int, sample_rate: int, rng: np.random.Generator) -> Floats:
    """White noise of a diffuse field as a receiver hears it: (channels, samples); an omni's power is 1.

    At one point the field is an omnidirectional part and three figures of eight with a third of its power,
    all independent. Where capsules stand apart, it is a sum of plane waves from all around.
    """
    if receiver.coincident:
        field = rng.standard_normal((4, samples))
        field[1:] /= np.sqrt(3.0)
        return np.asarray(receiver.patterns @ field)
    directions = _around(WAVES)
    gains = receiver.patterns @ np.concatenate([np.ones((1, WAVES)), directions.T])  # (channels, waves)
    lead = (
        receiver.offsets @ directions.T / SPEED_OF_SOUND
    )  # seconds by which each capsule hears a wave early
    frequency = np.fft.rfftfreq(samples, 1.0 / sample_rate)
    spectrum = np.zeros((receiver.channels, len(frequency)), complex)
    for wave in range(WAVES):
        noise = np.fft.rfft(rng.standard_normal(samples)) / np.sqrt(WAVES)
        spectrum += gains[:, wave, None] * noise * np.exp(2j * np.pi * frequency * lead[:, wave, None])
    return np.asarray(np.fft.irfft(spectrum, samples))


def _around(count: int) -> Floats:
    """Directions evenly over the sphere, along a Fibonacci spiral: (count, 3)."""
    number = np.arange(count) + 0.5
    z = 1.0 - 2.0 * number / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * number
    flat = np.sqrt(1.0 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)

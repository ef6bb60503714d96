"""Diffuse background noise."""

from typing import Final

import numpy as np

from seldkit.synthesis.diffuse_field import diffuse_noise
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

AMBIENCE_KINDS: Final = ("white", "pink", "brown", "ventilation", "traffic")
"""Kinds of background noise."""
MIN_FREQUENCY_HZ: Final = 20.0
"""Lowest frequency of the noise."""


def ambience(
    kind: str, receiver: Receiver, samples: int, rng: np.random.Generator, sample_rate: int = SAMPLE_RATE
) -> Floats:
    """Generates diffuse background noise as recorded by a receiver.

    Args:
        kind: One of `AMBIENCE_KINDS`.
        receiver: The receiver.
        samples: Number of samples.
        rng: Random number generator.
        sample_rate: Sample rate in Hz.

    Returns:
        Noise of shape ``(channels, samples)``; an omnidirectional channel has an RMS of 1.

    Raises:
        ValueError: The kind is unknown.
    """
    noise = receiver.combine_capsules(diffuse_noise(receiver, samples, sample_rate, rng), sample_rate)
    frequency: Floats = np.asarray(np.fft.rfftfreq(samples, 1.0 / sample_rate), np.float64)
    gain = _spectrum(kind, frequency, rng)
    power = np.square(gain[1:]).mean()
    coloured = np.fft.irfft(np.fft.rfft(noise) * gain / np.sqrt(power), samples)
    return np.asarray(coloured * _envelope(kind, samples, sample_rate, rng))


def _spectrum(kind: str, frequency: Floats, rng: np.random.Generator) -> Floats:
    """Amplitude of the noise at frequencies in Hz."""
    limited = np.maximum(frequency, MIN_FREQUENCY_HZ)
    audible = frequency >= MIN_FREQUENCY_HZ
    if kind in ("white", "pink", "brown"):
        return limited ** -{"white": 0.0, "pink": 0.5, "brown": 1.0}[kind] * audible
    if kind == "ventilation":
        hum = sum(np.exp(-0.5 * ((frequency - n * 50.0) / 1.5) ** 2) for n in range(1, 6))
        corner = rng.uniform(300.0, 1500.0)
        return (1.0 / (1.0 + (frequency / corner) ** 2) + rng.uniform(0.0, 6.0) * hum) * audible
    if kind == "traffic":
        return limited**-0.7 / (1.0 + (frequency / rng.uniform(400.0, 1200.0)) ** 2) * audible
    raise ValueError(f"expected an ambience of {', '.join(AMBIENCE_KINDS)}, got '{kind}'")


def _envelope(kind: str, samples: int, sample_rate: int, rng: np.random.Generator) -> Floats:
    """Slow level changes of passing cars; constant for other kinds."""
    if kind != "traffic":
        return np.ones(samples)
    time = np.arange(samples) / sample_rate
    decibels = rng.uniform(2.0, 5.0) * np.sin(2 * np.pi * time / rng.uniform(4.0, 12.0) + rng.uniform(0, 6.3))
    return np.asarray(10.0 ** (decibels / 20.0))

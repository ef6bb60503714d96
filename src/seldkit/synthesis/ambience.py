"""Diffuse background sound."""

from typing import Final

import numpy as np

from seldkit.synthesis.diffuse_field import diffuse_noise
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

KINDS: Final = ("white", "pink", "brown", "ventilation", "traffic")


def ambience(
    kind: str, receiver: Receiver, samples: int, rng: np.random.Generator, sample_rate: int = SAMPLE_RATE
) -> Floats:
    """Diffuse noise of one of `KINDS` as a receiver hears it: (channels, samples); an omni's RMS is 1."""
    noise = receiver.recorded(diffuse_noise(receiver, samples, sample_rate, rng), sample_rate)
    frequency: Floats = np.asarray(np.fft.rfftfreq(samples, 1.0 / sample_rate), np.float64)
    gain = _gain(kind, frequency, rng)
    power = np.square(gain[1:]).mean()
    coloured = np.fft.irfft(np.fft.rfft(noise) * gain / np.sqrt(power), samples)
    return np.asarray(coloured * _swell(kind, samples, sample_rate, rng))


def _gain(kind: str, frequency: Floats, rng: np.random.Generator) -> Floats:
    """The spectrum's shape."""
    safe = np.maximum(frequency, 20.0)
    if kind in ("white", "pink", "brown"):
        return safe ** -{"white": 0.0, "pink": 0.5, "brown": 1.0}[kind] * (frequency >= 20.0)
    if kind == "ventilation":
        hum = sum(np.exp(-0.5 * ((frequency - n * 50.0) / 1.5) ** 2) for n in range(1, 6))
        edge = rng.uniform(300.0, 1500.0)
        return (1.0 / (1.0 + (frequency / edge) ** 2) + rng.uniform(0.0, 6.0) * hum) * (frequency >= 20.0)
    if kind == "traffic":
        return safe**-0.7 / (1.0 + (frequency / rng.uniform(400.0, 1200.0)) ** 2) * (frequency >= 20.0)
    raise ValueError(f"expected an ambience of {', '.join(KINDS)}, got '{kind}'")


def _swell(kind: str, samples: int, sample_rate: int, rng: np.random.Generator) -> Floats:
    """Slow changes of level: cars that pass, none for steady noise."""
    if kind != "traffic":
        return np.ones(samples)
    time = np.arange(samples) / sample_rate
    decibels = rng.uniform(2.0, 5.0) * np.sin(2 * np.pi * time / rng.uniform(4.0, 12.0) + rng.uniform(0, 6.3))
    return np.asarray(10.0 ** (decibels / 20.0))

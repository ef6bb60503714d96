"""Sounds that no class names: they are heard and not labelled."""

import numpy as np

from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats


def interferer(samples: int, rng: np.random.Generator) -> Floats:
    """A sound of no class (samples,): a hum, a sweep, or a burst of filtered noise."""
    time = np.arange(samples) / SAMPLE_RATE
    kind = rng.integers(3)
    if kind == 0:
        base = rng.uniform(50.0, 400.0)
        tones = [np.sin(2 * np.pi * base * k * time + rng.uniform(0, 6.3)) / k for k in range(1, 6)]
        return np.asarray(np.sum(tones, axis=0))
    if kind == 1:
        start, end = np.exp(rng.uniform(np.log(200.0), np.log(6000.0), 2))
        return np.asarray(np.sin(2 * np.pi * np.cumsum(np.linspace(start, end, samples)) / SAMPLE_RATE))
    centre, width = np.exp(rng.uniform(np.log(200.0), np.log(8000.0))), rng.uniform(0.3, 1.5)
    frequencies = np.fft.rfftfreq(samples, 1.0 / SAMPLE_RATE)
    shape = np.exp(-0.5 * (np.log2(np.maximum(frequencies, 1.0) / centre) / width) ** 2)
    spectrum = np.fft.rfft(rng.standard_normal(samples)) * shape
    return np.asarray(np.fft.irfft(spectrum, samples) * np.exp(-time * rng.uniform(0.0, 6.0)))

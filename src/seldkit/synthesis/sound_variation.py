"""What makes one recording sound like many: speed, equalisation, bandwidth, level."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Flags, Floats

EQUALIZER_FREQUENCIES_HZ: Final = np.array([60.0, 200.0, 600.0, 1800.0, 5000.0, 11000.0])
"""The frequencies (Hz) at which the equaliser's gains are given."""
REFERENCE_LEVEL_DB: Final = -28.0
"""Level (RMS where active, dB full scale) of a dry sound one metre away, before its own gain."""


@dataclass(frozen=True)
class SoundVariation:
    """How one event's recording is altered.

    speed: factor on speed and pitch; equaliser: gains (dB) at `EQUALIZER_FREQUENCIES_HZ`; low_pass, high_pass: corner
    frequencies (Hz), 0 for none.
    """

    speed: float
    equaliser: tuple[float, ...]
    low_pass: float
    high_pass: float

    def apply(self, dry: Floats) -> Floats:
        """The altered sound (samples,), at its own level."""
        return _filtered(_sped(dry, self.speed), self.response)

    def response(self, frequencies: Floats) -> Floats:
        """The amplitude response at frequencies in Hz: third-order skirts beyond the corners."""
        octave = np.log2(np.maximum(frequencies, 20.0))
        gain = 10.0 ** (np.interp(octave, np.log2(EQUALIZER_FREQUENCIES_HZ), self.equaliser) / 20.0)
        if self.low_pass:
            gain = gain / np.sqrt(1.0 + (frequencies / self.low_pass) ** 12)
        if self.high_pass:
            gain = gain / np.sqrt(1.0 + (self.high_pass / np.maximum(frequencies, 1.0)) ** 6)
        return np.asarray(gain)


def draw_variation(rng: np.random.Generator) -> SoundVariation:
    """Speed within 9 %, gains of a few decibels, often a narrower band.

    Public sound collections differ in bandwidth from class to class; cut at random, the bandwidth tells
    a model nothing about the class.
    """
    low_pass = np.exp(rng.uniform(np.log(3000.0), np.log(11000.0))) if rng.random() < 0.5 else 0.0
    high_pass = np.exp(rng.uniform(np.log(50.0), np.log(350.0))) if rng.random() < 0.4 else 0.0
    gains = np.clip(rng.normal(0.0, 4.0, len(EQUALIZER_FREQUENCIES_HZ)), -9.0, 9.0)
    return SoundVariation(np.exp(rng.normal(0.0, 0.045)), tuple(gains.tolist()), low_pass, high_pass)


def normalize_level(dry: Floats, active: Flags, gain_db: float) -> Floats:
    """The sound at `REFERENCE_LEVEL_DB` + gain over its active 10 ms steps."""
    step = int(0.01 * SAMPLE_RATE)
    samples = np.repeat(active, step)[: len(dry)]
    power = np.square(dry[: len(samples)][samples]).mean() if samples.any() else 0.0
    return np.asarray(
        dry * (10.0 ** ((REFERENCE_LEVEL_DB + gain_db) / 20.0) / np.sqrt(max(float(power), 1e-12)))
    )


def _sped(dry: Floats, speed: float) -> Floats:
    import soxr

    return np.asarray(soxr.resample(dry, SAMPLE_RATE * speed, SAMPLE_RATE))


def _filtered(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    size = 2 ** int(np.ceil(np.log2(len(signal) + 2048)))
    frequencies: Floats = np.asarray(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), np.float64)
    spectrum = np.fft.rfft(signal, size) * response(frequencies)
    return np.fft.irfft(spectrum, size)[: len(signal)]

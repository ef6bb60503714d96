"""Variation of a recording: speed, equalization, bandwidth and level."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from seldkit.synthesis.activity import ACTIVITY_STEP_SECONDS
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.value_ranges import Decibels, Hertz
from seldkit.types import Flags, Floats

EQUALIZER_FREQUENCIES_HZ: Final = np.array([60.0, 200.0, 600.0, 1800.0, 5000.0, 11000.0])
"""Frequencies of the equalizer's gains."""
REFERENCE_LEVEL_DB: Final = -28.0
"""Level (RMS where active, dBFS) of a dry sound at a distance of 1 m, before its own gain."""


@dataclass(frozen=True)
class SoundVariation:
    """Variation of the recording of one event.

    Attributes:
        speed: Factor on speed and pitch.
        equaliser: Gains in dB at `EQUALIZER_FREQUENCIES_HZ`.
        low_pass: Cutoff frequency in Hz, 0 for none.
        high_pass: Cutoff frequency in Hz, 0 for none.
    """

    speed: Annotated[float, Field(ge=0.1, le=10)]
    equaliser: Annotated[tuple[Decibels, ...], Field(min_length=6, max_length=6)]
    low_pass: Hertz
    high_pass: Hertz

    def apply(self, dry: Floats) -> Floats:
        """Changes the speed and the spectrum of a signal.

        Args:
            dry: Signal at 24 kHz, shape ``(samples,)``.

        Returns:
            Signal of shape ``(samples / speed,)``; its level is not normalized.
        """
        return _filter(_resample(dry, self.speed), self.response)

    def response(self, frequencies: Floats) -> Floats:
        """Returns the amplitude response of the equalizer and the filters.

        Args:
            frequencies: Frequencies in Hz, shape ``(n,)``.

        Returns:
            Gain factors, shape ``(n,)``. The filters have the slopes of Butterworth filters: order 6 for the
            low-pass, order 3 for the high-pass.
        """
        octave = np.log2(np.maximum(frequencies, 20.0))
        gain = 10.0 ** (np.interp(octave, np.log2(EQUALIZER_FREQUENCIES_HZ), self.equaliser) / 20.0)
        if self.low_pass:
            gain = gain / np.sqrt(1.0 + (frequencies / self.low_pass) ** 12)
        if self.high_pass:
            gain = gain / np.sqrt(1.0 + (self.high_pass / np.maximum(frequencies, 1.0)) ** 6)
        return np.asarray(gain)


def draw_variation(rng: np.random.Generator) -> SoundVariation:
    """Draws a variation: a moderate change of speed, gains of a few dB, often a reduced bandwidth.

    Public sound collections differ in bandwidth between classes. A random bandwidth prevents a model from
    recognizing a class by it.

    Args:
        rng: Random number generator.

    Returns:
        The variation.
    """
    low_pass = np.exp(rng.uniform(np.log(3000.0), np.log(11000.0))) if rng.random() < 0.5 else 0.0
    high_pass = np.exp(rng.uniform(np.log(50.0), np.log(350.0))) if rng.random() < 0.4 else 0.0
    gains = np.clip(rng.normal(0.0, 4.0, len(EQUALIZER_FREQUENCIES_HZ)), -9.0, 9.0)
    return SoundVariation(np.exp(rng.normal(0.0, 0.045)), tuple(gains.tolist()), low_pass, high_pass)


def normalize_level(dry: Floats, active: Flags, gain_db: float) -> Floats:
    """Scales a signal to `REFERENCE_LEVEL_DB` plus a gain over its active steps.

    Args:
        dry: Signal at 24 kHz, shape ``(samples,)``.
        active: Activity of each step of 10 ms, shape ``(steps,)``.
        gain_db: Gain in dB.

    Returns:
        Scaled signal. Same shape as `dry`.
    """
    step = int(ACTIVITY_STEP_SECONDS * SAMPLE_RATE)
    samples = np.repeat(active, step)[: len(dry)]
    power = np.square(dry[: len(samples)][samples]).mean() if samples.any() else 0.0
    target = 10.0 ** ((REFERENCE_LEVEL_DB + gain_db) / 20.0)
    return np.asarray(dry * (target / np.sqrt(max(float(power), 1e-12))))


def _resample(dry: Floats, speed: float) -> Floats:
    import soxr

    return np.asarray(soxr.resample(dry, SAMPLE_RATE * speed, SAMPLE_RATE))


def _filter(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    size = 2 ** int(np.ceil(np.log2(len(signal) + 2048)))
    frequencies: Floats = np.asarray(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), np.float64)
    spectrum = np.fft.rfft(signal, size) * response(frequencies)
    return np.fft.irfft(spectrum, size)[: len(signal)]

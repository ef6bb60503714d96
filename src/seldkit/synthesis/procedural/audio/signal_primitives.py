"""What procedural sounds are put together from: noise in a band, things that ring, tones, placing in time."""

from collections.abc import Callable
from typing import Final

import numpy as np

from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

Rng = np.random.Generator
Maker = Callable[[Rng], Floats]

STEP: Final = 160
TABLE: Final = 8192


def silence(seconds: float) -> Floats:
    """No sound, (samples,)."""
    return np.zeros(int(seconds * SAMPLE_RATE))


def times(seconds: float) -> Floats:
    """The time of each sample in seconds."""
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def put(out: Floats, sound: Floats, seconds: float) -> None:
    """Add a sound at a time; what is beyond the end is lost."""
    at = max(0, int(seconds * SAMPLE_RATE))
    room = out[at : at + len(sound)]
    room += sound[: len(room)]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """A number between two, as likely in each octave."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def edges(length: int, seconds: float = 0.008) -> Floats:
    """Ramps up and down at both ends."""
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / (seconds * SAMPLE_RATE)
    return np.minimum(1.0, ramp)


def hump(length: int) -> Floats:
    """Up and down again over the whole length."""
    return np.sin(np.pi * np.linspace(0.0, 1.0, length)) ** 0.7


def wander(rng: Rng, length: int, rate: float) -> Floats:
    """A smooth random curve of deviation 1, with about `rate` turns a second."""
    knots = max(4, int(length / SAMPLE_RATE * rate) + 3)
    return np.interp(np.linspace(0, knots - 1, length), np.arange(knots), rng.standard_normal(knots))


def band(frequency: Floats, centre: float, octaves: float) -> Floats:
    """A bell of a width in octaves around a frequency."""
    away = np.log2(np.maximum(frequency, 1.0) / centre) / octaves
    return np.asarray(np.exp(-0.5 * away**2))


def shaped(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    """A signal through a filter that is given by its gains at frequencies in Hz."""
    size = 1 << (len(signal) + 256).bit_length()
    frequency: Floats = np.asarray(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), np.float64)
    return np.asarray(np.fft.irfft(np.fft.rfft(signal, size) * response(frequency), size)[: len(signal)])


def coloured(rng: Rng, samples: int, centre: float, octaves: float) -> Floats:
    """Noise around a frequency, of deviation 1."""
    noise = shaped(rng.standard_normal(samples), lambda f: band(f, centre, octaves))
    return noise / max(float(noise.std()), 1e-9)


def burst(rng: Rng, seconds: float, centre: float, octaves: float, decay: float) -> Floats:
    """Noise around a frequency that begins at once and dies away: down to a third in 1 / decay seconds."""
    time = times(seconds)
    noise = coloured(rng, len(time), centre, octaves)
    return noise / max(float(np.abs(noise).max()), 1e-9) * np.exp(-decay * time)


def damped(
    pitches: Floats, gains: Floats, rates: Floats, samples: int, phases: Floats | float = 0.0
) -> Floats:
    """Σ gains · sin(2π · pitch · t + phase) · exp(−rate · t) over partials (Hz, 1/s), (samples,).

    An exponential of a sum is a product: rows of steps times one step, summed over the partials.
    """
    exponents = (2j * np.pi * pitches - rates) / SAMPLE_RATE
    starts = np.arange(-(-samples // STEP))[:, None] * STEP * exponents
    rows = gains * np.exp(starts + 1j * np.asarray(phases))
    step = np.exp(exponents[:, None] * np.arange(STEP))
    left = np.concatenate([rows.real, rows.imag], axis=1)
    right = np.concatenate([step.imag, step.real], axis=0)
    # No matrix product: its bits may depend on the number of threads.
    return np.asarray(np.einsum("jk,kr->jr", left, right, optimize=False).ravel()[:samples])


def ringing(rng: Rng, partials: Floats, seconds: float, steepness: float = 0.6) -> Floats:
    """Partials that ring on, the high ones shorter; `seconds` until the lowest is down to a third."""
    partials = partials[partials < 0.45 * SAMPLE_RATE]
    rates = (partials / partials[:1]) ** steepness / seconds
    gains, phases = rng.uniform(0.3, 1.0, len(partials)), rng.uniform(0.0, 0.5 * np.pi, len(partials))
    return damped(partials, gains, rates, int(5.0 * seconds * SAMPLE_RATE), phases)


def harmonics(phase: Floats, gains: Floats) -> Floats:
    """Σ gains[k] · sin((k + 1) · phase), read from a table of one turn."""
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    spectrum[1 : len(gains) + 1] = -0.5j * TABLE * gains
    table = np.fft.irfft(spectrum, TABLE)
    at = (phase / (2 * np.pi)) % 1.0 * TABLE
    before = at.astype(np.int64) % TABLE
    part = at - np.floor(at)
    return np.asarray((1.0 - part) * table[before] + part * table[(before + 1) % TABLE])


def phase_of(pitch: Floats) -> Floats:
    """The phase of a tone of a pitch (Hz) that may change."""
    return np.asarray(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)

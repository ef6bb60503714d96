"""What procedural sounds are put together from: noise in a band, things that ring, tones, placing in time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.rooms import SAMPLE_RATE

Floats = NDArray[np.float64]
Rng = np.random.Generator
Maker = Callable[[Rng], Floats]


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


def ringing(rng: Rng, partials: Floats, seconds: float, steepness: float = 0.6) -> Floats:
    """Partials that ring on, the high ones shorter; `seconds` until the lowest is down to a third."""
    time = times(5.0 * seconds)
    partials = partials[partials < 0.45 * SAMPLE_RATE]
    gains = rng.uniform(0.3, 1.0, len(partials))
    rates = (partials / partials[0]) ** steepness / seconds if len(partials) else partials
    phases = rng.uniform(0.0, 0.5 * np.pi, len(partials))
    out = np.zeros(len(time))
    for partial, gain, rate, phase in zip(partials, gains, rates, phases, strict=True):
        out += gain * np.sin(2 * np.pi * partial * time + phase) * np.exp(-rate * time)
    return out


def harmonics(phase: Floats, gains: Floats, decays: Floats | None = None) -> Floats:
    """Σ gains[k] · sin((k + 1) · phase), each dying away by its decay (1/s)."""
    turn = np.exp(1j * phase)
    now, out = turn.copy(), np.zeros(len(phase))
    time = np.arange(len(phase)) / SAMPLE_RATE
    for number, gain in enumerate(gains):
        out += now.imag * (gain if decays is None else gain * np.exp(-decays[number] * time))
        now *= turn
    return out


def phase_of(pitch: Floats) -> Floats:
    """The phase of a tone of a pitch (Hz) that may change."""
    return np.asarray(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)

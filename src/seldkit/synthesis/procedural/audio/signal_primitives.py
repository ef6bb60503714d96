"""Building blocks of procedural sounds: filtered noise, resonances, tones, envelopes. All at 24 kHz."""

from collections.abc import Callable
from typing import Final

import numpy as np

from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

Generator = np.random.Generator
SoundGenerator = Callable[[Generator], Floats]
"""Function that generates a sound of shape (samples,) from a random number generator."""

BLOCK_SAMPLES: Final = 160
"""Length of the blocks in which `damped_sinusoids` are computed."""
WAVETABLE_SIZE: Final = 8192
"""Samples of the period from which `harmonic_tone` is read."""


def silence(seconds: float) -> Floats:
    """Returns silence.

    Args:
        seconds: Duration in seconds.

    Returns:
        Zeros of shape ``(samples,)``.
    """
    return np.zeros(int(seconds * SAMPLE_RATE))


def time_axis(seconds: float) -> Floats:
    """Returns the time of each sample.

    Args:
        seconds: Duration in seconds.

    Returns:
        Times in seconds, shape ``(samples,)``.
    """
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def add_at(out: Floats, signal: Floats, seconds: float) -> None:
    """Adds a signal at a time; what exceeds the end is dropped.

    Args:
        out: Signal that is modified, shape ``(samples,)``.
        signal: Signal to add, shape ``(n,)``.
        seconds: Time in seconds.
    """
    at = max(0, int(seconds * SAMPLE_RATE))
    target = out[at : at + len(signal)]
    target += signal[: len(target)]


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """Draws a number from a log-uniform distribution.

    Args:
        rng: Random number generator.
        low: Lower limit.
        high: Upper limit.

    Returns:
        The number.
    """
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def fades(length: int, seconds: float = 0.008) -> Floats:
    """Returns an envelope with linear fades at both ends.

    Args:
        length: Number of samples.
        seconds: Duration of each fade in seconds.

    Returns:
        Envelope from 0 to 1, shape ``(length,)``.
    """
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / (seconds * SAMPLE_RATE)
    return np.minimum(1.0, ramp)


def smooth_envelope(length: int) -> Floats:
    """Returns an envelope that rises and falls over the whole length.

    Args:
        length: Number of samples.

    Returns:
        Envelope from 0 to 1, shape ``(length,)``.
    """
    return np.sin(np.pi * np.linspace(0.0, 1.0, length)) ** 0.7


def random_curve(rng: Generator, length: int, rate: float) -> Floats:
    """Returns a random curve with a standard deviation of about 1, interpolated linearly between its knots.

    Args:
        rng: Random number generator.
        length: Number of samples.
        rate: Knots per second.

    Returns:
        Curve of shape ``(length,)``.
    """
    knots = max(4, int(length / SAMPLE_RATE * rate) + 3)
    return np.interp(np.linspace(0, knots - 1, length), np.arange(knots), rng.standard_normal(knots))


def gaussian_band(frequency: Floats, centre: float, octaves: float) -> Floats:
    """Returns a Gaussian frequency response on a logarithmic axis.

    Args:
        frequency: Frequencies in Hz, shape ``(n,)``.
        centre: Centre frequency in Hz.
        octaves: Standard deviation in octaves.

    Returns:
        Gains from 0 to 1, shape ``(n,)``.
    """
    distance = np.log2(np.maximum(frequency, 1.0) / centre) / octaves
    return np.asarray(np.exp(-0.5 * distance**2))


def filter_spectrum(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    """Filters a signal in the frequency domain.

    Args:
        signal: Signal of shape ``(samples,)``.
        response: Returns the gains at frequencies in Hz.

    Returns:
        Filtered signal. Same shape.
    """
    size = 1 << (len(signal) + 256).bit_length()
    frequency: Floats = np.asarray(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), np.float64)
    return np.asarray(np.fft.irfft(np.fft.rfft(signal, size) * response(frequency), size)[: len(signal)])


def band_noise(rng: Generator, samples: int, centre: float, octaves: float) -> Floats:
    """Generates noise in a band with a standard deviation of 1.

    Args:
        rng: Random number generator.
        samples: Number of samples.
        centre: Centre frequency in Hz.
        octaves: Bandwidth in octaves, see `gaussian_band`.

    Returns:
        Noise of shape ``(samples,)``.
    """
    noise = filter_spectrum(rng.standard_normal(samples), lambda f: gaussian_band(f, centre, octaves))
    return noise / max(float(noise.std()), 1e-9)


def noise_burst(rng: Generator, seconds: float, centre: float, octaves: float, decay: float) -> Floats:
    """Generates noise in a band that decays exponentially from its onset.

    Args:
        rng: Random number generator.
        seconds: Duration in seconds.
        centre: Centre frequency in Hz.
        octaves: Bandwidth in octaves, see `gaussian_band`.
        decay: Decay rate per second: the amplitude falls to 1/e in 1 / decay seconds.

    Returns:
        Noise of shape ``(samples,)``.
    """
    time = time_axis(seconds)
    noise = band_noise(rng, len(time), centre, octaves)
    return noise / max(float(np.abs(noise).max()), 1e-9) * np.exp(-decay * time)


def damped_sinusoids(
    pitches: Floats, gains: Floats, rates: Floats, samples: int, phases: Floats | float = 0.0
) -> Floats:
    """Computes Σ gains · sin(2π · pitch · t + phase) · exp(−rate · t) over partials.

    The exponential of a sum is a product, so that blocks are an outer product summed over the partials.

    Args:
        pitches: Frequencies in Hz, shape ``(partials,)``.
        gains: Amplitudes (factor of each partial), shape ``(partials,)``.
        rates: Decay rates per second, shape ``(partials,)``.
        samples: Number of samples.
        phases: Initial phases in radians, scalar or shape ``(partials,)``.

    Returns:
        Signal of shape ``(samples,)``.
    """
    exponents = (2j * np.pi * pitches - rates) / SAMPLE_RATE
    starts = np.arange(-(-samples // BLOCK_SAMPLES))[:, None] * BLOCK_SAMPLES * exponents
    rows = gains * np.exp(starts + 1j * np.asarray(phases))
    block = np.exp(exponents[:, None] * np.arange(BLOCK_SAMPLES))
    left = np.concatenate([rows.real, rows.imag], axis=1)
    right = np.concatenate([block.imag, block.real], axis=0)
    # Not a matrix product, whose bits may depend on the number of threads.
    return np.asarray(np.einsum("jk,kr->jr", left, right, optimize=False).ravel()[:samples])


def resonance(rng: Generator, partials: Floats, seconds: float, steepness: float = 0.6) -> Floats:
    """Generates decaying partials with random amplitudes and phases, as of a struck object.

    Args:
        rng: Random number generator.
        partials: Frequencies in Hz, ascending, shape ``(partials,)``.
        seconds: Time in seconds in which the lowest partial falls to 1/e.
        steepness: Exponent with which the decay rate increases with the frequency.

    Returns:
        Signal of shape ``(samples,)``, five times as long as `seconds`.
    """
    partials = partials[partials < 0.45 * SAMPLE_RATE]
    rates = (partials / partials[:1]) ** steepness / seconds
    gains, phases = rng.uniform(0.3, 1.0, len(partials)), rng.uniform(0.0, 0.5 * np.pi, len(partials))
    return damped_sinusoids(partials, gains, rates, int(5.0 * seconds * SAMPLE_RATE), phases)


def harmonic_tone(phase: Floats, gains: Floats) -> Floats:
    """Computes Σ gains[k] · sin((k + 1) · phase) by linear interpolation in a wavetable.

    Args:
        phase: Phase of the fundamental in radians, shape ``(samples,)``.
        gains: Amplitudes (factor of each harmonic), shape ``(harmonics,)``.

    Returns:
        Signal of shape ``(samples,)``.
    """
    spectrum = np.zeros(WAVETABLE_SIZE // 2 + 1, complex)
    spectrum[1 : len(gains) + 1] = -0.5j * WAVETABLE_SIZE * gains
    table = np.fft.irfft(spectrum, WAVETABLE_SIZE)
    place = (phase / (2 * np.pi)) % 1.0 * WAVETABLE_SIZE
    index = place.astype(np.int64) % WAVETABLE_SIZE
    part = place - np.floor(place)
    return np.asarray((1.0 - part) * table[index] + part * table[(index + 1) % WAVETABLE_SIZE])


def instantaneous_phase(pitch: Floats) -> Floats:
    """Integrates a pitch curve.

    Args:
        pitch: Frequency in Hz at each sample, shape ``(samples,)``.

    Returns:
        Phase in radians, shape ``(samples,)``.
    """
    return np.asarray(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)

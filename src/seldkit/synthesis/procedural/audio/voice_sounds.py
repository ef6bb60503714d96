"""Voices by formant synthesis (Klatt 1980): glottal pulses and breath noise through moving formants."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.procedural.audio.signal_primitives import (
    Generator,
    gaussian_band,
    instantaneous_phase,
    random_curve,
    silence,
)
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

VOWEL_FORMANTS_HZ: Final = (
    *((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)),
    *((660, 1720, 2410), (640, 1190, 2390), (490, 1350, 1690)),
)
"""Formants of the vowels of men in Hz (Peterson and Barney 1952)."""
UPPER_FORMANTS_HZ: Final = (3400.0, 4300.0)
"""Fourth and fifth formant in Hz, which are constant."""
FILTER_HOP: Final = 240
"""Samples between the filters, 10 ms."""
FILTER_WINDOW: Final = 480
"""Samples of a filtered block."""
CONTROL_HOP: Final = 24
"""Samples between the values of a control curve, 1 ms."""
FFT_SIZE: Final = 1024
"""Samples of the Fourier transform of a block."""


@dataclass(frozen=True)
class VoiceTarget:
    """Target values of a voice for a short time.

    Attributes:
        seconds: Duration in seconds.
        voice: Gain factor of the glottal pulses.
        breath: Gain factor of the breath noise.
        formants: First three formants in Hz.
        hiss: Gain factor of the fricative noise.
        hiss_frequency: Centre frequency of the fricative noise in Hz.
    """

    seconds: float
    voice: float
    breath: float
    formants: tuple[float, float, float]
    hiss: float = 0.0
    hiss_frequency: float = 5000.0


def female_speech(rng: Generator) -> Floats:
    """Generates speech-like syllables of a woman without words.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    return _speech(rng, rng.uniform(170.0, 260.0), rng.uniform(1.12, 1.22))


def male_speech(rng: Generator) -> Floats:
    """Generates speech-like syllables of a man without words.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    return _speech(rng, rng.uniform(85.0, 145.0), rng.uniform(0.95, 1.05))


def laughter(rng: Generator) -> Floats:
    """Generates laughter: breath and short vowels, four to six per second, with falling pitch and level.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    woman = rng.random() < 0.5
    pitch, size = (rng.uniform(250, 480), 1.17) if woman else (rng.uniform(140, 280), 1.0)
    vowel = VOWEL_FORMANTS_HZ[rng.choice([0, 3, 5, 6, 7])]
    parts = []
    for _ in range(rng.integers(1, 3)):
        count, beat = int(rng.integers(5, 11)), rng.uniform(0.14, 0.22)
        breath = rng.uniform(0.5, 0.9)
        targets = []
        for number in range(count):
            loud = (1.0 - 0.6 * number / count) * rng.uniform(0.8, 1.0)
            voiced = beat * rng.uniform(0.3, 0.5)
            targets += [
                VoiceTarget(beat - voiced, 0.0, breath * loud, vowel),
                VoiceTarget(voiced, loud, 0.05, vowel),
            ]
        rise = rng.uniform(1.1, 1.4)
        pitches = pitch * np.linspace(rise, 0.8, 2 * count) * rng.uniform(0.95, 1.05, 2 * count)
        pitches[0::2] *= 0.9
        parts.append(_synthesize(rng, targets, pitches, size))
        if rng.random() < 0.4:
            gasp = [VoiceTarget(rng.uniform(0.2, 0.4), 0.0, 0.5, (500.0, 1500.0, 2500.0))]
            parts.append(_synthesize(rng, gasp, np.array([pitch]), size))
    return np.concatenate(parts)


def _speech(rng: Generator, pitch: float, size: float) -> Floats:
    parts = []
    for _ in range(rng.integers(1, 4)):
        targets = [target for _ in range(rng.integers(3, 9)) for target in _syllable(rng)]
        fall = np.linspace(1.12, 0.85, len(targets))
        accents = 1.0 + 0.18 * (rng.random(len(targets)) < 0.25)
        parts.append(
            _synthesize(rng, targets, pitch * fall * accents * rng.uniform(0.95, 1.05, len(targets)), size)
        )
        parts.append(silence(rng.uniform(0.1, 0.4)))
    return np.concatenate(parts)


def _syllable(rng: Generator) -> list[VoiceTarget]:
    """An optional consonant, one or two vowels, and sometimes another consonant."""
    first, second = (VOWEL_FORMANTS_HZ[rng.integers(len(VOWEL_FORMANTS_HZ))] for _ in range(2))
    targets = [] if rng.random() < 0.15 else _consonant(rng, first)
    targets.append(VoiceTarget(rng.uniform(0.06, 0.14), rng.uniform(0.7, 1.0), 0.02, first))
    if rng.random() < 0.35:
        targets.append(VoiceTarget(rng.uniform(0.06, 0.12), rng.uniform(0.6, 0.9), 0.02, second))
    if rng.random() < 0.3:
        targets += _consonant(rng, second)
    return targets


def _consonant(rng: Generator, vowel: tuple[float, float, float]) -> list[VoiceTarget]:
    _, second, third = vowel
    kind = rng.integers(5)
    if kind == 0:  # s, sh, f
        where = float(rng.choice([2800.0, 5200.0, 7000.0]))
        return [VoiceTarget(rng.uniform(0.07, 0.14), 0.0, 0.02, vowel, rng.uniform(0.1, 0.3), where)]
    if kind == 1:  # p, t, k: closure, burst, breath
        where = float(rng.choice([900.0, 1800.0, 4000.0]))
        burst = VoiceTarget(0.012, 0.0, 0.1, vowel, 0.4, where)
        return [
            VoiceTarget(rng.uniform(0.04, 0.08), 0.0, 0.0, vowel),
            burst,
            VoiceTarget(0.03, 0.0, 0.25, vowel),
        ]
    if kind == 2:  # b, d, g
        closed = (200.0, 0.5 * (second + 1700.0), third)
        return [
            VoiceTarget(rng.uniform(0.03, 0.06), 0.12, 0.0, closed),
            VoiceTarget(0.01, 0.3, 0.0, closed, 0.2, 2000.0),
        ]
    if kind == 3:  # m, n
        return [VoiceTarget(rng.uniform(0.05, 0.09), 0.35, 0.0, (250.0, 1200.0, 2200.0))]
    return [
        VoiceTarget(rng.uniform(0.04, 0.08), 0.5, 0.0, (350.0, 0.5 * (second + 1100.0), third))
    ]  # l, r, w


def _synthesize(rng: Generator, targets: list[VoiceTarget], pitches: Floats, size: float) -> Floats:
    """Synthesizes targets; formants are those of men times `size`."""
    ends = np.cumsum([target.seconds for target in targets])
    samples = int(ends[-1] * SAMPLE_RATE)
    at = np.searchsorted(ends, np.arange(samples // CONTROL_HOP + 2) * CONTROL_HOP / SAMPLE_RATE)
    at = at.clip(max=len(targets) - 1)
    gains = np.array([(m.voice, m.breath, m.hiss) for m in targets])[at]
    voice, breath, hiss = (_upsample(_smooth(gain, 12), samples) for gain in gains.T)
    pitch = _upsample(_smooth(pitches[at], 60), samples) * (1.0 + 0.008 * random_curve(rng, samples, 40.0))
    noise = rng.standard_normal(samples)
    source = voice * _pulses(pitch) * (1.0 + 0.05 * random_curve(rng, samples, 30.0))
    source += (breath + 0.015 * voice) * noise
    tracks = np.array([m.formants for m in targets])[at].T * size
    formants = np.stack([_smooth(track, 50)[:: FILTER_HOP // CONTROL_HOP] for track in tracks], axis=1)
    upper = np.broadcast_to(np.array(UPPER_FORMANTS_HZ) * size, (len(formants), 2))
    out = _filter_blocks(source, _resonances(np.concatenate([formants, upper], axis=1)))
    return out + _filter_blocks(
        hiss * noise,
        _noise_bands([m.hiss_frequency for m in targets])[at[:: FILTER_HOP // CONTROL_HOP]],
    )


def _pulses(pitch: Floats) -> Floats:
    """Derivative of the glottal flow, which opens slowly and closes fast in two thirds of each period."""
    phase = (instantaneous_phase(pitch) / (2 * np.pi)) % 1.0
    opening, closing = phase < 0.45, (phase >= 0.45) & (phase < 0.65)
    flow = np.where(opening, 0.5 - 0.5 * np.cos(np.pi * phase / 0.45), 0.0)
    flow += np.where(closing, np.cos(0.5 * np.pi * (phase - 0.45) / 0.2), 0.0)
    return np.diff(flow, prepend=flow[:1]) * (SAMPLE_RATE / pitch) / 8.0


def _filter_blocks(source: Floats, responses: NDArray[Any]) -> Floats:
    """Filters by responses (blocks, bins) that change every 10 ms, by overlap-add."""
    count = len(responses)
    padded = np.pad(source, (FILTER_WINDOW // 2, FILTER_WINDOW + FILTER_HOP))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, FILTER_WINDOW)[::FILTER_HOP][:count]
    spectra = np.fft.rfft(
        blocks * (np.hanning(FILTER_WINDOW + 1)[:-1] * (2 * FILTER_HOP / FILTER_WINDOW)),
        FFT_SIZE,
    )
    filtered = np.fft.irfft(spectra * responses[: len(spectra)], FFT_SIZE)
    out = np.zeros(len(filtered) * FILTER_HOP + FFT_SIZE)
    for start in range(0, FFT_SIZE, FILTER_HOP):  # every block adds to the same few columns of the result
        block = filtered[:, start : start + FILTER_HOP]
        target = out[start : start + len(filtered) * FILTER_HOP].reshape(-1, FILTER_HOP)
        target[:, : block.shape[1]] += block
    return out[FILTER_WINDOW // 2 : FILTER_WINDOW // 2 + len(source)]


def _resonances(centres: Floats) -> NDArray[np.complex128]:
    """Responses (blocks, bins) of cascaded resonators with centres (blocks, formants) in Hz."""
    polynomial, gain = np.ones((len(centres), 1)), np.ones((len(centres), 1))
    for centre in centres.T[:, :, None]:
        radius = np.exp(-np.pi * (50.0 + 0.05 * centre) / SAMPLE_RATE)
        first, second = -2 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE), radius**2
        delayed_once, delayed_twice = (np.pad(polynomial, ((0, 0), (lag, 2 - lag))) for lag in (1, 2))
        polynomial = np.pad(polynomial, ((0, 0), (0, 2))) + first * delayed_once + second * delayed_twice
        gain = gain * (1 + first + second)
    return np.asarray(gain / np.fft.rfft(polynomial, FFT_SIZE))


def _noise_bands(centres: list[float]) -> Floats:
    """Responses (frequencies, bins) of noise bands that keep the standard deviation at 1."""
    frequency = np.linspace(0.0, SAMPLE_RATE / 2, FFT_SIZE // 2 + 1)
    bands = {centre: gaussian_band(frequency, centre, 0.45) for centre in set(centres)}
    level = {centre: float(np.sqrt(np.square(response).mean())) for centre, response in bands.items()}
    return np.stack([bands[centre] / level[centre] for centre in centres])


def _smooth(track: Floats, steps: int) -> Floats:
    """A moving average."""
    total = np.cumsum(np.pad(track, (steps // 2 + 1, steps - steps // 2), mode="edge"))
    return np.asarray((total[steps:] - total[:-steps])[: len(track)] / steps)


def _upsample(track: Floats, samples: int) -> Floats:
    return np.interp(np.arange(samples), np.arange(len(track)) * CONTROL_HOP, track)

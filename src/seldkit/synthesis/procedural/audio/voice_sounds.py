"""Voices: pulses and breath through formants that move, as in formant synthesisers (Klatt 1980)."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.procedural.audio.signal_primitives import Rng, band, phase_of, silence, wander
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

VOWELS: Final = (
    *((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)),
    *((660, 1720, 2410), (640, 1190, 2390), (490, 1350, 1690)),
)
"""Formants in Hz of vowels of men (Peterson and Barney 1952)."""
UPPER: Final = (3400.0, 4300.0)
"""Formants in Hz that hardly move."""
STEP: Final = 240
WINDOW: Final = 480
CONTROL: Final = 24
SIZE: Final = 1024


@dataclass(frozen=True)
class Moment:
    """A voice's targets for some seconds: gains of pulses, breath and hiss; formants and hiss in Hz."""

    seconds: float
    voice: float
    breath: float
    formants: tuple[float, float, float]
    hiss: float = 0.0
    hiss_at: float = 5000.0


def female_speech(rng: Rng) -> Floats:
    """A woman says something in no language."""
    return _speech(rng, rng.uniform(170.0, 260.0), rng.uniform(1.12, 1.22))


def male_speech(rng: Rng) -> Floats:
    """A man says something in no language."""
    return _speech(rng, rng.uniform(85.0, 145.0), rng.uniform(0.95, 1.05))


def laughter(rng: Rng) -> Floats:
    """Ha ha ha: breath and short vowels, four to six a second, that sink and fade; at times a gasp."""
    woman = rng.random() < 0.5
    pitch, size = (rng.uniform(250, 480), 1.17) if woman else (rng.uniform(140, 280), 1.0)
    vowel = VOWELS[rng.choice([0, 3, 5, 6, 7])]
    parts = []
    for _ in range(rng.integers(1, 3)):
        count, beat = int(rng.integers(5, 11)), rng.uniform(0.14, 0.22)
        breath = rng.uniform(0.5, 0.9)
        moments = []
        for number in range(count):
            loud = (1.0 - 0.6 * number / count) * rng.uniform(0.8, 1.0)
            voiced = beat * rng.uniform(0.3, 0.5)
            moments += [Moment(beat - voiced, 0.0, breath * loud, vowel), Moment(voiced, loud, 0.05, vowel)]
        rise = rng.uniform(1.1, 1.4)
        pitches = pitch * np.linspace(rise, 0.8, 2 * count) * rng.uniform(0.95, 1.05, 2 * count)
        pitches[0::2] *= 0.9
        parts.append(_spoken(rng, moments, pitches, size))
        if rng.random() < 0.4:
            gasp = [Moment(rng.uniform(0.2, 0.4), 0.0, 0.5, (500.0, 1500.0, 2500.0))]
            parts.append(_spoken(rng, gasp, np.array([pitch]), size))
    return np.concatenate(parts)


def _speech(rng: Rng, pitch: float, size: float) -> Floats:
    parts = []
    for _ in range(rng.integers(1, 4)):
        moments = [moment for _ in range(rng.integers(3, 9)) for moment in _syllable(rng)]
        fall = np.linspace(1.12, 0.85, len(moments))
        accents = 1.0 + 0.18 * (rng.random(len(moments)) < 0.25)
        parts.append(
            _spoken(rng, moments, pitch * fall * accents * rng.uniform(0.95, 1.05, len(moments)), size)
        )
        parts.append(silence(rng.uniform(0.1, 0.4)))
    return np.concatenate(parts)


def _syllable(rng: Rng) -> list[Moment]:
    """A consonant or none, a vowel or two, now and then one more consonant."""
    first, second = (VOWELS[rng.integers(len(VOWELS))] for _ in range(2))
    moments = [] if rng.random() < 0.15 else _consonant(rng, first)
    moments.append(Moment(rng.uniform(0.06, 0.14), rng.uniform(0.7, 1.0), 0.02, first))
    if rng.random() < 0.35:
        moments.append(Moment(rng.uniform(0.06, 0.12), rng.uniform(0.6, 0.9), 0.02, second))
    if rng.random() < 0.3:
        moments += _consonant(rng, second)
    return moments


def _consonant(rng: Rng, vowel: tuple[float, float, float]) -> list[Moment]:
    _, second, third = vowel
    kind = rng.integers(5)
    if kind == 0:  # s, sh, f
        where = float(rng.choice([2800.0, 5200.0, 7000.0]))
        return [Moment(rng.uniform(0.07, 0.14), 0.0, 0.02, vowel, rng.uniform(0.1, 0.3), where)]
    if kind == 1:  # p, t, k: closure, burst, breath
        where = float(rng.choice([900.0, 1800.0, 4000.0]))
        burst = Moment(0.012, 0.0, 0.1, vowel, 0.4, where)
        return [Moment(rng.uniform(0.04, 0.08), 0.0, 0.0, vowel), burst, Moment(0.03, 0.0, 0.25, vowel)]
    if kind == 2:  # b, d, g
        closed = (200.0, 0.5 * (second + 1700.0), third)
        return [
            Moment(rng.uniform(0.03, 0.06), 0.12, 0.0, closed),
            Moment(0.01, 0.3, 0.0, closed, 0.2, 2000.0),
        ]
    if kind == 3:  # m, n
        return [Moment(rng.uniform(0.05, 0.09), 0.35, 0.0, (250.0, 1200.0, 2200.0))]
    return [Moment(rng.uniform(0.04, 0.08), 0.5, 0.0, (350.0, 0.5 * (second + 1100.0), third))]  # l, r, w


def _spoken(rng: Rng, moments: list[Moment], pitches: Floats, size: float) -> Floats:
    """Targets as sound; formants are those of men times `size`."""
    ends = np.cumsum([moment.seconds for moment in moments])
    samples = int(ends[-1] * SAMPLE_RATE)
    # Targets are kept a thousand times a second.
    at = np.searchsorted(ends, np.arange(samples // CONTROL + 2) * CONTROL / SAMPLE_RATE)
    at = at.clip(max=len(moments) - 1)
    gains = np.array([(m.voice, m.breath, m.hiss) for m in moments])[at]
    voice, breath, hiss = (_at_samples(_smooth(gain, 12), samples) for gain in gains.T)
    pitch = _at_samples(_smooth(pitches[at], 60), samples) * (1.0 + 0.008 * wander(rng, samples, 40.0))
    noise = rng.standard_normal(samples)
    source = voice * _pulses(pitch) * (1.0 + 0.05 * wander(rng, samples, 30.0))
    source += (breath + 0.015 * voice) * noise
    tracks = np.array([m.formants for m in moments])[at].T * size
    formants = np.stack([_smooth(track, 50)[:: STEP // CONTROL] for track in tracks], axis=1)
    upper = np.broadcast_to(np.array(UPPER) * size, (len(formants), 2))
    out = _through(source, _resonances(np.concatenate([formants, upper], axis=1)))
    return out + _through(hiss * noise, _hisses([m.hiss_at for m in moments])[at[:: STEP // CONTROL]])


def _pulses(pitch: Floats) -> Floats:
    """The glottis: opens slowly, closes fast, for two thirds of each period; as heard at the mouth."""
    phase = (phase_of(pitch) / (2 * np.pi)) % 1.0
    opening, closing = phase < 0.45, (phase >= 0.45) & (phase < 0.65)
    flow = np.where(opening, 0.5 - 0.5 * np.cos(np.pi * phase / 0.45), 0.0)
    flow += np.where(closing, np.cos(0.5 * np.pi * (phase - 0.45) / 0.2), 0.0)
    return np.diff(flow, prepend=flow[:1]) * (SAMPLE_RATE / pitch) / 8.0


def _through(source: Floats, responses: NDArray[Any]) -> Floats:
    """The source through filters (blocks, bins) that change every 10 ms, by overlapped blocks."""
    count = len(responses)
    padded = np.pad(source, (WINDOW // 2, WINDOW + STEP))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:count]
    spectra = np.fft.rfft(blocks * (np.hanning(WINDOW + 1)[:-1] * (2 * STEP / WINDOW)), SIZE)
    filtered = np.fft.irfft(spectra * responses[: len(spectra)], SIZE)
    out = np.zeros(len(filtered) * STEP + SIZE)
    for start in range(0, SIZE, STEP):  # every block adds to the same few columns of the result
        piece = filtered[:, start : start + STEP]
        place = out[start : start + len(filtered) * STEP].reshape(-1, STEP)
        place[:, : piece.shape[1]] += piece
    return out[WINDOW // 2 : WINDOW // 2 + len(source)]


def _resonances(centres: Floats) -> NDArray[np.complex128]:
    """Responses (blocks, bins) of resonators in a row with centres (blocks, formants) in Hz."""
    polynomial, gain = np.ones((len(centres), 1)), np.ones((len(centres), 1))
    for centre in centres.T[:, :, None]:
        radius = np.exp(-np.pi * (50.0 + 0.05 * centre) / SAMPLE_RATE)
        first, second = -2 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE), radius**2
        once, twice = (np.pad(polynomial, ((0, 0), (lag, 2 - lag))) for lag in (1, 2))
        polynomial = np.pad(polynomial, ((0, 0), (0, 2))) + first * once + second * twice
        gain = gain * (1 + first + second)
    return np.asarray(gain / np.fft.rfft(polynomial, SIZE))


def _hisses(centres: list[float]) -> Floats:
    """Bands of noise around frequencies, (frequencies, bins), of deviation 1."""
    frequency = np.linspace(0.0, SAMPLE_RATE / 2, SIZE // 2 + 1)
    bands = {centre: band(frequency, centre, 0.45) for centre in set(centres)}
    level = {centre: float(np.sqrt(np.square(response).mean())) for centre, response in bands.items()}
    return np.stack([bands[centre] / level[centre] for centre in centres])


def _smooth(track: Floats, steps: int) -> Floats:
    """A moving average."""
    total = np.cumsum(np.pad(track, (steps // 2 + 1, steps - steps // 2), mode="edge"))
    return np.asarray((total[steps:] - total[:-steps])[: len(track)] / steps)


def _at_samples(track: Floats, samples: int) -> Floats:
    return np.interp(np.arange(samples), np.arange(len(track)) * CONTROL, track)

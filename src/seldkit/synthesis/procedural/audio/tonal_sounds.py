"""Pitched sounds: telephones, bells, instruments and music."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seldkit.synthesis.procedural.audio.signal_primitives import (
    Generator,
    add_at,
    band_noise,
    damped_sinusoids,
    fades,
    harmonic_tone,
    instantaneous_phase,
    log_uniform,
    noise_burst,
    resonance,
    silence,
    time_axis,
)
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
MINOR: Final = (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS: Final = ((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 0), (1, 4, 0, 5))
"""Scale degrees of the roots of four chords."""
CHURCH_BELL_PARTIALS: Final = np.array([0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.1])
"""Frequencies relative to the prime: hum, prime, tierce, quint, nominal and above."""


def telephone(rng: Generator) -> Floats:
    """Generates a mechanical bell, a two-tone ring, beeps or a ring tone, with pauses.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    kinds = (_mechanical_ring, _warble, _beeps, _ring_tune)
    ring = kinds[rng.integers(len(kinds))](rng)
    pause = silence(rng.uniform(0.3, 1.5))
    return np.concatenate([ring, pause] * int(rng.integers(1, 4)))


def _mechanical_ring(rng: Generator) -> Floats:
    """A clapper between two bells, 20 to 28 strokes per second."""
    rate, seconds = rng.uniform(20, 28), rng.uniform(0.8, 2.0)
    out = silence(seconds + 0.4)
    bells = [log_uniform(rng, 1100, 1900) * np.array([1.0, 2.32, 2.74, 3.9, 5.1]) for _ in range(2)]
    strokes = [resonance(rng, bell, 0.12) + 0.0 for bell in bells]
    for number in range(int(seconds * rate)):
        add_at(out, strokes[number % 2] * rng.uniform(0.8, 1.0), number / rate)
    return out


def _warble(rng: Generator) -> Floats:
    """Two alternating tones, as of electronic telephones."""
    low, rate, seconds = rng.uniform(600, 1500), rng.uniform(10, 25), rng.uniform(0.4, 1.5)
    time = time_axis(seconds)
    pitch = np.where((time * rate) % 1.0 < 0.5, low, low * rng.uniform(1.15, 1.4))
    return _square(pitch, rng) * fades(len(time))


def _beeps(rng: Generator) -> Floats:
    """Groups of short beeps."""
    pitch, length, gap = rng.uniform(900, 2800), rng.uniform(0.05, 0.12), rng.uniform(0.04, 0.09)
    beep = _square(np.full(int(length * SAMPLE_RATE), pitch), rng)
    beep *= fades(len(beep), 0.004)
    return np.concatenate([beep, silence(gap)] * int(rng.integers(3, 7)))


def _ring_tune(rng: Generator) -> Floats:
    """A few notes in quick succession, as of mobile telephones."""
    root, beat = rng.uniform(600, 1000), rng.uniform(0.09, 0.16)
    notes = [root * 2.0 ** (MAJOR[rng.integers(7)] / 12) for _ in range(rng.integers(5, 10))]
    return np.concatenate([_square(np.full(int(beat * SAMPLE_RATE), note), rng) for note in notes])


def _square(pitch: Floats, rng: Generator) -> Floats:
    """A tone of a small loudspeaker with mainly odd harmonics."""
    gains = np.array([1.0, 0.2, 0.4, 0.1, 0.25]) ** rng.uniform(0.7, 1.5)
    return harmonic_tone(
        instantaneous_phase(pitch), gains[: max(1, int(0.45 * SAMPLE_RATE / float(pitch.max())))]
    )


def bell(rng: Generator) -> Floats:
    """Generates a church bell, door bell, hand bell, bicycle bell or chimes.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    kinds = (_church_bell, _door_bell, _hand_bell, _bicycle_bell, _chimes)
    return kinds[rng.integers(len(kinds))](rng)


def _church_bell(rng: Generator) -> Floats:
    return _strokes(
        rng,
        log_uniform(rng, 250, 700) * CHURCH_BELL_PARTIALS,
        rng.uniform(0.9, 1.6),
        rng.uniform(0.9, 1.6),
        3,
    )


def _hand_bell(rng: Generator) -> Floats:
    partials = log_uniform(rng, 900, 2600) * np.array([1.0, 2.4, 2.76, 4.2, 5.4])
    return _strokes(rng, partials, rng.uniform(0.15, 0.6), rng.uniform(0.15, 0.5), 8)


def _bicycle_bell(rng: Generator) -> Floats:
    """A metal cup struck in quick succession."""
    cup = log_uniform(rng, 2200, 3600) * np.array([1.0, 1.01, 2.1, 2.65])
    out = silence(1.5)
    for turn in range(rng.integers(1, 3)):
        for number in range(rng.integers(4, 9)):
            add_at(
                out,
                resonance(rng, cup, 0.15) * rng.uniform(0.5, 1.0),
                0.5 * turn + number * rng.uniform(0.03, 0.05),
            )
    return out


def _door_bell(rng: Generator) -> Floats:
    """Two tones, a third or more apart."""
    first, out = log_uniform(rng, 500, 900), silence(2.5)
    bars = np.array([1.0, 2.0, 2.76, 4.0])
    add_at(out, resonance(rng, first * bars, rng.uniform(0.3, 0.6)), 0.0)
    add_at(
        out,
        resonance(rng, first * 2 ** (-rng.choice([3, 4]) / 12) * bars, rng.uniform(0.4, 0.8)),
        rng.uniform(0.4, 0.7),
    )
    return out


def _chimes(rng: Generator) -> Floats:
    """Wind chimes of tubes or bars."""
    out = silence(rng.uniform(2.0, 4.0))
    tubes = [log_uniform(rng, 900, 3500) * np.array([1.0, 2.76, 5.4]) for _ in range(6)]
    for at in np.sort(rng.uniform(0.0, len(out) / SAMPLE_RATE - 0.5, rng.integers(5, 16))):
        add_at(
            out,
            resonance(rng, tubes[rng.integers(6)], rng.uniform(0.2, 0.6)) * rng.uniform(0.2, 1.0),
            float(at),
        )
    return out


def _strokes(rng: Generator, partials: Floats, seconds: float, gap: float, max_count: int) -> Floats:
    count = int(rng.integers(1, max_count + 1))
    stroke = resonance(rng, partials, seconds)
    out = silence((count - 1) * gap + min(len(stroke) / SAMPLE_RATE, 3.0))
    for number in range(count):
        add_at(out, stroke * rng.uniform(0.8, 1.0), number * gap * rng.uniform(0.97, 1.03))
    return out * np.minimum(1.0, np.arange(len(out))[::-1] / (0.1 * SAMPLE_RATE))


def musical_instrument(rng: Generator) -> Floats:
    """Generates a phrase of one instrument: plucked, struck, blown or bowed.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    play = INSTRUMENTS[rng.integers(len(INSTRUMENTS))]
    root, scale = log_uniform(rng, 110, 440), (MAJOR, MINOR)[rng.integers(2)]
    beat, degree, at = rng.uniform(0.18, 0.5), int(rng.integers(7)), 0.0
    out = silence(rng.uniform(2.0, 5.0))
    while at < len(out) / SAMPLE_RATE - 0.3:
        length = beat * float(rng.choice([1.0, 1.0, 2.0]))
        add_at(out, play(rng, _note(root, scale, degree), length), at)
        degree += int(rng.integers(-2, 3))
        at += length
    return out * fades(len(out), 0.02)


def _note(root: float, scale: Sequence[int], degree: int) -> float:
    return float(root * 2.0 ** (degree // 7 + scale[degree % 7] / 12))


def _plucked(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A string without the harmonics that have a node where it is plucked; high ones decay faster."""
    order = np.arange(1.0, max(2, min(24, int(9000 / pitch))))
    gains = np.abs(np.sin(np.pi * order * rng.uniform(0.1, 0.3))) / order
    rates = 1.5 + 0.12 * order**1.5 * (pitch / 220.0)
    return damped_sinusoids(pitch * order, gains, rates, int((seconds + 0.4) * SAMPLE_RATE))


def _hammered(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A piano: stretched partials (stiff string) and the noise of the hammer."""
    order = np.arange(1.0, max(2, min(16, int(8000 / pitch))))
    partials = pitch * order * np.sqrt(1.0 + 4e-4 * order**2)
    out = damped_sinusoids(partials, order**-1.2, 1.0 + 0.5 * order, int((seconds + 0.3) * SAMPLE_RATE))
    add_at(out, 0.15 * noise_burst(rng, 0.03, 1200.0, 1.0, 120.0), 0.0)
    return out


def _mallet(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A wooden or metal bar."""
    return resonance(rng, 2 * pitch * np.array([1.0, 3.93, 9.2]), rng.uniform(0.1, 0.35), 1.0)


def _blown(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A pipe: few harmonics, breath noise, vibrato."""
    samples = int(seconds * SAMPLE_RATE)
    order = np.arange(1.0, max(2, min(10, int(8000 / (2 * pitch)))))
    tone = harmonic_tone(
        instantaneous_phase(_vibrato(rng, 2 * pitch, samples)), order ** -float(rng.uniform(1.2, 2.2))
    )
    return (tone + 0.06 * band_noise(rng, samples, 2 * pitch, 1.2)) * fades(samples, 0.05)


def _brass(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A brass instrument: brighter when louder."""
    samples = int(seconds * SAMPLE_RATE)
    level = fades(samples, 0.06)
    tone = harmonic_tone(instantaneous_phase(_vibrato(rng, pitch, samples)), np.arange(1.0, 15.0) ** -0.9)
    dull = harmonic_tone(instantaneous_phase(np.full(samples, pitch)), np.arange(1.0, 5.0) ** -1.5)
    return level * (level * tone + (1 - level) * dull)


def _bowed(rng: Generator, pitch: float, seconds: float) -> Floats:
    """A bowed string: all harmonics, body resonances, vibrato."""
    samples = int(seconds * SAMPLE_RATE)
    order = np.arange(1.0, max(2, min(24, int(9000 / pitch))))
    body = 1.0 + 0.8 * np.sin(order * rng.uniform(1.0, 3.0))
    tone = harmonic_tone(instantaneous_phase(_vibrato(rng, pitch, samples)), body / order)
    return (tone + 0.03 * rng.standard_normal(samples)) * fades(samples, 0.09)


def _vibrato(rng: Generator, pitch: float, samples: int) -> Floats:
    time = np.arange(samples) / SAMPLE_RATE
    depth = rng.uniform(0.002, 0.012) * np.minimum(1.0, time / 0.3)
    return np.asarray(pitch * (1.0 + depth * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time)))


INSTRUMENTS: Final = (_plucked, _hammered, _mallet, _blown, _brass, _bowed)
"""Generators of one note from a pitch in Hz and a duration in seconds."""


def music(rng: Generator) -> Floats:
    """Generates two to four bars of music: chords, bass, melody and drums.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    beat, root = rng.uniform(0.3, 0.55), log_uniform(rng, 90, 180)
    scale, chords = (MAJOR, MINOR)[rng.integers(2)], PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    bars = int(rng.integers(2, 5))
    out = silence(4 * bars * beat)
    lead, comping = (INSTRUMENTS[rng.integers(len(INSTRUMENTS))] for _ in range(2))
    for number in range(4 * bars):
        chord, at = chords[number // 4 % 4], number * beat
        if number % 2 == 0:
            for third in (0, 2, 4):
                add_at(out, 0.5 * comping(rng, _note(2 * root, scale, chord + third), 2 * beat), at)
        add_at(out, 1.2 * _plucked(rng, _note(root / 2, scale, chord), beat), at)
        if rng.random() < 0.7:
            add_at(out, 0.8 * lead(rng, _note(4 * root, scale, chord + int(rng.integers(7))), beat), at)
        _drums(rng, out, number, at, beat)
    return out * fades(len(out), 0.02)


def _drums(rng: Generator, out: Floats, number: int, at: float, beat: float) -> None:
    """Bass drum and snare alternately, cymbals on the half beats."""
    if number % 2 == 0:
        time = time_axis(0.2)
        add_at(out, 2.0 * np.sin(2 * np.pi * (50 * time - 4 * np.exp(-30 * time))) * np.exp(-14 * time), at)
    else:
        add_at(out, 1.5 * noise_burst(rng, 0.18, 2500.0, 1.6, 22.0), at)
    for half in (0.0, 0.5):
        add_at(out, 0.5 * noise_burst(rng, 0.06, 8000.0, 0.5, 60.0), at + half * beat)

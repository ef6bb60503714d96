"""Sounds of the 13 classes made from nothing, so that a first training needs no download.

They are sketches: each has what is typical of its class (pitch and formants of voices, partials that ring,
bursts in a rhythm, strokes and steps), varied by its seed. Models trained on them alone learn the machinery's
ways, not the world's.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.classes import STARSS23
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.sounds import Sound, SoundLibrary

Floats = NDArray[np.float64]
Maker = Callable[[np.random.Generator], Floats]

EACH: Final = 64
"""Sounds of each class in a library."""
VOWELS: Final = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
"""Formants in Hz of a, i, u, e, o of men (Peterson and Barney 1952)."""


class ProceduralLibrary(SoundLibrary):
    """A sound library whose sounds are computed when they are first needed: the same for the same seed."""

    def __init__(self, seed: int = 0, classes: tuple[str, ...] = STARSS23, each: int = EACH) -> None:
        names = [(class_id, name) for class_id, name in enumerate(classes) if name in MAKERS]
        sounds = [
            Sound(Path(), f"{name.replace(' ', '_')}/procedural-{seed}.{number}", class_id)
            for class_id, name in names
            for number in range(each)
        ]
        super().__init__(sounds, classes)

    def _read(self, sound: Sound) -> NDArray[np.float32]:
        seed, number = sound.name.rpartition("-")[2].split(".")
        return _made(self.classes[sound.class_id], int(seed), int(number))


def procedural_library(seed: int = 0, classes: tuple[str, ...] = STARSS23) -> SoundLibrary:
    """Procedural sounds of every class of `classes` that has a maker."""
    return ProceduralLibrary(seed, classes)


@lru_cache(maxsize=2048)
def _made(name: str, seed: int, number: int) -> NDArray[np.float32]:
    sound = MAKERS[name](np.random.default_rng((seed, STARSS23.index(name), number)))
    return (0.7 * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


def _speech(rng: np.random.Generator, low: float, high: float, size: float) -> Floats:
    """Syllables: a buzz of falling pitch through moving formants, hisses between."""
    pitch, parts = rng.uniform(low, high), []
    for _ in range(rng.integers(3, 12)):
        length = int(rng.uniform(0.1, 0.3) * SAMPLE_RATE)
        bend = np.linspace(1.0, rng.uniform(0.75, 1.2), length) * (
            1 + 0.02 * np.sin(np.linspace(0, 9, length))
        )
        voice = _buzz(pitch * rng.uniform(0.85, 1.2) * bend)
        first, second = (np.array(VOWELS[rng.integers(5)]) * size for _ in range(2))
        voiced = _formants(voice, (first + second) / 2, rng)
        parts.append(voiced * _hump(length))
        if rng.random() < 0.5:
            parts.append(_hiss(rng, rng.uniform(0.04, 0.12), rng.uniform(2500, 7000)) * 0.25)
        if rng.random() < 0.25:
            parts.append(np.zeros(int(rng.uniform(0.05, 0.3) * SAMPLE_RATE)))
    return np.concatenate(parts)


def _female(rng: np.random.Generator) -> Floats:
    return _speech(rng, 165.0, 260.0, 1.17)


def _male(rng: np.random.Generator) -> Floats:
    return _speech(rng, 85.0, 150.0, 1.0)


def _clapping(rng: np.random.Generator) -> Floats:
    """Hands: bursts of noise around 1 to 2.5 kHz, of one person in rhythm or of several."""
    out = np.zeros(int(rng.uniform(1.0, 4.0) * SAMPLE_RATE))
    for _ in range(rng.choice([1, 1, 2, 6])):
        centre, at, gap = rng.uniform(900, 2500), rng.uniform(0, 0.3), rng.uniform(0.18, 0.6)
        while at < len(out) / SAMPLE_RATE - 0.06:
            _put(out, _burst(rng, 0.05, centre, 1.0, 90.0) * rng.uniform(0.5, 1.0), at)
            at += gap * rng.uniform(0.9, 1.1)
    return out


def _telephone(rng: np.random.Generator) -> Floats:
    """Rings: two tones that take turns or beat, on and off."""
    low = rng.uniform(400, 1400)
    high, rate, on = low * rng.uniform(1.1, 1.6), rng.uniform(8, 25), rng.uniform(0.4, 1.5)
    time = _time(on)
    turn = np.sin(2 * np.pi * rate * time) > 0
    ring = np.where(turn, np.sin(2 * np.pi * low * time), np.sin(2 * np.pi * high * time))
    ring = np.tanh(rng.uniform(1.0, 4.0) * ring) * _edges(len(time))
    pause = np.zeros(int(rng.uniform(0.3, 1.2) * SAMPLE_RATE))
    return np.concatenate([ring, pause] * rng.integers(1, 4))


def _laughter(rng: np.random.Generator) -> Floats:
    """Ha ha ha: short breathy vowels at four to six a second that sink and fade."""
    pitch, size = rng.uniform(150, 420), rng.uniform(1.0, 1.2)
    parts, gap = [], rng.uniform(0.05, 0.12)
    count = rng.integers(4, 12)
    for number in range(count):
        length = int(rng.uniform(0.07, 0.13) * SAMPLE_RATE)
        voice = _buzz(np.full(length, pitch * (1.15 - 0.4 * number / count))) + 0.3 * rng.standard_normal(
            length
        )
        vowel = _formants(voice, np.array(VOWELS[0]) * size, rng) * _hump(length)
        parts += [vowel * (1.0 - 0.6 * number / count), np.zeros(int(gap * SAMPLE_RATE))]
    return np.concatenate(parts)


def _domestic(rng: np.random.Generator) -> Floats:
    """A kitchen or a vacuum cleaner: clatter of dishes, a motor with its hum and hiss."""
    seconds = rng.uniform(1.5, 5.0)
    out = np.zeros(int(seconds * SAMPLE_RATE))
    if rng.random() < 0.5:
        time = _time(seconds)
        hum = sum(np.sin(2 * np.pi * rng.uniform(95, 130) * k * time) / k for k in range(1, 8))
        return np.asarray(hum * 0.2 + _coloured(rng, len(time), rng.uniform(500, 3000), 2.0))
    for _ in range(rng.integers(4, 18)):
        partials = rng.uniform(1500, 7000, 5)
        _put(
            out,
            _ringing(rng, partials, rng.uniform(0.05, 0.25)) * rng.uniform(0.2, 1),
            rng.uniform(0, seconds - 0.3),
        )
    return out


def _footsteps(rng: np.random.Generator) -> Floats:
    """Heel and toe on some floor, at a walk."""
    out = np.zeros(int(rng.uniform(1.5, 5.0) * SAMPLE_RATE))
    floor, gap, at = rng.uniform(120, 500), rng.uniform(0.4, 0.7), 0.05
    while at < len(out) / SAMPLE_RATE - 0.3:
        _put(out, _burst(rng, 0.08, floor, 0.8, 60.0), at)
        _put(out, _burst(rng, 0.1, floor * 4, 1.5, 50.0) * 0.4, at + rng.uniform(0.05, 0.12))
        at += gap * rng.uniform(0.93, 1.07)
    return out


def _door(rng: np.random.Generator) -> Floats:
    """A squeak now and then, a slam, the latch."""
    out = np.zeros(int(1.6 * SAMPLE_RATE))
    if rng.random() < 0.5:
        pitch = rng.uniform(350, 900) * (
            1 + 0.15 * np.cumsum(rng.standard_normal(int(0.7 * SAMPLE_RATE))) / 150
        )
        _put(out, _buzz(np.clip(pitch, 100, 2000)) * _hump(len(pitch)) * 0.15, 0.0)
    _put(out, _burst(rng, 0.4, rng.uniform(60, 160), 1.0, 12.0), 0.8)
    _put(out, _burst(rng, 0.06, rng.uniform(1500, 3500), 0.6, 70.0) * 0.4, 0.8 + rng.uniform(-0.05, 0.08))
    return out


def _music(rng: np.random.Generator) -> Floats:
    """Chords, a bass line and a beat, together."""
    beat, root = rng.uniform(0.3, 0.6), rng.uniform(100, 220)
    out = np.zeros(int(8 * beat * SAMPLE_RATE) + SAMPLE_RATE)
    shape = rng.uniform(0.5, 1.5)
    for number in range(8):
        step = (0, 5, 7, 9)[rng.integers(4)]
        for third in (0, 4, 7):
            _put(out, _tone(root * 2 ** ((step + third) / 12) * 2, beat * 1.5, shape, 3.0), number * beat)
        _put(out, 1.5 * _tone(root * 2 ** (step / 12) / 2, beat, shape, 4.0), number * beat)
        _put(out, _burst(rng, 0.08, 70 if number % 2 == 0 else 3000, 1.0, 30.0) * 2.0, number * beat)
    return out[: int(8 * beat * SAMPLE_RATE)]


def _instrument(rng: np.random.Generator) -> Floats:
    """One instrument's phrase: plucked, blown or bowed notes of a scale."""
    kind, root = rng.integers(3), rng.uniform(130, 520)
    decay, attack = ((5.0, 0.004), (0.6, 0.05), (0.3, 0.15))[kind]
    shape, parts = rng.uniform(0.6, 1.6), []
    for _ in range(rng.integers(2, 9)):
        note, length = (0, 2, 4, 5, 7, 9, 11, 12)[rng.integers(8)], rng.uniform(0.2, 0.8)
        tone = _tone(root * 2 ** (note / 12), length, shape, decay, vibrato=0.004 * (kind > 0))
        rise = np.minimum(1.0, np.arange(len(tone)) / (attack * SAMPLE_RATE))
        parts.append(tone * rise * _edges(len(tone)))
    return np.concatenate(parts)


def _water(rng: np.random.Generator) -> Floats:
    """A tap: steady bright noise, and bubbles that chirp upwards."""
    seconds = rng.uniform(2.0, 6.0)
    out = _coloured(rng, int(seconds * SAMPLE_RATE), rng.uniform(2000, 6000), 1.5)
    out *= 1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0.5, 3) * _time(seconds))
    for _ in range(rng.integers(10, 80)):
        time = _time(rng.uniform(0.01, 0.04))
        bubble = np.sin(2 * np.pi * rng.uniform(500, 2500) * time * (1 + 4 * time)) * np.exp(-80 * time)
        _put(out, bubble * rng.uniform(0.3, 1.5), rng.uniform(0, seconds - 0.05))
    return out


def _bell(rng: np.random.Generator) -> Floats:
    """Strokes whose inharmonic partials ring on, high ones shorter."""
    out = np.zeros(int(rng.uniform(1.5, 4.0) * SAMPLE_RATE))
    base = rng.uniform(400, 1800)
    partials = base * np.array([0.5, 1.0, 1.19, 1.56, 2.0, 2.51, 2.66, 3.01, 4.1])
    for number in range(rng.integers(1, 5)):
        _put(out, _ringing(rng, partials, rng.uniform(0.5, 1.2)), min(number * rng.uniform(0.4, 0.9), 3.0))
    return out


def _knock(rng: np.random.Generator) -> Floats:
    """Two to five dull knocks on wood."""
    out = np.zeros(int(1.5 * SAMPLE_RATE))
    panel, gap = rng.uniform(180, 450), rng.uniform(0.13, 0.28)
    for number in range(rng.integers(2, 6)):
        wood = _ringing(rng, panel * np.array([1.0, 2.3, 3.9]), 0.035)
        _put(out, wood * rng.uniform(0.7, 1.0) + 0.0, number * gap * rng.uniform(0.97, 1.03))
    return out


MAKERS: Final[dict[str, Maker]] = dict(
    zip(
        STARSS23,
        (
            *(_female, _male, _clapping, _telephone, _laughter, _domestic, _footsteps),
            *(_door, _music, _instrument, _water, _bell, _knock),
        ),
        strict=True,
    )
)


def _time(seconds: float) -> Floats:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _put(out: Floats, sound: Floats, seconds: float) -> None:
    at = max(0, int(seconds * SAMPLE_RATE))
    room = out[at : at + len(sound)]
    room += sound[: len(room)]


def _hump(length: int) -> Floats:
    return np.sin(np.pi * np.linspace(0.0, 1.0, length)) ** 0.7


def _edges(length: int) -> Floats:
    ramp = np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.008 * SAMPLE_RATE)
    return np.minimum(1.0, ramp)


def _buzz(pitch: Floats) -> Floats:
    """A glottal source: a saw whose harmonics stop below 8 kHz."""
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    count = max(1, int(8000 / pitch.max()))
    return np.asarray(np.sin(np.outer(np.arange(1, count + 1), phase)).T @ (1.0 / np.arange(1, count + 1)))


def _formants(source: Floats, centres: Floats, rng: np.random.Generator) -> Floats:
    """The source through resonances."""

    def response(frequency: Floats) -> Floats:
        widths = 60 + 0.06 * centres + rng.uniform(0, 30)
        peaks = [
            gain / (1 + ((frequency - c) / w) ** 2)
            for gain, c, w in zip((1, 0.6, 0.3), centres, widths, strict=True)
        ]
        return np.asarray(np.sum(peaks, axis=0) + 0.01)

    return _shaped(source, response)


def _coloured(rng: np.random.Generator, samples: int, centre: float, octaves: float) -> Floats:
    """Noise around a frequency."""
    return _shaped(rng.standard_normal(samples), lambda f: _band(f, centre, octaves))


def _hiss(rng: np.random.Generator, seconds: float, centre: float) -> Floats:
    samples = int(seconds * SAMPLE_RATE)
    return _coloured(rng, samples, centre, 0.5) * _hump(samples)


def _burst(rng: np.random.Generator, seconds: float, centre: float, octaves: float, decay: float) -> Floats:
    """Noise around a frequency that dies away."""
    time = _time(seconds)
    noise = _coloured(rng, len(time), centre, octaves)
    return noise / max(float(np.abs(noise).max()), 1e-9) * np.exp(-decay * time)


def _ringing(rng: np.random.Generator, partials: Floats, seconds: float) -> Floats:
    """Partials that ring on, the high ones shorter; `seconds` until the lowest is down to a third."""
    time = _time(5.0 * seconds)
    tones: Iterator[Floats] = (
        rng.uniform(0.3, 1.0)
        * np.sin(2 * np.pi * f * time)
        * np.exp(-time / seconds * (f / partials[0]) ** 0.6)
        for f in partials
    )
    return np.asarray(sum(tones, start=np.zeros(len(time))))


def _tone(pitch: float, seconds: float, shape: float, decay: float, vibrato: float = 0.0) -> Floats:
    """A harmonic note; harmonics fall with the power `shape`."""
    time = _time(seconds)
    phase = 2 * np.pi * pitch * (time + vibrato / 30 * np.sin(2 * np.pi * 5.5 * time))
    count = max(1, min(12, int(9000 / pitch)))
    harmonics = sum(np.sin(k * phase) * k**-shape for k in range(1, count + 1))
    return np.asarray(harmonics * np.exp(-decay * time))


def _band(frequency: Floats, centre: float, octaves: float) -> Floats:
    away = np.log2(np.maximum(frequency, 1.0) / centre) / octaves
    return np.asarray(np.exp(-0.5 * away**2))


def _shaped(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    size = 1 << (len(signal) + 256).bit_length()
    frequency: Floats = np.asarray(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), np.float64)
    return np.asarray(np.fft.irfft(np.fft.rfft(signal, size) * response(frequency), size)[: len(signal)])

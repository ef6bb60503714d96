"""Sounds of hands, feet, doors, household appliances and water."""

from typing import Final

import numpy as np

from seldkit.synthesis.procedural.audio.signal_primitives import (
    Generator,
    add_at,
    band_noise,
    fades,
    filter_spectrum,
    gaussian_band,
    harmonic_tone,
    instantaneous_phase,
    log_uniform,
    noise_burst,
    random_curve,
    resonance,
    silence,
    smooth_envelope,
    time_axis,
)
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats


def clapping(rng: Generator) -> Floats:
    """Generates clapping of one person, a few persons, or an audience.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    people = int(rng.choice([1, 1, 2, 4, 30]))
    seconds = rng.uniform(1.5, 5.0)
    out = silence(seconds)
    for _ in range(people):
        centre, at, gap = log_uniform(rng, 900, 2600), rng.uniform(0, 0.3), rng.uniform(0.17, 0.45)
        width, level = rng.uniform(0.5, 1.0), 1.0 if people < 5 else rng.uniform(0.2, 1.0)
        clap = _clap(rng, centre, width)
        while at < seconds - 0.1:
            add_at(out, clap * level * rng.uniform(0.6, 1.0), at)
            at += gap * rng.uniform(0.88, 1.12)
    return out


def _clap(rng: Generator, centre: float, width: float) -> Floats:
    """Up to three contacts within a few milliseconds, and the resonance of the air between the hands."""
    out = silence(0.1)
    for at in np.cumsum(rng.uniform(0.0, 0.006, rng.integers(1, 4))):
        add_at(out, noise_burst(rng, 0.05, centre, width, rng.uniform(120, 220)), float(at))
    add_at(out, 0.35 * noise_burst(rng, 0.03, 5000.0, 0.8, 300.0), 0.0)
    add_at(out, 0.12 * noise_burst(rng, 0.09, centre, 1.5, 45.0), 0.006)
    return out


def footsteps(rng: Generator) -> Floats:
    """Generates footsteps on wood, stone, carpet or gravel, walking or running.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    seconds, floor = rng.uniform(2.0, 6.0), FLOORS[rng.integers(len(FLOORS))]
    out = silence(seconds)
    gap, at = rng.choice([rng.uniform(0.45, 0.68), rng.uniform(0.28, 0.36)], p=[0.85, 0.15]), 0.05
    feet = [(log_uniform(rng, 70, 160), log_uniform(rng, 1200, 3500)) for _ in range(2)]
    number = 0
    while at < seconds - 0.35:
        heel, sole = floor(rng, *feet[number % 2])
        add_at(out, heel * rng.uniform(0.8, 1.0), at)
        add_at(out, sole * rng.uniform(0.7, 1.0), at + gap * rng.uniform(0.12, 0.22))
        at += gap * rng.uniform(0.94, 1.06)
        number += 1
    return out


def _wood(rng: Generator, thump: float, click: float) -> tuple[Floats, Floats]:
    heel = noise_burst(rng, 0.16, click, 1.0, 180.0)
    add_at(heel, 0.5 * resonance(rng, thump * np.array([1.0, 1.9, 2.7, 4.1, 6.3]), 0.03), 0.0)
    return heel, 0.5 * noise_burst(rng, 0.12, thump * 3, 1.2, 50.0)


def _stone(rng: Generator, thump: float, click: float) -> tuple[Floats, Floats]:
    heel = noise_burst(rng, 0.12, click, 0.9, 130.0) + 0.4 * noise_burst(rng, 0.12, thump * 2, 0.8, 60.0)
    return heel, 0.35 * noise_burst(rng, 0.1, click * 0.7, 1.2, 60.0)


def _carpet(rng: Generator, thump: float, click: float) -> tuple[Floats, Floats]:
    heel = noise_burst(rng, 0.15, thump, 0.7, 35.0) + 0.15 * noise_burst(rng, 0.15, click / 3, 1.0, 50.0)
    brush = band_noise(rng, int(0.14 * SAMPLE_RATE), click, 1.2)
    return heel, 0.05 * brush * smooth_envelope(len(brush))


def _gravel(rng: Generator, thump: float, click: float) -> tuple[Floats, Floats]:
    return _crunch(rng, 0.13, click) + 0.2 * noise_burst(rng, 0.13, thump, 0.8, 40.0), 0.7 * _crunch(
        rng, 0.18, click
    )


FLOORS: Final = (_wood, _stone, _carpet, _gravel)
"""Generators of the heel and sole sounds on each floor."""


def _crunch(rng: Generator, seconds: float, around: float) -> Floats:
    """Many small stones that move during a step."""
    out = silence(seconds)
    for at in rng.beta(1.5, 2.5, 40) * seconds * 0.9:
        add_at(
            out,
            noise_burst(rng, 0.008, around * log_uniform(rng, 0.6, 2.5), 0.5, 500.0) * rng.uniform(0.1, 0.6),
            at,
        )
    return out


def door(rng: Generator) -> Floats:
    """Generates a door: handle, creaking hinges, slam, rattling frame and latch.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    creaks, slams = rng.random() < 0.5, rng.random() < 0.8
    out = silence(rng.uniform(1.6, 3.0))
    at = 0.05
    add_at(out, _latch(rng) * 0.5, at)
    at += rng.uniform(0.15, 0.4)
    if creaks or not slams:
        creak = _creak(rng, rng.uniform(0.4, 1.0))
        add_at(out, creak * rng.uniform(0.15, 0.5), at)
        at += len(creak) / SAMPLE_RATE
    strength = rng.uniform(0.5, 1.0) if slams else 0.25
    add_at(out, strength * _slam(rng), at)
    add_at(out, _latch(rng) * 0.4, at + rng.uniform(0.02, 0.1))
    return out


def _slam(rng: Generator) -> Floats:
    thud = noise_burst(rng, 0.6, rng.uniform(60, 150), 0.9, rng.uniform(8, 16))
    panel = resonance(rng, rng.uniform(90, 180) * np.array([1.0, 1.6, 2.4, 3.7, 5.2]), 0.06)
    add_at(thud, panel * 0.4, 0.0)
    add_at(thud, noise_burst(rng, 0.2, rng.uniform(900, 2500), 1.4, rng.uniform(30, 60)) * 0.7, 0.0)
    for at in np.cumsum(rng.uniform(0.02, 0.05, rng.integers(1, 4))):
        add_at(
            thud, noise_burst(rng, 0.05, rng.uniform(500, 2000), 1.0, 90.0) * rng.uniform(0.1, 0.4), float(at)
        )
    return thud


def _latch(rng: Generator) -> Floats:
    """Two or three metallic clicks."""
    out = silence(0.2)
    for at in np.cumsum(rng.uniform(0.01, 0.05, rng.integers(2, 4))):
        add_at(out, resonance(rng, rng.uniform(1800, 6500, 4), 0.006) * rng.uniform(0.2, 0.5), float(at))
        add_at(out, noise_burst(rng, 0.03, 3000.0, 1.2, 200.0) * 0.6, float(at))
    return out


def _creak(rng: Generator, seconds: float) -> Floats:
    """Stick-slip friction: pulses at a varying rate, filtered by the resonances of the wood."""
    samples = int(seconds * SAMPLE_RATE)
    rate = log_uniform(rng, 25, 180) * np.exp(
        0.5 * random_curve(rng, samples, 4.0) + 0.1 * random_curve(rng, samples, 60.0)
    )
    turns = np.floor(instantaneous_phase(rate) / (2 * np.pi))
    pulses = np.diff(turns, prepend=0.0) * rng.uniform(0.5, 1.0, samples)
    modes = rng.uniform(400, 3500, 5)
    wood = filter_spectrum(
        pulses, lambda f: np.sum([gaussian_band(f, mode, 0.15) for mode in modes], axis=0) + 0.05
    )
    return wood / max(float(np.abs(wood).max()), 1e-9) * smooth_envelope(samples)


def knock(rng: Generator) -> Floats:
    """Generates knocking on a door in groups of two to five.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    groups, modes = int(rng.choice([1, 1, 2])), _panel(rng)
    gap, at = rng.uniform(0.12, 0.26), 0.03
    out = silence(groups * 5 * gap + (groups - 1) * 0.6 + 0.4)
    for _ in range(groups):
        for number in range(rng.integers(2, 6)):
            hit = resonance(rng, modes, rng.uniform(0.010, 0.018), 0.3)
            contact = noise_burst(rng, 0.06, rng.uniform(500, 1400), 1.2, 130.0)
            add_at(out, (0.9 if number else 1.0) * rng.uniform(0.7, 1.0) * hit / np.abs(hit).max(), at)
            add_at(out, contact * 0.7, at)
            at += gap * rng.uniform(0.93, 1.07)
        at += rng.uniform(0.3, 0.6)
    return out


def _panel(rng: Generator) -> Floats:
    """Frequencies of the modes of a wooden panel in Hz: dense and inharmonic."""
    return np.sort(log_uniform(rng, 120, 320) * np.concatenate([[1.0], np.exp(rng.uniform(0.2, 2.3, 11))]))


def domestic_sounds(rng: Generator) -> Floats:
    """Generates a vacuum cleaner, fan, dishes, boiling water or a mixer.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    kinds = (_vacuum, _fan, _dishes, _boiling, _mixer)
    return kinds[rng.integers(len(kinds))](rng, rng.uniform(2.0, 6.0))


def _vacuum(rng: Generator, seconds: float) -> Floats:
    """The tone of a motor and the noise of the air flow, in strokes."""
    samples = int(seconds * SAMPLE_RATE)
    strokes = 1.0 + 0.25 * random_curve(rng, samples, 1.5)
    run = np.minimum(1.0, time_axis(seconds) / rng.uniform(0.05, 0.6))[:samples]
    pitch = rng.uniform(180, 420) * (0.6 + 0.4 * run) * (1.0 + 0.01 * random_curve(rng, samples, 3.0))
    motor = harmonic_tone(instantaneous_phase(pitch), rng.uniform(0.2, 1.0, 12) * np.arange(1, 13) ** -0.7)
    air = band_noise(rng, samples, log_uniform(rng, 700, 2500), 1.8)
    return (0.25 * motor + strokes * air) * run * fades(samples, 0.1)


def _fan(rng: Generator, seconds: float) -> Floats:
    samples = int(seconds * SAMPLE_RATE)
    blades = rng.uniform(12, 60)
    air = band_noise(rng, samples, log_uniform(rng, 250, 900), 1.8)
    hum = harmonic_tone(
        instantaneous_phase(np.full(samples, 100.0 + 20.0 * rng.integers(2))), np.array([0.3, 0.2, 0.05, 0.1])
    )
    return (air * (1.0 + 0.35 * np.sin(2 * np.pi * blades * time_axis(seconds)[:samples])) + hum) * fades(
        samples, 0.05
    )


def _dishes(rng: Generator, seconds: float) -> Floats:
    """Impacts of plates, pans and cutlery."""
    out = silence(seconds)
    objects = [np.sort(log_uniform(rng, 900, 3500) * np.exp(rng.uniform(0, 1.4, 8))) for _ in range(4)]
    at = rng.uniform(0.0, 0.2)
    while at < seconds - 0.3:
        hit = resonance(rng, objects[rng.integers(4)], log_uniform(rng, 0.02, 0.15), 0.3)
        add_at(out, hit * log_uniform(rng, 0.15, 1.0), at)
        add_at(out, noise_burst(rng, 0.03, 4000.0, 1.2, 250.0) * rng.uniform(0.2, 0.8), at)
        at += rng.choice([rng.uniform(0.02, 0.12), rng.uniform(0.15, 0.7)])
    return out


def _boiling(rng: Generator, seconds: float) -> Floats:
    """Bubbles in a pot, with low-frequency noise."""
    out = band_noise(rng, int(seconds * SAMPLE_RATE), log_uniform(rng, 250, 600), 1.2) * 0.15
    for at in rng.uniform(0.0, seconds, int(seconds * rng.uniform(30, 70))):
        add_at(out, _bubble(rng, 200.0, 900.0) * rng.uniform(0.1, 0.6), at)
    return out * fades(len(out), 0.1)


def _mixer(rng: Generator, seconds: float) -> Floats:
    """A kitchen machine: motor and gears under load."""
    samples = int(seconds * SAMPLE_RATE)
    pitch = rng.uniform(90, 220) * (1.0 + 0.03 * random_curve(rng, samples, 4.0))
    motor = harmonic_tone(instantaneous_phase(pitch), rng.uniform(0.1, 1.0, 24) * np.arange(1, 25) ** -0.4)
    return (0.4 * motor + band_noise(rng, samples, 3000.0, 1.3)) * fades(samples, 0.08)


def water_tap(rng: Generator) -> Floats:
    """Generates a running tap: the noise of the jet and of the basin, and bubbles.

    Args:
        rng: Random number generator.

    Returns:
        Signal at 24 kHz, shape ``(samples,)``.
    """
    seconds = rng.uniform(2.5, 6.0)
    samples = int(seconds * SAMPLE_RATE)
    jet = band_noise(rng, samples, log_uniform(rng, 1800, 6000), 1.4)
    basin = band_noise(rng, samples, log_uniform(rng, 250, 800), 0.9)
    out = (jet * (1 + 0.2 * random_curve(rng, samples, 12.0)) + rng.uniform(0.1, 0.9) * basin) * 0.5
    for at in rng.uniform(0.0, seconds, int(seconds * rng.uniform(8, 45))):
        add_at(out, _bubble(rng, 500.0, 3000.0) * rng.uniform(0.3, 1.5), at)
    return out * fades(samples, rng.uniform(0.02, 0.3))


def _bubble(rng: Generator, low: float, high: float) -> Floats:
    """A bubble: a decaying sinusoid with rising frequency (van den Doel 2005)."""
    pitch, time = log_uniform(rng, low, high), time_axis(rng.uniform(0.01, 0.04))
    return np.sin(2 * np.pi * pitch * time * (1 + rng.uniform(0, 6) * time)) * np.exp(-pitch / 15.0 * time)

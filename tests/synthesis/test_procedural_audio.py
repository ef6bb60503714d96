"""Procedural sounds: reproducible, varied, and typical of their classes."""

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.synthesis.procedural.audio import SOUND_GENERATORS
from seldkit.synthesis.procedural.generated_sounds import procedural_library, procedural_sound


def log_bands(samples: np.ndarray) -> np.ndarray:
    """Logarithmic band energies (frames, bands) of a sound made equally loud; frames of 21 ms."""
    samples = samples / samples.std()
    frames = np.lib.stride_tricks.sliding_window_view(samples, 512)[::256] * np.hanning(512)
    spectrum = np.square(np.abs(np.fft.rfft(frames)))
    edges = np.unique(np.geomspace(2, 256, 24).astype(int))
    return np.log(np.add.reduceat(spectrum, edges, axis=1) + 1e-3)


def statistics(samples: np.ndarray) -> np.ndarray:
    """Means and deviations over time of band energies, and the mean of their changes."""
    bands = log_bands(samples)
    changes = np.abs(np.diff(bands, axis=0))
    return np.concatenate([bands.mean(axis=0), bands.std(axis=0), changes.mean(axis=0)])


def onsets(samples: np.ndarray) -> np.ndarray:
    """When it becomes much louder within 10 ms, in seconds."""
    steps = samples[: len(samples) // 240 * 240].reshape(-1, 240)
    level = 10.0 * np.log10(np.square(steps).mean(axis=1) / np.square(steps).mean(axis=1).max() + 1e-5)
    rises = np.flatnonzero((np.diff(level, prepend=-50.0) > 12.0) & (level > -20.0))
    return rises[np.diff(rises, prepend=-100) > 5] / 100.0


def centroid(samples: np.ndarray) -> float:
    """The spectrum's centre of gravity in Hz."""
    power = np.square(np.abs(np.fft.rfft(samples)))
    return float((np.fft.rfftfreq(len(samples), 1 / 24000) * power).sum() / power.sum())


def flatness(samples: np.ndarray) -> float:
    """How much its spectrum is like noise: 0 for tones, about 0.5 for noise."""
    power = np.square(np.abs(np.fft.rfft(samples))) + 1e-12
    return float(np.exp(np.log(power).mean()) / power.mean())


def sounds(name: str, count: int = 8) -> list[np.ndarray]:
    return [procedural_sound(name, 7, number) for number in range(count)]


@pytest.mark.parametrize("name", STARSS23)
def test_a_sound_depends_on_its_seed(name: str) -> None:
    first, again, other = (SOUND_GENERATORS[name](np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)
    assert np.isfinite(first).all()
    assert 0.2 < len(first) / 24000 < 12


def test_classes_are_separable_for_other_seeds() -> None:
    """Linear regression on the class from what a sound's bands do over time; chance is 1 in 13."""

    def drawn(seed: int, count: int) -> np.ndarray:
        return np.array([statistics(procedural_sound(n, seed, k)) for n in STARSS23 for k in range(count)])

    train, test = drawn(0, 16), drawn(1, 6)
    mean, scale = train.mean(axis=0), train.std(axis=0) + 1e-6
    inputs, unseen = (np.pad((x - mean) / scale, ((0, 0), (0, 1)), constant_values=1) for x in (train, test))
    expected = np.eye(13)[np.repeat(np.arange(13), 16)]
    weights = np.linalg.solve(inputs.T @ inputs + 20.0 * np.eye(inputs.shape[1]), inputs.T @ expected)
    right = (unseen @ weights).argmax(axis=1) == np.repeat(np.arange(13), 6)
    assert right.mean() > 0.7


def test_knocks_come_in_groups_and_steps_at_a_walk() -> None:
    for knocking in sounds("knock"):
        apart = np.diff(onsets(knocking))
        assert 2 <= len(onsets(knocking)) <= 10
        assert 0.1 < np.median(apart) < 0.3
    pace = [np.median(np.diff(onsets(walking))) for walking in sounds("footsteps")]
    assert min(pace) > 0.05
    assert 0.15 < np.median(pace) < 0.75


def test_bells_decay_slowly_in_tones_and_claps_do_not() -> None:
    bells, claps = sounds("bell"), sounds("clapping")
    assert np.median([flatness(bell) for bell in bells]) < 0.2 * np.median([flatness(clap) for clap in claps])
    clap = claps[0]
    at = np.abs(clap).argmax()
    assert np.abs(clap[at + 1200 : at + 2400]).max() < 0.3  # 50 ms later


def test_voices_are_low_and_taps_are_high() -> None:
    speech = np.median([centroid(voice) for name in STARSS23[:2] for voice in sounds(name)])
    tap = np.median([centroid(water) for water in sounds("water tap")])
    assert 200 < speech < 1500
    assert tap > 1.5 * speech


def test_laughter_pulses_four_to_six_times_a_second() -> None:
    rates = []
    for laughing in sounds("laughter"):
        level = np.sqrt(np.square(laughing[: len(laughing) // 240 * 240].reshape(-1, 240)).mean(axis=1))
        rates.append(np.abs(np.fft.rfft(level - level.mean(), 8192))[164:].argmax() / 81.92 + 2.0)
    assert 3.5 < np.median(rates) < 7.0


def test_voices_have_the_pitch_of_their_class() -> None:
    pitches = {}
    for name in ("female speech", "male speech"):
        found = []
        for seed in range(10):
            voice = procedural_sound(name, 0, seed)
            spectrum = np.abs(np.fft.rfft(voice, 1 << 18)) ** 2
            correlation = np.fft.irfft(spectrum)[: 24000 // 60]
            low = 24000 // 350
            found.append(24000 / (low + correlation[low:].argmax()))
        pitches[name] = np.median(found)
    assert pitches["female speech"] > 1.3 * pitches["male speech"]


def test_a_library_draws_every_class_by_name() -> None:
    library = procedural_library(5)
    assert library.class_ids == list(range(13))
    rng = np.random.default_rng(0)
    for class_id in library.class_ids:
        sound = library.draw(class_id, rng)
        assert library.sound(sound.name) == sound
        assert library.duration(sound) == len(library.waveform(sound)) / 24000
    assert library.waveform(sound).max() <= 0.7001

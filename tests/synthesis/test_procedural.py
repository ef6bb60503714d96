"""Procedural sounds: made anew to the bit, varied, and of their classes."""

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.synthesis.procedural import MAKERS, procedural_library


def loudness(samples: np.ndarray, bins: int = 32) -> np.ndarray:
    """Means and deviations over time of logarithmic band energies, and of their changes."""
    frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
    spectrum = np.square(np.abs(np.fft.rfft(frames * np.hanning(512))))
    edges = np.unique(np.geomspace(2, 256, bins).astype(int))
    bands = np.log(np.add.reduceat(spectrum, edges, axis=1) + 1e-4)
    return np.concatenate(
        [bands.mean(axis=0), bands.std(axis=0), np.abs(np.diff(bands, axis=0)).mean(axis=0)]
    )


@pytest.mark.parametrize("name", STARSS23)
def test_a_sound_is_the_same_for_its_seed_and_another_for_another(name: str) -> None:
    first, again, other = (MAKERS[name](np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)
    assert np.isfinite(first).all()
    assert 0.2 < len(first) / 24000 < 12


def test_classes_can_be_told_apart_on_seeds_not_seen() -> None:
    """Nearest class mean after whitening, an eighth-grade classifier: chance is 1 in 13."""
    train = [
        (c, loudness(MAKERS[n](np.random.default_rng((0, k)))))
        for c, n in enumerate(STARSS23)
        for k in range(30)
    ]
    test = [
        (c, loudness(MAKERS[n](np.random.default_rng((1, k)))))
        for c, n in enumerate(STARSS23)
        for k in range(10)
    ]
    values, labels = np.array([v for _, v in train]), np.array([c for c, _ in train])
    scale = values.std(axis=0) + 1e-6
    means = np.array([values[labels == c].mean(axis=0) / scale for c in range(13)])
    right = [np.argmin(np.square(v / scale - means).sum(axis=1)) == c for c, v in test]
    assert np.mean(right) > 0.6


def test_voices_have_the_pitch_of_their_class() -> None:
    pitches = {}
    for name in ("female speech", "male speech"):
        found = []
        for seed in range(10):
            voice = MAKERS[name](np.random.default_rng(seed))
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
        assert library.named(sound.name) == sound
        assert library.seconds(sound) == len(library.waveform(sound)) / 24000
    assert library.waveform(sound).max() <= 0.7001

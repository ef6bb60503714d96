"""Ambience: levels, spectra and coherence."""

import numpy as np
import pytest

from seldkit.synthesis.ambience import AMBIENCE_KINDS, ambience
from seldkit.synthesis.receivers import RECEIVERS

RATE = 24000


@pytest.mark.parametrize("kind", AMBIENCE_KINDS)
def test_ambience_is_diffuse_and_of_level_1(kind: str) -> None:
    noise = ambience(kind, RECEIVERS["foa"], 20 * RATE, np.random.default_rng(0))
    power = np.square(noise).mean(axis=1)
    assert power[0] == pytest.approx(1.0, rel=0.25)
    assert power[1:] / power[0] == pytest.approx([1 / 3] * 3, rel=0.25)


def test_kinds_differ_in_colour() -> None:
    centroids = []
    for kind in ("brown", "pink", "white"):
        spectrum = np.square(
            np.abs(np.fft.rfft(ambience(kind, RECEIVERS["foa"], RATE, np.random.default_rng(0))[0]))
        )
        centroids.append((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())
    assert centroids == sorted(centroids)
    assert centroids[2] == pytest.approx(6000, rel=0.05)


def coherence(noise: np.ndarray, low: float, high: float) -> float:
    """Mean real coherence of two channels between two frequencies."""
    blocks = noise[:, : noise.shape[1] // 1024 * 1024].reshape(2, -1, 1024)
    left, right = np.fft.rfft(blocks * np.hanning(1024))
    cross, powers = (
        (left * right.conj()).mean(axis=0),
        [np.square(np.abs(one)).mean(axis=0) for one in (left, right)],
    )
    value = (cross / np.sqrt(powers[0] * powers[1])).real
    band = slice(int(low / RATE * 1024), int(high / RATE * 1024))
    return float(value[band].mean())


def test_spaced_microphones_are_coherent_at_low_frequencies_only() -> None:
    noise = ambience("white", RECEIVERS["spaced"], 20 * RATE, np.random.default_rng(0))
    frequency = np.linspace(50, 150, 50)
    expected = np.sinc(2 * frequency * 0.4 / 343.0).mean()
    assert coherence(noise, 50, 150) == pytest.approx(expected, abs=0.1)
    assert abs(coherence(noise, 2000, 6000)) < 0.1


@pytest.mark.parametrize("name", [name for name in RECEIVERS.names() if name != "foa"])
def test_stereo_has_the_coherence_of_plane_waves_from_all_directions(name: str) -> None:
    receiver = RECEIVERS[name]
    directions = np.random.default_rng(1).standard_normal((20000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    gains = receiver.patterns[:, :1] + receiver.patterns[:, 1:] @ directions.T
    lead = receiver.offsets @ directions.T / 343.0
    noise = ambience("white", receiver, 20 * RATE, np.random.default_rng(0))
    for low, high in ((100, 200), (400, 500), (900, 1000), (3000, 4000)):
        frequency = np.linspace(low, high, 20)[:, None, None]
        signals = gains * np.exp(2j * np.pi * frequency * lead)  # (frequencies, capsules, waves)
        if receiver.crossover:
            below, above = np.split(signals, 2, axis=1)
            signals = above + (below - above) / (1.0 + 1j * frequency / receiver.crossover)
        left, right = signals.swapaxes(0, 1)
        power = np.square(np.abs(left)).mean() * np.square(np.abs(right)).mean()
        expected = (left * right.conj()).real.mean() / np.sqrt(power)
        assert coherence(noise, low, high) == pytest.approx(expected, abs=0.1)


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected an ambience of"):
        ambience("rain", RECEIVERS["foa"], 100, np.random.default_rng(0))

"""Variation of recordings: speed, equalizer, bandwidth, level."""

import numpy as np
import pytest

from seldkit.synthesis.sound_variation import (
    EQUALIZER_FREQUENCIES_HZ,
    REFERENCE_LEVEL_DB,
    SoundVariation,
    draw_variation,
    normalize_level,
)


def test_an_equaliser_gives_its_gains_at_its_bands() -> None:
    variation = SoundVariation(1.0, (3.0, 0.0, -6.0, 0.0, 6.0, 0.0), 0.0, 0.0)
    assert 20.0 * np.log10(variation.response(EQUALIZER_FREQUENCIES_HZ)) == pytest.approx(variation.equaliser)


def test_a_low_pass_attenuates_high_frequencies() -> None:
    time = np.arange(24000) / 24000.0
    high = np.sin(2 * np.pi * 8000.0 * time)
    dull = SoundVariation(1.0, (0.0,) * 6, low_pass=3000.0, high_pass=0.0).apply(high)
    assert np.std(dull) < 0.02 * np.std(high)


def test_speed_changes_duration_and_pitch() -> None:
    time = np.arange(24000) / 24000.0
    faster = SoundVariation(1.25, (0.0,) * 6, 0.0, 0.0).apply(np.sin(2 * np.pi * 1000.0 * time))
    assert len(faster) == pytest.approx(19200, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(faster))) * 24000 / len(faster) == pytest.approx(1250.0, abs=3.0)


def test_variations_differ_and_stay_moderate() -> None:
    rng = np.random.default_rng(0)
    variations = [draw_variation(rng) for _ in range(200)]
    assert len({variation.speed for variation in variations}) == 200
    assert max(abs(np.log(variation.speed)) for variation in variations) < 0.2
    assert 60 < sum(variation.low_pass > 0 for variation in variations) < 140


def test_a_variation_depends_on_its_seed() -> None:
    first, again, other = (draw_variation(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_level_is_that_of_the_active_part() -> None:
    rng = np.random.default_rng(0)
    dry = np.concatenate([rng.standard_normal(12000), np.zeros(12000)])
    active = np.arange(100) < 50
    loud = normalize_level(dry, active, 6.0)
    level = 10.0 * np.log10(np.square(loud[:12000]).mean())
    assert level == pytest.approx(REFERENCE_LEVEL_DB + 6.0, abs=1e-6)


def test_silence_stays_silence() -> None:
    assert not normalize_level(np.zeros(2400), np.zeros(10, bool), 0.0).any()

"""Amplitude and phase difference with linear bands, as in the DCASE 2023 audio-visual baseline."""

import numpy as np
import pytest
import torch
from scipy.signal import get_window

from seldkit.features import Amplitude, FeatureConfig, FeatureStack, PhaseDifference

GRID = {"window": 512, "hop": 240, "n_fft": 512, "mels": 257}
PARTS = [{"name": "amplitude"}, {"name": "phase-difference"}]


def stack(**config: object) -> FeatureStack:
    values = {"input": "foa", "bands": "linear", "grid": GRID, "parts": PARTS, **config}
    return FeatureStack(FeatureConfig.model_validate(values))


def spectrum(sound: np.ndarray) -> np.ndarray:
    """The transform frame by frame: (channels, frames, bins)."""
    padded = np.pad(sound, ((0, 0), (256, 256)))
    starts = range(0, sound.shape[1] + 1, 240)
    hann = get_window("hann", 512)
    return np.stack([np.fft.rfft(padded[:, start : start + 512] * hann) for start in starts], axis=1)


def test_seven_channels_of_foa_are_the_baselines() -> None:
    sound = np.random.default_rng(0).normal(size=(4, 4800))
    expected = spectrum(sound)
    found = stack().double()(torch.from_numpy(sound)[None])[0].numpy()
    assert found.shape == (7, 21, 257)
    np.testing.assert_allclose(found[:4], np.abs(expected), atol=1e-5)
    turn = np.mod(np.angle(expected[1:]) - np.angle(expected[:1]), 2 * np.pi)
    apart = np.angle(np.exp(1j * (found[4:] - turn)))  # 0 and 2π are one phase
    np.testing.assert_allclose(apart, 0.0, atol=1e-4)
    assert found[4:].min() >= 0
    assert found[4:].max() <= 2 * np.pi + 1e-5


def test_a_band_holds_the_sum_of_magnitudes_and_the_mean_phase() -> None:
    delayed = torch.randn(1, 1, 4800).repeat(1, 2, 1) * torch.tensor([1.0, -1.0])[:, None]
    assert Amplitude()(delayed).shape == (1, 2, 21, 64)
    phase = PhaseDifference(mels=40)(delayed)
    torch.testing.assert_close(phase, torch.full_like(phase, torch.pi), atol=1e-3, rtol=0)


def test_silence_has_no_amplitude_and_no_phase() -> None:
    assert not stack()(torch.zeros(1, 4, 2400)).any()


def test_more_bins_than_the_transform_has_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected at most 257 bins .*, got 300"):
        stack(grid=GRID | {"mels": 300})
    with pytest.raises(ValueError, match="at least 2 audio channels"):
        PhaseDifference()(torch.zeros(1, 1, 2400))

"""Log-mel spectrograms."""

import numpy as np
import pytest
import soundfile
import torch

from features.signals import noise
from paths import vector
from seldkit.features import LogMel


def test_log_mel_equals_the_baselines_to_a_thousandth_of_a_decibel() -> None:
    waveform = soundfile.read(vector("dcase2025/clip.wav"), dtype="float32")[0].T
    expected = np.load(vector("dcase2025/logmel.npz"))["logmel"]
    np.testing.assert_allclose(LogMel()(torch.from_numpy(waveform.copy())[None])[0], expected, atol=1e-3)


def test_log_mel_of_a_tone_peaks_at_its_mel_and_rises_with_its_level() -> None:
    time = torch.arange(24000) / 24000
    level = LogMel(top_db=None)(torch.sin(2 * np.pi * 1000 * time)[None, None])[0, 0, 25]
    louder = LogMel(top_db=None)(10 * torch.sin(2 * np.pi * 1000 * time)[None, None])[0, 0, 25]
    assert int(level.argmax()) == 18  # 1 kHz is 15 of the 51.1 Slaney mels to 12 kHz, in 65 steps
    assert (louder - level)[level > -60].sub(20).abs().max() < 1e-3


def test_parts_equal_the_whole_with_a_fixed_floor_but_not_with_top_db() -> None:
    waveform = noise(2, 24000)
    waveform[..., 12000:] *= 1e-5
    for top_db, same in ((None, True), (80.0, False)):
        feature = LogMel(top_db=top_db)
        whole, piece = feature(waveform)[:, :, 27:], feature(waveform[..., 12000:])[:, :, 2:]
        assert torch.allclose(whole, piece, atol=1e-3) == same


def test_empty_audio_is_rejected() -> None:
    message = r"expected audio \(batch, channels, samples\), got shape \(1, 2, 0\)"
    with pytest.raises(ValueError, match=message):
        LogMel()(torch.zeros(1, 2, 0))

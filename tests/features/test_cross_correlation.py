"""Cross-correlation between microphones."""

import numpy as np
import pytest
import torch

from seldkit.features import CrossCorrelation


def test_is_the_inverse_transform_of_the_phase():
    """Compared with NumPy, pair by pair."""
    waveform = torch.randn(1, 4, 4800)
    feature = CrossCorrelation()
    spectrum = feature.front_end(waveform).spectrum[0].numpy()
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for channel, (first, second) in enumerate(pairs):
        cross = np.conj(spectrum[first]) * spectrum[second]
        lags = np.fft.irfft(cross / np.abs(cross))
        expected = np.concatenate([lags[:, -32:], lags[:, :32]], axis=-1)
        assert np.allclose(feature(waveform)[0, channel], expected, atol=1e-5)


@pytest.mark.parametrize("delay", [-7, 0, 12])
def test_peaks_at_the_delay_of_the_second_channel(delay):
    sound = torch.randn(24_000)
    waveform = torch.stack([sound, sound.roll(delay)])[None]
    assert torch.all(CrossCorrelation()(waveform)[0, 0, 2:-2].argmax(-1) == 32 + delay)


def test_silence_is_finite():
    assert CrossCorrelation()(torch.zeros(1, 2, 4800)).isfinite().all()


def test_one_channel_is_rejected():
    with pytest.raises(ValueError, match="at least 2 audio channels"):
        CrossCorrelation()(torch.zeros(1, 1, 4800))

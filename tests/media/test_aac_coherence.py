"""AAC that seldkit writes keeps the relation of left and right."""

import numpy as np
import pytest
from scipy.signal import coherence, lfilter

from media.making import noise
from seldkit.media import read_audio, write_audio, write_video

RATE = 48000


def panned_noise() -> np.ndarray:
    """One source to the left with the spectrum of speech, and weak independent noise in each channel."""
    source = lfilter([1.0], [1.0, -0.98], noise(4.0, RATE, 1, level=0.2))
    source *= 0.1 / source.std()
    return source * np.array([[1.0], [0.3]]) + noise(4.0, RATE, 2, level=0.0003)


def coherence_of_highs(waveform: np.ndarray) -> float:
    hertz, values = coherence(waveform[0], waveform[1], RATE, nperseg=1024)
    return float(np.median(values[(hertz > 6000) & (hertz < 11000)]))


@pytest.mark.parametrize("suffix", [".m4a", ".mp4"])
def test_written_aac_keeps_the_coherence(suffix, tmp_path):
    path = tmp_path / f"clip{suffix}"
    if suffix == ".mp4":
        write_video(path, [np.zeros((32, 32, 3), np.uint8)] * 50, 12.5, (panned_noise(), RATE))
    else:
        write_audio(path, panned_noise(), RATE)
    waveform, _ = read_audio(path, RATE)
    assert coherence_of_highs(panned_noise()) > 0.97
    assert coherence_of_highs(waveform) > 0.85  # 0.68 with the default options of FFmpeg
    level = 10 * np.log10((waveform[0] ** 2).sum() / (waveform[1] ** 2).sum())
    assert level == pytest.approx(10.46, abs=0.3)

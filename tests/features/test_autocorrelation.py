"""Short-term power of the autocorrelation."""

import numpy as np
import soundfile
import torch
from scipy.signal import resample

from features.signals import noise
from paths import SHARED, needs_shared
from seldkit.features import ShortTermAutocorrelation


@needs_shared
def test_autocorrelation_equals_the_authors_values() -> None:
    folder = SHARED / "vectors/stereo"
    w = soundfile.read(folder / "foa.wav", dtype="float32")[0][:, 0]
    expected = np.load(folder / "stpacc.npz")["stpacc"]
    np.testing.assert_allclose(ShortTermAutocorrelation()(torch.from_numpy(w)[None])[0], expected, atol=1e-5)


def test_autocorrelation_equals_its_description_in_numpy() -> None:
    sound = noise(1, 3000)[0, 0].double().numpy()
    padded = np.pad(sound, 512, mode="reflect")
    expected = []
    for frame in range(3000 // 150):
        spectrum = np.abs(np.fft.rfft(padded[frame * 150 :][:1024] * np.hanning(1024))) ** 2
        lags = np.maximum(np.fft.irfft(spectrum)[:512], 0)
        power = np.convolve((lags / lags[0]) ** 2, np.hanning(8), "same")
        expected.append(resample(power / power.max(), 64))
    found = ShortTermAutocorrelation()(torch.from_numpy(sound).float()[None])[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_autocorrelation_shows_a_reflection_at_its_delay() -> None:
    sound = noise(1, 24000)[0]
    echoed = sound.clone()
    echoed[:, 240:] += 0.8 * sound[:, :-240]
    plain, echo = (ShortTermAutocorrelation()(signal).mean(dim=1)[0] for signal in (sound, echoed))
    assert int((echo - plain)[4:].argmax()) + 4 == 240 // 8

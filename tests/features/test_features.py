import numpy as np
import pytest
import soundfile
import torch
from scipy.signal import resample
from torch import Tensor

from paths import SHARED, needs_shared, vector
from seldkit.features import IntensityVector, LevelDifference, LogMel, ShortTermAutocorrelation
from seldkit.geometry import foa_to_stereo, unit_vector

FEATURES = {
    "log-mel": (LogMel(top_db=None), 2),
    "level-difference": (LevelDifference(), 2),
    "stereo intensity": (IntensityVector(), 2),
    "FOA intensity": (IntensityVector(), 4),
    "unit intensity": (IntensityVector(normalise="length"), 4),
    "stpACC": (ShortTermAutocorrelation(hop=480), 2),
}
each_feature = pytest.mark.parametrize(("feature", "channels"), FEATURES.values(), ids=FEATURES.keys())


def noise(channels: int, samples: int = 12000, batch: int = 1, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(batch, channels, samples, generator=torch.Generator().manual_seed(seed))


def plane_wave(azimuth: float, elevation: float = 0.0) -> np.ndarray:
    signal = 0.1 * np.random.default_rng(1).normal(size=24000)
    x, y, z = unit_vector(azimuth, elevation)
    return np.stack([signal, y * signal, z * signal, x * signal])


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


def test_a_fixed_floor_makes_pieces_equal_the_whole_and_a_relative_one_does_not() -> None:
    waveform = noise(2, 24000)
    waveform[..., 12000:] *= 1e-5
    for top_db, same in ((None, True), (80.0, False)):
        feature = LogMel(top_db=top_db)
        whole, piece = feature(waveform)[:, :, 27:], feature(waveform[..., 12000:])[:, :, 2:]
        assert torch.allclose(whole, piece, atol=1e-3) == same


@needs_shared
def test_autocorrelation_equals_its_authors() -> None:
    folder = SHARED / "vectors/stereo"
    w = soundfile.read(folder / "foa.wav", dtype="float32")[0][:, 0]
    expected = np.load(folder / "stpacc.npz")["stpacc"]
    np.testing.assert_allclose(ShortTermAutocorrelation()(torch.from_numpy(w)[None])[0], expected, atol=1e-5)


def test_autocorrelation_is_what_its_description_says() -> None:
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


@pytest.mark.parametrize("azimuth", [-90.0, -40.0, 0.0, 10.0, 75.0])
def test_level_difference_of_a_plane_wave_gives_its_azimuth(azimuth: float) -> None:
    stereo = torch.from_numpy(foa_to_stereo(plane_wave(azimuth))).float()[None]
    difference = LevelDifference()(stereo).mean()
    ratio = 10 ** (difference / 20)
    found = float(torch.rad2deg(torch.asin((ratio - 1) / (ratio + 1))))
    # Straight to the side the limit of 40 dB leaves 78 degrees.
    assert found == pytest.approx(np.clip(azimuth, -78.6, 78.6), abs=1.0)


def test_level_difference_is_zero_in_silence_and_bounded() -> None:
    feature = LevelDifference(limit=30.0)
    assert not feature(1e-6 * noise(2)).abs().gt(0.1).any()
    one_sided = noise(2) * torch.tensor([1.0, 0.0])[:, None]
    assert float(feature(one_sided).max()) == 30.0


@each_feature
def test_mirrored_sound_mirrors_the_feature(feature: torch.nn.Module, channels: int) -> None:
    waveform = noise(channels)
    order, sign = ([1, 0], 1.0) if channels == 2 else ([0, 1, 2, 3], torch.tensor([1.0, -1, 1, 1])[:, None])
    plain, mirrored = (
        feature.from_spectra(feature_heard(waveform)),
        feature.from_spectra(feature_heard(waveform[:, order] * sign)),
    )
    if isinstance(feature, LogMel):
        mirrored = mirrored[:, [1, 0]]
    elif isinstance(feature, LevelDifference) or (isinstance(feature, IntensityVector) and channels == 2):
        mirrored = -mirrored
    elif isinstance(feature, IntensityVector):
        mirrored = mirrored * torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    torch.testing.assert_close(mirrored, plain, atol=1e-4, rtol=1e-4)


def feature_heard(waveform: Tensor) -> object:
    return LogMel().front_end(waveform)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (90, 0), (-135, 20), (30, -60)])
@pytest.mark.parametrize("normalise", ["energy", "length"])
def test_intensity_points_to_the_source(azimuth: float, elevation: float, normalise: str) -> None:
    foa = torch.from_numpy(plane_wave(azimuth, elevation)).float()[None]
    y, z, x = IntensityVector(normalise=normalise)(foa).mean(dim=(0, 2, 3))  # type: ignore[arg-type]
    found = torch.stack([x, y, z]) / torch.stack([x, y, z]).norm()
    np.testing.assert_allclose(found, unit_vector(azimuth, elevation), atol=1e-3)


def test_stereo_intensity_is_positive_to_the_left() -> None:
    left = torch.from_numpy(foa_to_stereo(plane_wave(60.0))).float()[None]
    assert IntensityVector()(left).mean() > 0


@each_feature
def test_silence_and_odd_lengths_pass(feature: torch.nn.Module, channels: int) -> None:
    for samples in (1, 479, 480, 12345):
        silent = feature.from_spectra(feature_heard(torch.zeros(1, channels, samples)))
        assert silent.isfinite().all()
        assert silent.shape[-2:] == (samples // 480 + 1, 64)


@each_feature
def test_items_of_a_batch_do_not_see_each_other(feature: torch.nn.Module, channels: int) -> None:
    batch = noise(channels, batch=3)
    alone = feature.from_spectra(feature_heard(batch[1:2]))
    torch.testing.assert_close(feature.from_spectra(feature_heard(batch))[1:2], alone)


def test_the_wrong_number_of_channels_is_named() -> None:
    with pytest.raises(ValueError, match="expected 2 audio channels, got 1"):
        LevelDifference()(noise(1))
    with pytest.raises(ValueError, match="expected 2 or 4 audio channels, got 3"):
        IntensityVector()(noise(3))
    with pytest.raises(
        ValueError, match=r"expected audio \(batch, channels, samples\), got shape \(1, 2, 0\)"
    ):
        LogMel()(torch.zeros(1, 2, 0))

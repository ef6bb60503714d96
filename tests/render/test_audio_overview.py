from pathlib import Path

import numpy as np
import pytest

from media.making import noise, tone
from seldkit.media import write_audio
from seldkit.render import audio_overview as audio_overview
from seldkit.render.audio_overview import compute_audio_overview


def test_level_difference_is_positive_if_the_left_is_louder(tmp_path: Path) -> None:
    for gains, sign in (((0.5, 0.05), 1), ((0.05, 0.5), -1)):
        overview = compute_audio_overview(write_audio(tmp_path / "a.wav", tone(1.0, gains=gains), 48000))
        assert overview.difference is not None
        middle = overview.difference[:, 10:40]
        assert sign * middle[np.abs(middle).argmax() // 30].mean() == pytest.approx(20.0, abs=1.0)


def test_tones_are_in_their_band(tmp_path: Path) -> None:
    low, high = (
        compute_audio_overview(write_audio(tmp_path / "a.wav", tone(1.0, hertz=hertz), 48000))
        .level[:, 25]
        .argmax()
        for hertz in (300.0, 6000.0)
    )
    assert low < 16 < 40 < high


def test_mono_has_no_level_difference(tmp_path: Path) -> None:
    assert (
        compute_audio_overview(write_audio(tmp_path / "a.wav", noise(0.3, channels=1), 48000)).difference
        is None
    )


@pytest.mark.parametrize("seconds", [0.001, 0.5, 7.3])
def test_number_of_columns_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(audio_overview, "MAX_COLUMNS", 100)
    sound = noise(seconds, rate=24000)
    sound[:, : sound.shape[1] // 2] = 0.0
    overview = compute_audio_overview(write_audio(tmp_path / "a.wav", sound, 24000))
    assert overview.seconds == pytest.approx(seconds, abs=1e-4)
    assert 1 <= overview.level.shape[1] <= 102
    if seconds > 1:
        loud = overview.level.mean(axis=0) > -90
        assert int(loud.argmax()) / len(loud) == pytest.approx(0.5, abs=0.03)

"""Interchannel level differences."""

import numpy as np
import pytest
import torch

from features.signals import noise, plane_wave
from seldkit.features import LevelDifference
from seldkit.geometry import foa_to_stereo


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


def test_mono_is_rejected() -> None:
    with pytest.raises(ValueError, match="expected 2 audio channels, got 1"):
        LevelDifference()(noise(1))

"""Intensity vectors."""

import numpy as np
import pytest
import torch

from features.signals import noise, plane_wave
from seldkit.features import IntensityVector
from seldkit.geometry import foa_to_stereo, unit_vector


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


def test_three_channels_are_rejected() -> None:
    with pytest.raises(ValueError, match="expected 2 or 4 audio channels, got 3"):
        IntensityVector()(noise(3))

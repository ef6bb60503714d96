"""Ratio of side to mid of a coincident pair."""

import numpy as np
import pytest
import torch

from seldkit.datasets.augmentation.swap_effects import feature_swap
from seldkit.datasets.augmentation.swaps import swaps_for
from seldkit.features import FeatureConfig, FeatureStack, SideToMid
from seldkit.features.registry import Grid
from seldkit.features.side_to_mid import SideToMidSettings

RATE = 24000


def noise(seconds: float = 1.0, seed: int = 0) -> torch.Tensor:
    return 0.1 * torch.randn(1, 1, round(seconds * RATE), generator=torch.Generator().manual_seed(seed))


def coincident_pair(sound: torch.Tensor, azimuth: float) -> torch.Tensor:
    across = np.sin(np.radians(azimuth))
    return torch.cat([(1.0 + across) * sound, (1.0 - across) * sound], dim=1)


@pytest.mark.parametrize("azimuth", [-90.0, -60.0, -10.0, 0.0, 30.0, 75.0])
def test_a_plane_wave_gives_the_sine_of_its_azimuth_and_its_square(azimuth: float) -> None:
    ratio, spread, upper, lower = SideToMid(hop=800)(coincident_pair(noise(), azimuth))[0, :, 1:-1]
    sine = np.sin(np.radians(azimuth))
    for channel, expected in ((ratio, sine), (spread, sine**2), (upper, sine), (lower, sine)):
        assert channel.numpy() == pytest.approx(expected, abs=2e-3)


def test_an_onset_in_one_part_of_a_frame_shows_in_a_quartile() -> None:
    late = coincident_pair(noise(), -50.0)
    early = coincident_pair(noise(seed=1), 70.0)
    gate = torch.zeros_like(late)
    gate[..., 12000 - 240 : 12000 + 80] = 1.0  # two parts of the frame centred on sample 12,000
    ratio, _, upper, lower = SideToMid(hop=800)(late * (1 - gate) + 3 * early * gate)[0, :, 15]
    assert upper.mean() > 0.8
    assert lower.mean() < 0.0
    assert (upper >= ratio - 1e-3).float().mean() > 0.9


def test_silence_gives_0_and_values_are_limited() -> None:
    assert not SideToMid()(torch.zeros(1, 2, RATE)).any()
    opposed = torch.cat([noise(), -noise()], dim=1)
    assert SideToMid()(opposed).abs().max() <= 1.5


@pytest.mark.parametrize("samples", [1, 799, 800, 801, 24000])
def test_the_number_of_frames_is_that_of_a_stack(samples: int) -> None:
    assert SideToMid(hop=800)(torch.zeros(2, 2, samples)).shape == (2, 4, samples // 800 + 1, 64)


def test_swapped_channels_give_the_same_channels_with_other_signs() -> None:
    config = FeatureConfig(grid=Grid(window=1600, hop=800, n_fft=2048), parts=(SideToMidSettings(),))
    swap = feature_swap(FeatureStack(config), swaps_for("stereo")[1])
    assert (swap.channels, swap.signs) == ((0, 1, 3, 2), (-1, 1, -1, -1))


def test_invalid_parts_and_channel_counts_are_rejected() -> None:
    with pytest.raises(ValueError, match="pieces that divide the hop of 480, got 7"):
        SideToMidSettings(pieces=7).build(Grid())
    with pytest.raises(ValueError, match="2 audio channels, got 4"):
        SideToMid()(torch.zeros(1, 4, RATE))

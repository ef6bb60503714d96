"""Side over mid: what a coincident pair says of a direction."""

import numpy as np
import pytest
import torch

from seldkit.datasets.augmentation.feature_swaps import feature_swap
from seldkit.datasets.augmentation.stream_swaps import swaps_of
from seldkit.features import FeatureConfig, FeatureStack, SideToMid
from seldkit.features.registry import Grid
from seldkit.features.side_to_mid import SideToMidSettings

RATE = 24000


def noise(seconds: float = 1.0, seed: int = 0) -> torch.Tensor:
    return 0.1 * torch.randn(1, 1, round(seconds * RATE), generator=torch.Generator().manual_seed(seed))


def pair(sound: torch.Tensor, azimuth: float) -> torch.Tensor:
    across = np.sin(np.radians(azimuth))
    return torch.cat([(1.0 + across) * sound, (1.0 - across) * sound], dim=1)


@pytest.mark.parametrize("azimuth", [-90.0, -60.0, -10.0, 0.0, 30.0, 75.0])
def test_a_plane_wave_gives_the_sine_of_its_azimuth_and_its_square(azimuth: float) -> None:
    ratio, spread, upper, lower = SideToMid(hop=800)(pair(noise(), azimuth))[0, :, 1:-1]
    sine = np.sin(np.radians(azimuth))
    for channel, expected in ((ratio, sine), (spread, sine**2), (upper, sine), (lower, sine)):
        assert channel.numpy() == pytest.approx(expected, abs=2e-3)


def test_an_onset_in_one_piece_stands_in_a_quartile() -> None:
    late = pair(noise(), -50.0)
    early = pair(noise(seed=1), 70.0)
    gate = torch.zeros_like(late)
    gate[..., 12000 - 240 : 12000 + 80] = 1.0  # two pieces of the frame that is centred on sample 12,000
    ratio, _, upper, lower = SideToMid(hop=800)(late * (1 - gate) + 3 * early * gate)[0, :, 15]
    assert upper.mean() > 0.8
    assert lower.mean() < 0.0
    assert (upper >= ratio - 1e-3).float().mean() > 0.9


def test_silence_is_ahead_and_nothing_is_beyond_the_limit() -> None:
    assert not SideToMid()(torch.zeros(1, 2, RATE)).any()
    opposed = torch.cat([noise(), -noise()], dim=1)
    assert SideToMid()(opposed).abs().max() <= 1.5


@pytest.mark.parametrize("samples", [1, 799, 800, 801, 24000])
def test_it_has_the_frames_of_its_stack(samples: int) -> None:
    assert SideToMid(hop=800)(torch.zeros(2, 2, samples)).shape == (2, 4, samples // 800 + 1, 64)


def test_swapped_channels_give_the_same_channels_with_other_signs() -> None:
    config = FeatureConfig(grid=Grid(window=1600, hop=800, n_fft=2048), parts=(SideToMidSettings(),))
    swap = feature_swap(FeatureStack(config), swaps_of("stereo")[1])
    assert (swap.channels, swap.signs) == ((0, 1, 3, 2), (-1, 1, -1, -1))


def test_pieces_that_do_not_divide_the_hop_and_other_sound_are_refused() -> None:
    with pytest.raises(ValueError, match="pieces that divide the hop of 480, got 7"):
        SideToMidSettings(pieces=7).build(Grid())
    with pytest.raises(ValueError, match="2 audio channels, got 4"):
        SideToMid()(torch.zeros(1, 4, RATE))

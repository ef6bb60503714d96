"""Channel swaps of audio, labels and images are consistent; directions are measured in the signal."""

import numpy as np
import pytest
import torch

from datasets.clip_making import (
    foa,
    foa_clip,
    labels,
    marker_direction,
    measured_direction,
    measured_side,
    stereo_clip,
)
from seldkit.accdoa import encode_targets
from seldkit.datasets.augmentation import SWAPS, LabelledClip, RandomSwap, Swap
from seldkit.datasets.augmentation.swap_effects import feature_swap
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.geometry import azimuth_difference

EIGHT = SWAPS["foa"]
DIRECTIONS = [(10.0, 0.0), (75.0, 20.0), (-130.0, -35.0), (179.0, 5.0), (-90.0, 0.0)]


def stack(input: str, *parts: str) -> FeatureStack:
    return FeatureStack(FeatureConfig(input=input, parts=[{"name": name} for name in parts]))


def test_the_eight_swaps_differ_and_the_first_is_the_identity() -> None:
    assert len({(swap.mirrored, swap.turn) for swap in EIGHT}) == 8
    azimuths = {round(float(swap.labels(labels(20.0)).azimuth[0])) for swap in EIGHT}
    assert azimuths == {20, 110, -160, -70, -20, 70, 160, -110}
    sound = foa(20.0, 10.0)
    assert np.array_equal(EIGHT[0].audio(sound), sound)


@pytest.mark.parametrize("swap", EIGHT, ids=str)
@pytest.mark.parametrize(("azimuth", "elevation"), DIRECTIONS)
def test_audio_label_and_marker_have_the_same_direction(swap: Swap, azimuth: float, elevation: float) -> None:
    swapped = swap.clip(foa_clip(azimuth, elevation))
    label = swapped.labels.azimuth[0]
    measured, measured_elevation = measured_direction(swapped.audio)
    assert azimuth_difference(measured, label) < 1e-3
    assert measured_elevation == pytest.approx(elevation, abs=1e-3)
    assert swapped.images is not None
    marker, marker_elevation = marker_direction(swapped.images[0])
    assert azimuth_difference(marker, label) <= 1.0  # a pixel is a degree
    assert abs(marker_elevation - elevation) <= 1.0
    assert swapped.labels.elevation is not None
    assert np.all(swapped.labels.elevation == elevation)
    assert np.all((swapped.labels.azimuth >= -180) & (swapped.labels.azimuth <= 180))


@pytest.mark.parametrize("azimuth", [0.0, 12.0, -40.0, 85.0])
def test_stereo_sides_are_exchanged_in_audio_label_and_image(azimuth: float) -> None:
    clip = stereo_clip(azimuth)
    swapped = Swap(mirrored=True).clip(clip)
    assert measured_side(swapped.audio) == pytest.approx(np.sin(np.deg2rad(-azimuth)), abs=1e-5)
    assert np.all(swapped.labels.azimuth == -azimuth)
    assert swapped.images is not None
    assert swapped.images[0, 10, 63 - 40].min() == 255
    assert np.array_equal(swapped.labels.onscreen, clip.labels.onscreen)  # type: ignore[arg-type]
    again = Swap(mirrored=True).clip(swapped)
    assert np.array_equal(again.audio, clip.audio)
    assert again.labels == clip.labels


@pytest.mark.parametrize("swap", EIGHT, ids=str)
def test_targets_of_swapped_labels_are_swapped_targets(swap: Swap) -> None:
    clip = foa_clip(33.0, -20.0)
    elements = ("x", "y", "z", "distance")
    expected = encode_targets(swap.labels(clip.labels), elements)
    found = swap.targets(encode_targets(clip.labels, elements))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    tensor = swap.targets(torch.from_numpy(encode_targets(clip.labels, elements)))
    np.testing.assert_allclose(tensor.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("swap", EIGHT, ids=str)
def test_tensors_and_arrays_are_swapped_identically(swap: Swap) -> None:
    sound = foa(40.0, 10.0)
    assert np.array_equal(swap.audio(torch.from_numpy(sound)[None])[0].numpy(), swap.audio(sound))


@pytest.mark.parametrize("swap", EIGHT, ids=str)
def test_foa_features_are_swapped_like_their_audio(swap: Swap) -> None:
    features = stack("foa", "log-mel", "intensity-vector")
    change = feature_swap(features, swap)
    sound = torch.from_numpy(foa(50.0, 25.0, 10) + foa(-110.0, -10.0, 10, seed=1))[None]
    expected = features.extract_raw(swap.audio(sound))
    torch.testing.assert_close(change(features.extract_raw(sound)), expected, atol=2e-3, rtol=1e-3)
    assert change.channels[0] == 0
    assert change.signs[:4] == (1, 1, 1, 1)


def test_feature_channels_of_a_reflection() -> None:
    change = feature_swap(stack("foa", "log-mel", "intensity-vector"), Swap(mirrored=True))
    assert change.channels == tuple(range(7))
    assert change.signs == (1, 1, 1, 1, -1, 1, 1)  # of W Y Z X, then of the intensity's Y Z X


def test_stereo_features_are_swapped_like_their_audio() -> None:
    features = stack(
        "stereo", "log-mel", "level-difference", "short-term-autocorrelation", "intensity-vector"
    )
    mirror = Swap(mirrored=True)
    change = feature_swap(features, mirror)
    assert change.channels[:2] == (1, 0)
    assert change.signs == (1, 1, -1, 1, -1)
    sound = torch.from_numpy(stereo_clip(35.0).audio)[None]
    torch.testing.assert_close(
        change(features.extract_raw(sound)), features.extract_raw(mirror.audio(sound)), atol=2e-3, rtol=1e-3
    )


def test_features_without_counterpart_are_rejected() -> None:
    with pytest.raises(ValueError, match="feature channel 2 of the transformed audio"):
        feature_swap(stack("stereo", "log-mel", "cross-correlation"), Swap(mirrored=True))


def test_random_swap_draws_all_swaps_and_is_reproducible() -> None:
    clip = foa_clip(20.0)
    rng = np.random.default_rng(0)
    drawn = [RandomSwap()(clip, rng).labels.azimuth[0] for _ in range(200)]
    assert len({round(float(azimuth)) for azimuth in drawn}) == 8
    rng = np.random.default_rng(0)
    assert drawn == [RandomSwap()(clip, rng).labels.azimuth[0] for _ in range(200)]


def test_invalid_swaps_are_rejected() -> None:
    with pytest.raises(ValueError, match="a turn of 0, 90, 180 or 270"):
        Swap(turn=45)
    with pytest.raises(ValueError, match="stereo audio cannot be rotated"):
        Swap(turn=90).audio(stereo_clip(10.0).audio)
    with pytest.raises(ValueError, match="width divisible by 4"):
        Swap(turn=90).images(np.zeros((1, 45, 91, 3), np.uint8))
    with pytest.raises(ValueError, match="360° frames, twice as wide as high"):
        LabelledClip(foa(0.0, 0.0), labels(0.0), np.zeros((1, 36, 64, 3), np.uint8))

"""Every registered feature: shape, independence of batch items, silence, saved settings and mirroring."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import torch
from torch import nn

from features.signals import noise
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.features.feature_mirroring import mirror_map
from seldkit.features.registry import FEATURES, Feature, FrontEnd, Grid, Spectra

GRID = Grid()
INPUTS = {"stereo": 2, "foa": 4, "mic": 4}


def build(name: str) -> Feature:
    return FEATURES[name]().build(GRID)


def channel_counts(name: str) -> Iterator[int]:
    """The numbers of audio channels for which a feature is defined."""
    for channels in (1, 2, 3, 4):
        with suppress(ValueError):
            build(name).channel_count(channels)
            yield channels


CASES = [(name, channels) for name in FEATURES.names() for channels in channel_counts(name)]
each_feature = pytest.mark.parametrize(("name", "channels"), CASES)


def spectra(waveform: torch.Tensor) -> Spectra:
    found: Spectra = FrontEnd(GRID)(waveform)
    return found


@each_feature
def test_silence_and_odd_lengths_give_finite_values_of_the_grids_shape(name: str, channels: int) -> None:
    feature = build(name)
    for samples in (1, 479, 480, 12345):
        values = feature.from_spectra(spectra(torch.zeros(1, channels, samples)))
        assert values.isfinite().all()
        assert values.shape == (1, feature.channel_count(channels), samples // 480 + 1, 64)


@each_feature
def test_items_of_a_batch_are_independent(name: str, channels: int) -> None:
    batch, feature = noise(channels, batch=3), build(name)
    alone = feature.from_spectra(spectra(batch[1:2]))
    torch.testing.assert_close(feature.from_spectra(spectra(batch))[1:2], alone)


@pytest.mark.parametrize("name", FEATURES.names())
def test_a_feature_is_a_module_without_parameters(name: str) -> None:
    feature = build(name)
    assert isinstance(feature, nn.Module)
    assert not list(feature.parameters())
    assert not feature.state_dict()


@pytest.mark.parametrize("name", FEATURES.names())
@pytest.mark.parametrize("input", INPUTS)
def test_a_configuration_is_saved_and_loaded(name: str, input: str) -> None:
    if (name, INPUTS[input]) not in CASES:
        pytest.skip("not defined for this input")
    config = FeatureConfig.model_validate({"input": input, "parts": [{"name": name}], "standardise": True})
    assert FeatureConfig.model_validate(config.model_dump(mode="json")) == config
    stack = FeatureStack(config)
    assert stack(noise(INPUTS[input])).shape == (1, stack.channel_count, 26, 64)


@pytest.mark.parametrize("name", FEATURES.names())
@pytest.mark.parametrize("input", ["stereo", "foa"])
def test_mirrored_audio_has_mirrored_features(name: str, input: str) -> None:
    if (name, INPUTS[input]) not in CASES:
        pytest.skip("not defined for this input")
    stack = FeatureStack(FeatureConfig.model_validate({"input": input, "parts": [{"name": name}]}))
    try:
        mirror = mirror_map(stack)
    except ValueError:
        pytest.skip("exchanging channels does not mirror this feature")
    waveform = noise(INPUTS[input])
    mirrored = waveform.flip(1) if input == "stereo" else waveform * torch.tensor([1.0, -1, 1, 1])[:, None]
    torch.testing.assert_close(mirror(stack(waveform)), stack(mirrored), atol=2e-3, rtol=1e-3)

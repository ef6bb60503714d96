import numpy as np
import pytest

from seldkit.channels import (
    CHANNEL_LAYOUTS,
    FOA,
    MIC,
    MONO,
    STEREO,
    ChannelLayout,
    Recording,
    channel_layout,
    layout_from_channel_names,
)
from seldkit.features import FeatureConfig
from seldkit.geometry import foa_to_stereo


def test_layouts_are_found_by_name_and_alias() -> None:
    assert channel_layout("ambix") is channel_layout("foa") is FOA
    assert channel_layout(MIC) is MIC
    with pytest.raises(ValueError, match="mono, stereo, foa, mic, fuma, a-format, ambix, got 'quad'"):
        channel_layout("quad")


def test_foa_gains_are_those_of_foa_to_stereo() -> None:
    np.testing.assert_array_equal(np.array(FOA.stereo_gains), foa_to_stereo(np.eye(4)))


@pytest.mark.parametrize("layout", CHANNEL_LAYOUTS.values(), ids=lambda layout: layout.name)
def test_gains_have_one_column_per_channel(layout: ChannelLayout) -> None:
    if layout.stereo_gains is not None:
        assert np.shape(layout.stereo_gains) == (2, layout.channels)


def test_loudspeakers_by_their_names() -> None:
    assert layout_from_channel_names(("?",)) == MONO
    assert layout_from_channel_names(("FL", "FR")) == STEREO
    surround = layout_from_channel_names(("FL", "FR", "FC", "LFE", "BL", "BR"))
    assert (surround.channels, surround.stereo_gains, surround.headroom_gain) == (6, None, 1.0)


def test_a_recording_is_stereo_unless_stated() -> None:
    assert Recording().layout is STEREO


@pytest.mark.parametrize("name", ["stereo", "foa", "mic"])
def test_features_name_their_layout(name: str) -> None:
    config = FeatureConfig.model_validate({"input": name, "parts": [{"name": "log-mel"}]})
    assert config.layout is CHANNEL_LAYOUTS[name]
    assert config.layout.folded == (name == "stereo")

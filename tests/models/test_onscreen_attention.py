"""On-screen classification from the image tile in the predicted direction."""

import math

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.onscreen_attention import OnscreenAttention, OnscreenAttentionSettings

TILES, VALUES_PER_TILE = 8, 5
VALUES = {
    "name": "attending",
    "classes": ["bell", "knock"],
    "elements": ["x", "y", "distance", "onscreen"],
    "features": {"parts": [{"name": "log-mel"}]},
    "streams": {"images": TILES * VALUES_PER_TILE},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "fusion": {"name": "cross-modal-conformer", "conformer": {"layers": 1, "heads": 2, "feedforward": 8}},
    "onscreen_attention": {"stream": "images", "tiles": TILES, "hidden": 6},
}


def attention(skip_rate: float = 0.0) -> OnscreenAttention:
    torch.manual_seed(0)
    settings = OnscreenAttentionSettings(stream="images", tiles=TILES)
    module = OnscreenAttention(settings, TILES * VALUES_PER_TILE, 2, skip_rate)
    torch.nn.init.normal_(module.class_embedding)
    return module.eval()


def output_at(azimuth: float) -> torch.Tensor:
    """One clip of two frames and three tracks that all point to one azimuth (degrees), on-screen 0.25."""
    output = torch.zeros(1, 2, 3, 4, 2)
    output[..., 0, :], output[..., 1, :] = math.cos(math.radians(azimuth)), math.sin(math.radians(azimuth))
    output[..., 3, :] = 0.25
    return output


def onscreen_at(azimuth: float, images: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return attention()(output_at(azimuth), images)[..., 3, :]


@pytest.mark.parametrize(("azimuth", "tile"), [(49.0, 0), (46.0, 0), (4.0, 3), (-4.0, 4), (-49.0, 7)])
def test_the_tile_in_the_direction_of_the_source_has_the_largest_effect(azimuth: float, tile: int) -> None:
    images = torch.zeros(1, 1, TILES, VALUES_PER_TILE)
    unchanged = onscreen_at(azimuth, images.flatten(2))
    changes = []
    for number in range(TILES):
        changed = images.clone()
        changed[:, :, number] = 3.0
        changes.append((onscreen_at(azimuth, changed.flatten(2)) - unchanged).abs().max().item())
    assert changes[tile] == max(changes) > 0
    assert sum(change > 0 for change in changes) <= 2


def test_left_and_right_are_treated_alike() -> None:
    images = torch.randn(1, 2, TILES, VALUES_PER_TILE)
    for azimuth in (0.0, 13.0, 42.0, 70.0):
        original = onscreen_at(azimuth, images.flatten(2))
        torch.testing.assert_close(onscreen_at(-azimuth, images.flip(2).flatten(2)), original)


def test_each_label_frame_uses_the_image_of_its_time() -> None:
    images = torch.randn(1, 2, TILES * VALUES_PER_TILE)
    both = onscreen_at(20.0, images)
    torch.testing.assert_close(both[:, :1], onscreen_at(20.0, images[:, :1])[:, :1])
    torch.testing.assert_close(both[:, 1:], onscreen_at(20.0, images[:, 1:])[:, 1:])


def test_without_images_the_output_is_unchanged() -> None:
    assert torch.equal(attention()(output_at(10.0), None), output_at(10.0))


def test_in_training_some_clips_keep_the_output_of_the_head() -> None:
    torch.manual_seed(1)
    module = attention(skip_rate=0.5).train()
    output = module(output_at(10.0).repeat(64, 1, 1, 1, 1), torch.randn(64, 2, TILES * VALUES_PER_TILE))
    kept = (output[..., 3, :] == 0.25).flatten(1).all(dim=1).sum().item()
    assert 16 < kept < 48


def test_a_model_is_saved_and_loaded_with_its_onscreen_attention(tmp_path) -> None:
    torch.manual_seed(0)
    model = SeldModel(ModelConfig.parse(VALUES, "attending")).eval()
    features, streams = torch.randn(1, 2, 25, 64), {"images": torch.randn(1, 3, TILES * VALUES_PER_TILE)}
    loaded = SeldModel.load(model.save(tmp_path / "model", "# A card"))
    with torch.inference_mode():
        expected = model(features, streams)
        assert torch.equal(loaded(features, streams), expected)
        without = SeldModel(ModelConfig.parse(VALUES | {"onscreen_attention": None}, "without")).eval()
        state = model.state_dict()
        without.load_state_dict({k: v for k, v in state.items() if not k.startswith("onscreen_attention.")})
        assert torch.equal(without(features, streams)[..., :3, :], expected[..., :3, :])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"onscreen_attention": {"stream": "image", "tiles": 8}},
            r"onscreen_attention\.stream: unknown stream 'image'; did you mean 'images'",
        ),
        (
            {"onscreen_attention": {"stream": "images", "tiles": 7}},
            "expected a stream of 7 tiles, got 40 values per token",
        ),
        ({"elements": ["x", "y"]}, "onscreen_attention: requires the element onscreen"),
        (
            {"onscreen_attention": {"stream": "images", "tiles": 8, "field_of_view": 180}},
            "field_of_view",
        ),
    ],
)
def test_invalid_settings_are_an_error(changes: dict, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        SeldModel(ModelConfig.parse(VALUES | changes, "attending"))

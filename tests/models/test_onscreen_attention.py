"""On-screen by a look at where a source is said to be."""

import math

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.onscreen_attention import OnscreenAttention, OnscreenAttentionSettings

TILES, VALUES = 8, 5
VALUES_OF = {
    "name": "gazing",
    "classes": ["bell", "knock"],
    "elements": ["x", "y", "distance", "onscreen"],
    "features": {"parts": [{"name": "log-mel"}]},
    "streams": {"pictures": TILES * VALUES},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "fusion": {"name": "cross-modal-conformer", "conformer": {"layers": 1, "heads": 2, "feedforward": 8}},
    "gaze": {"stream": "pictures", "tiles": TILES, "hidden": 6},
}


def gaze(unseen: float = 0.0) -> OnscreenAttention:
    torch.manual_seed(0)
    made = OnscreenAttention(
        OnscreenAttentionSettings(stream="pictures", tiles=TILES), TILES * VALUES, 2, unseen
    )
    torch.nn.init.normal_(made.expect)
    return made.eval()


def answer(azimuth: float) -> torch.Tensor:
    """One clip of two frames and three tracks that all point there, on-screen 0.25."""
    output = torch.zeros(1, 2, 3, 4, 2)
    output[..., 0, :], output[..., 1, :] = math.cos(math.radians(azimuth)), math.sin(math.radians(azimuth))
    output[..., 3, :] = 0.25
    return output


def said(azimuth: float, pictures: torch.Tensor, of: OnscreenAttention | None = None) -> torch.Tensor:
    with torch.inference_mode():
        return (of or gaze())(answer(azimuth), pictures)[..., 3, :]


@pytest.mark.parametrize(("azimuth", "tile"), [(49.0, 0), (46.0, 0), (4.0, 3), (-4.0, 4), (-49.0, 7)])
def test_it_looks_at_the_tile_in_the_sources_direction(azimuth: float, tile: int) -> None:
    pictures = torch.zeros(1, 1, TILES, VALUES)
    nothing = said(azimuth, pictures.flatten(2))
    changes = []
    for place in range(TILES):
        there = pictures.clone()
        there[:, :, place] = 3.0
        changes.append((said(azimuth, there.flatten(2)) - nothing).abs().max().item())
    assert changes[tile] == max(changes) > 0
    assert sum(change > 0 for change in changes) <= 2


def test_left_and_right_are_alike_to_it() -> None:
    pictures = torch.randn(1, 2, TILES, VALUES)
    for azimuth in (0.0, 13.0, 42.0, 70.0):
        straight = said(azimuth, pictures.flatten(2))
        torch.testing.assert_close(said(-azimuth, pictures.flip(2).flatten(2)), straight)


def test_each_frame_has_the_picture_of_its_time() -> None:
    pictures = torch.randn(1, 2, TILES * VALUES)
    both = said(20.0, pictures)
    torch.testing.assert_close(both[:, :1], said(20.0, pictures[:, :1])[:, :1])
    torch.testing.assert_close(both[:, 1:], said(20.0, pictures[:, 1:])[:, 1:])


def test_without_pictures_the_head_is_believed() -> None:
    assert torch.equal(gaze()(answer(10.0), None), answer(10.0))


def test_in_training_some_clips_are_left_to_the_head() -> None:
    torch.manual_seed(1)
    made = gaze(unseen=0.5).train()
    output = made(answer(10.0).repeat(64, 1, 1, 1, 1), torch.randn(64, 2, TILES * VALUES))
    left = (output[..., 3, :] == 0.25).flatten(1).all(dim=1).sum().item()
    assert 16 < left < 48


def test_a_model_is_saved_and_loaded_with_its_gaze(tmp_path) -> None:
    torch.manual_seed(0)
    model = SeldModel(ModelConfig.parse(VALUES_OF, "gazing")).eval()
    features, streams = torch.randn(1, 2, 25, 64), {"pictures": torch.randn(1, 3, TILES * VALUES)}
    loaded = SeldModel.load(model.save(tmp_path / "model", "# A card"))
    with torch.inference_mode():
        expected = model(features, streams)
        assert torch.equal(loaded(features, streams), expected)
        without = SeldModel(ModelConfig.parse(VALUES_OF | {"gaze": None}, "blind")).eval()
        without.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("gaze.")})
        assert torch.equal(without(features, streams)[..., :3, :], expected[..., :3, :])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"gaze": {"stream": "picture", "tiles": 8}},
            "no stream is named 'picture'; did you mean 'pictures'",
        ),
        ({"gaze": {"stream": "pictures", "tiles": 7}}, "expected a stream of 7 tiles, got 40 values a token"),
        ({"elements": ["x", "y"]}, "elements have no onscreen; add it, or leave gaze out"),
        ({"gaze": {"stream": "pictures", "tiles": 8, "field_of_view": 180}}, "field_of_view"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(changes: dict, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        SeldModel(ModelConfig.parse(VALUES_OF | changes, "gazing"))

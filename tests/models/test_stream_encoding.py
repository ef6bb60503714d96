"""Streams before the fusion: encoded, dropped in training, replaced by a placeholder if missing."""

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import MissingStreamWarning, ModelConfig, SeldModel
from seldkit.models.stream_encoders.tiles import TilesSettings

VALUES = {
    "name": "audiovisual",
    "classes": ["bell", "knock"],
    "features": {"parts": [{"name": "log-mel"}]},
    "streams": {"clap": 6, "boxes": 4},
    "stream_encoders": {"boxes": {"name": "linear", "dim": 8}},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "fusion": {"name": "cross-modal-conformer", "conformer": {"layers": 1, "heads": 2, "feedforward": 8}},
}


def audiovisual_model(**changes) -> SeldModel:
    torch.manual_seed(0)
    return SeldModel(ModelConfig.parse(VALUES | changes, "audiovisual"))


def inputs(batch: int = 2):
    return torch.randn(batch, 2, 25, 64), {
        "clap": torch.randn(batch, 3, 6),
        "boxes": torch.randn(batch, 7, 4),
    }


def test_a_missing_stream_is_an_error():
    features, streams = inputs()
    with pytest.raises(
        ModelError, match=r"requires the stream 'boxes' of shape \(batch 2, time, 4\), got none"
    ):
        audiovisual_model()(features, {"clap": streams["clap"]})


@torch.inference_mode()
def test_a_learned_placeholder_replaces_a_missing_stream():
    model, (features, streams) = audiovisual_model(stream_dropout=0.3).eval(), inputs()
    placeholder = torch.nn.init.normal_(model.stream_encoders.placeholders["stream-boxes"])
    with pytest.warns(MissingStreamWarning, match="the stream 'boxes' is missing"):
        alone = model(features, {"clap": streams["clap"]})
    expected = model(features, {"clap": streams["clap"], "boxes": placeholder.expand(2, 1, -1)})
    assert torch.allclose(alone, expected, atol=1e-6)


def test_training_drops_the_complete_stream_of_some_clips():
    model = audiovisual_model(stream_dropout=0.3).train()
    streams = {"clap": torch.ones(2000, 3, 6), "boxes": torch.ones(2000, 7, 4)}
    encoded = model.stream_encoders(streams, 2000)
    clap = encoded["clap"]  # without encoder, a dropped clip is the placeholder: zeros before training
    kept = clap.detach().flatten(1)
    assert ((kept == 0).all(dim=1) | (kept == 1).all(dim=1)).all()
    assert float((kept[:, 0] == 0).double().mean()) == pytest.approx(0.3, abs=0.04)
    clap.sum().backward()
    assert model.stream_encoders.placeholders["stream-clap"].grad.any()


def test_nothing_is_dropped_in_eval_and_without_dropout():
    _, streams = inputs()
    model = audiovisual_model(stream_dropout=0.9).eval()
    assert torch.equal(model.stream_encoders(streams, 2)["clap"], streams["clap"])
    assert torch.equal(audiovisual_model().train().stream_encoders(streams, 2)["clap"], streams["clap"])
    assert "placeholders" not in "".join(audiovisual_model().state_dict())


def test_a_model_with_fewer_streams_has_the_same_weights():
    config = audiovisual_model().config
    fewer = config.with_streams(["clap"])
    assert list(fewer.streams) == ["clap"]
    assert fewer.stream_encoders == {}
    assert fewer.fusion_widths == {"clap": 6}
    assert config.fusion_widths == {"clap": 6, "boxes": 8}
    known = SeldModel(config).state_dict()
    assert all(known[name].shape == tensor.shape for name, tensor in SeldModel(fewer).state_dict().items())
    assert SeldModel(config.with_streams([])).config.streams == {}


def test_an_encoder_without_its_stream_is_an_error():
    with pytest.raises(ModelError, match=r"stream_encoders: unknown stream 'boxs'; did you mean 'boxes'\?"):
        audiovisual_model(stream_encoders={"boxs": {"name": "linear"}})


def test_all_tiles_share_one_network():
    settings = TilesSettings(tiles=5, hidden=8, tile_dim=3)
    network = settings.build(20).eval()
    stream = torch.randn(2, 4, 20)
    output = network(stream)
    assert output.shape == (2, 4, settings.dim) == (2, 4, 15)
    flipped = network(stream.unflatten(2, (5, 4)).flip(2).flatten(2))
    torch.testing.assert_close(flipped, output.unflatten(2, (5, 3)).flip(2).flatten(2))


def test_a_width_that_is_no_multiple_of_tiles_is_an_error():
    with pytest.raises(ModelError, match="expected a stream of 3 tiles, got 4 values per token"):
        audiovisual_model(stream_encoders={"boxes": {"name": "tiles", "tiles": 3}})

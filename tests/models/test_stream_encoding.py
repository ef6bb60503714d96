"""Streams on their way to the fusion: encoded, dropped in training, stood in for when missing."""

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import MissingStreamWarning, ModelConfig, SeldModel
from seldkit.models.stream_encoders import TilesSettings

VALUES = {
    "name": "seeing",
    "classes": ["bell", "knock"],
    "features": {"parts": [{"name": "log-mel"}]},
    "streams": {"clap": 6, "boxes": 4},
    "stream_encoders": {"boxes": {"name": "linear", "dim": 8}},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "fusion": {"name": "cross-modal-conformer", "conformer": {"layers": 1, "heads": 2, "feedforward": 8}},
}


def seeing(**changes) -> SeldModel:
    torch.manual_seed(0)
    return SeldModel(ModelConfig.parse(VALUES | changes, "seeing"))


def inputs(batch: int = 2):
    return torch.randn(batch, 2, 25, 64), {
        "clap": torch.randn(batch, 3, 6),
        "boxes": torch.randn(batch, 7, 4),
    }


def test_a_missing_stream_is_an_error():
    features, streams = inputs()
    with pytest.raises(ModelError, match=r"wants the stream 'boxes' of shape \(batch 2, time, 4\), got none"):
        seeing()(features, {"clap": streams["clap"]})


@torch.inference_mode()
def test_what_was_learned_stands_in_for_a_missing_stream():
    model, (features, streams) = seeing(stream_dropout=0.3).eval(), inputs()
    stand_in = torch.nn.init.normal_(model.streams.stand_ins["of-boxes"])
    with pytest.warns(MissingStreamWarning, match="the stream 'boxes' is missing"):
        alone = model(features, {"clap": streams["clap"]})
    said = model(features, {"clap": streams["clap"], "boxes": stand_in.expand(2, 1, -1)})
    assert torch.allclose(alone, said, atol=1e-6)


def test_training_drops_a_stream_of_some_clips_whole():
    model = seeing(stream_dropout=0.3).train()
    streams = {"clap": torch.ones(2000, 3, 6), "boxes": torch.ones(2000, 7, 4)}
    lost = model.streams(streams, 2000)
    clap = lost["clap"]  # it has no encoder, so a lost clip is the stand-in, zeros before training
    kept = clap.detach().flatten(1)
    assert ((kept == 0).all(dim=1) | (kept == 1).all(dim=1)).all()
    assert float((kept[:, 0] == 0).double().mean()) == pytest.approx(0.3, abs=0.04)
    clap.sum().backward()
    assert model.streams.stand_ins["of-clap"].grad.any()


def test_nothing_is_dropped_when_asked_and_without_dropout():
    _, streams = inputs()
    model = seeing(stream_dropout=0.9).eval()
    assert torch.equal(model.streams(streams, 2)["clap"], streams["clap"])
    assert torch.equal(seeing().train().streams(streams, 2)["clap"], streams["clap"])
    assert "stand_ins" not in "".join(seeing().state_dict())


def test_a_model_with_fewer_streams_is_the_same_model():
    config = seeing().config
    fewer = config.with_streams(["clap"])
    assert list(fewer.streams) == ["clap"]
    assert fewer.stream_encoders == {}
    assert fewer.fusion_widths == {"clap": 6}
    assert config.fusion_widths == {"clap": 6, "boxes": 8}
    known = SeldModel(config).state_dict()
    assert all(known[name].shape == tensor.shape for name, tensor in SeldModel(fewer).state_dict().items())
    assert SeldModel(config.with_streams([])).config.streams == {}


def test_an_encoder_without_its_stream_is_refused():
    with pytest.raises(
        ModelError, match=r"stream_encoders: no stream is named 'boxs'; did you mean 'boxes'\?"
    ):
        seeing(stream_encoders={"boxs": {"name": "linear"}})


def test_each_tile_goes_through_the_same_network():
    settings = TilesSettings(tiles=5, hidden=8, each=3)
    network = settings.build(20).eval()
    stream = torch.randn(2, 4, 20)
    given = network(stream)
    assert given.shape == (2, 4, settings.dim) == (2, 4, 15)
    turned = network(stream.unflatten(2, (5, 4)).flip(2).flatten(2))
    torch.testing.assert_close(turned, given.unflatten(2, (5, 3)).flip(2).flatten(2))


def test_tiles_that_do_not_divide_a_stream_are_refused():
    with pytest.raises(ModelError, match="expected a stream of 3 tiles, got 4 values a token"):
        seeing(stream_encoders={"boxes": {"name": "tiles", "tiles": 3}})

"""Every registered encoder, stream encoder, fusion and head keeps what training and detection build on."""

import pytest
import torch

from seldkit.models import ENCODERS, FUSIONS, HEADS, STREAM_ENCODERS, ModelConfig, SeldModel

SMALL_CONFORMER = {"layers": 2, "heads": 2, "feedforward": 12, "kernel": 5}
SMALL = {
    "seldnet": {"filters": 8, "rnn_size": 16, "attention_heads": 2},
    "convolutional": {"filters": 16},
    "residual-cnn": {"filters": [4, 8, 8, 16]},
    "cnn-conformer": {"filters": [4, 8, 8, 16], "conformer": SMALL_CONFORMER},
    "temporal-enhancement": {
        "crnn": {
            "name": "seldnet",
            "filters": 8,
            "rnn_size": 16,
            "attention_heads": 2,
            "attention_layers": 0,
        },
        "heads": 2,
        "near": 2,
    },
    "none": {"pooling": 5},
    "linear": {"dim": 16},
    "conformer": {"dim": 16, "conformer": SMALL_CONFORMER},
    "enhancement": {"dim": 16},
    "transformer-decoder": {"heads": 2, "feedforward": 12},
    "cross-modal-conformer": {"conformer": SMALL_CONFORMER},
    "av-conformer": {"conformer": SMALL_CONFORMER},
    "cmaf": {"blocks": {"layers": 2, "heads": 2, "feedforward": 12}},
    "cross-attention": {"blocks": {"layers": 2, "heads": 2, "feedforward": 12}},
    "bidirectional-gru": {"size": 12},
}
"""Sizes that make tests quick; a part that is not listed is tested in its default size."""

HOPS = {10: 240, 16: 150, 5: 480}
"""Samples between feature frames by how many of them an encoder takes into a label frame of 100 ms."""

BATCH, REST = 3, 2  # label frames come of whole ones only: a rest of two feature frames


def part(name: str):
    return {"name": name} | SMALL.get(name, {})


def case(encoder="seldnet", fusion="transformer-decoder", stream="linear", head="accdoa"):
    settings = part(encoder)
    pooling = ENCODERS[encoder].model_validate(settings).pooling
    alone = fusion == "none"
    return {
        "name": "case",
        "classes": ["bell", "knock"],
        "elements": ["x", "y", "distance", "onscreen"],
        "features": {"grid": {"hop": HOPS[pooling]}, "parts": [{"name": "log-mel"}]},
        "streams": {} if alone else {"map": 49, "words": 20},
        "stream_encoders": {} if alone else {"map": part(stream), "words": part(stream)},
        "encoder": settings,
        "fusion": {"name": "none"} if alone else part(fusion),
        "head": part(head),
    }


CASES = {
    **{f"encoder {name}": case(encoder=name, fusion="cross-modal-conformer") for name in ENCODERS.names()},
    "encoder none": case(encoder="none", fusion="av-conformer"),
    **{f"fusion {name}": case(fusion=name) for name in FUSIONS.names()},
    **{f"stream encoder {name}": case(stream=name) for name in STREAM_ENCODERS.names()},
    **{f"head {name}": case(head=name) for name in HEADS.names()},
}


@pytest.fixture(params=CASES)
def model(request):
    torch.manual_seed(0)
    return SeldModel(ModelConfig.parse(CASES[request.param], request.param))


def inputs(model: SeldModel, batch: int = BATCH, labels: int = 9):
    frames = labels * model.config.encoder.pooling + REST
    features = torch.randn(batch, model.features.channel_count, frames, model.features.bins)
    return features, {name: torch.randn(batch, 5, dim) for name, dim in model.config.streams.items()}


def test_gives_the_shape_that_it_promises(model):
    assert model(*inputs(model)).shape == (BATCH, 9, 3, 4, 2)


def test_every_parameter_learns(model):
    output = model(*inputs(model))
    # A weighted sum: a plain one cancels what a norm before it has centred.
    (output * torch.randn_like(output)).sum().backward()
    dead = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert dead == []


@torch.inference_mode()
def test_clips_of_a_batch_do_not_know_each_other(model):
    features, streams = inputs(model.eval())
    together = model(features, streams)
    alone = model(features[1:2], {name: stream[1:2] for name, stream in streams.items()})
    assert torch.allclose(together[1:2], alone, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("samples", [2400, 12_345, 120_000])
def test_silence_of_any_length_passes(model, samples):
    _, streams = inputs(model.eval(), batch=1)
    output = model.predict(torch.zeros(1, 2, samples), streams)
    assert output.isfinite().all()
    assert output.shape[1] == (samples // model.config.features.grid.hop + 1) // model.config.encoder.pooling


@torch.inference_mode()
def test_saved_and_loaded_answers_the_same(model, tmp_path):
    features, streams = inputs(model.eval())
    again = SeldModel.load(model.save(tmp_path / "model", "# Case\n"))
    assert again.config == model.config
    assert not again.training
    assert all(torch.equal(again.state_dict()[name], kept) for name, kept in model.state_dict().items())
    assert torch.allclose(again(features, streams), model(features, streams), atol=1e-6)


def test_one_step_lowers_the_loss(model):
    features, streams = inputs(model)
    target = torch.rand(BATCH, 9, 3, 4, 2)
    model.eval()  # without dropout the two losses differ by the step alone
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
    before = (model(features, streams) - target).square().mean()
    before.backward()
    optimiser.step()
    assert (model(features, streams) - target).square().mean() < before

"""Requirements that every registered encoder, stream encoder, fusion and head meets."""

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
        "local_frames": 2,
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
"""Small sizes for fast tests; parts that are not listed are tested with their defaults."""

LABEL_FRAME_SAMPLES = 2400
BATCH, REMAINDER = 3, 2  # feature frames after the last whole label frame


def part(name: str):
    return {"name": name} | SMALL.get(name, {})


def case(encoder="seldnet", fusion="transformer-decoder", stream="linear", head="accdoa"):
    settings = part(encoder)
    pooling = ENCODERS[encoder].model_validate(settings).pooling
    audio_only = fusion == "none"
    return {
        "name": "case",
        "classes": ["bell", "knock"],
        "elements": ["x", "y", "distance", "onscreen"],
        "features": {"grid": {"hop": LABEL_FRAME_SAMPLES // pooling}, "parts": [{"name": "log-mel"}]},
        "streams": {} if audio_only else {"map": 49, "clap": 20},
        "stream_encoders": {} if audio_only else {"map": part(stream), "clap": part(stream)},
        "encoder": settings,
        "fusion": {"name": "none"} if audio_only else part(fusion),
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
    frames = labels * model.config.encoder.pooling + REMAINDER
    features = torch.randn(batch, model.features.channel_count, frames, model.features.bins)
    return features, {name: torch.randn(batch, 5, dim) for name, dim in model.config.streams.items()}


def test_output_has_the_documented_shape(model):
    assert model(*inputs(model)).shape == (BATCH, 9, 3, 4, 2)


def test_every_parameter_has_a_gradient(model):
    output = model(*inputs(model))
    # A weighted sum, because the plain sum of normalized values is constant.
    (output * torch.randn_like(output)).sum().backward()
    dead = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert dead == []


@torch.inference_mode()
def test_clips_of_a_batch_are_independent(model):
    features, streams = inputs(model.eval())
    together = model(features, streams)
    alone = model(features[1:2], {name: stream[1:2] for name, stream in streams.items()})
    assert torch.allclose(together[1:2], alone, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("samples", [2400, 12_345, 120_000])
def test_silence_of_any_length_is_finite(model, samples):
    _, streams = inputs(model.eval(), batch=1)
    output = model.predict(torch.zeros(1, 2, samples), streams)
    assert output.isfinite().all()
    assert output.shape[1] == (samples // model.config.features.grid.hop + 1) // model.config.encoder.pooling


@torch.inference_mode()
def test_a_loaded_model_gives_the_same_output(model, tmp_path):
    features, streams = inputs(model.eval())
    again = SeldModel.load(model.save(tmp_path / "model", "# Case\n"))
    assert again.config == model.config
    assert not again.training
    assert all(torch.equal(again.state_dict()[name], kept) for name, kept in model.state_dict().items())
    assert torch.allclose(again(features, streams), model(features, streams), atol=1e-6)


def test_one_step_lowers_the_loss(model):
    features, streams = inputs(model)
    target = torch.rand(BATCH, 9, 3, 4, 2)
    model.eval()  # without dropout the losses differ only by the step
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
    before = (model(features, streams) - target).square().mean()
    before.backward()
    optimiser.step()
    assert (model(features, streams) - target).square().mean() < before

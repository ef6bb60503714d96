"""Every registered encoder and fusion keeps the promises that training and detection build on."""

import pytest
import torch

from seldkit.models import ENCODERS, FUSIONS, ModelConfig, SeldModel

CASES = [(encoder, fusion) for encoder in ENCODERS.names() for fusion in FUSIONS.names()]
BATCH, FRAMES = 3, 47  # an odd number of feature frames: nine label frames and a rest


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def model(request):
    encoder, fusion = request.param
    torch.manual_seed(0)
    config = ModelConfig.parse(
        {
            "name": "case",
            "classes": ["bell", "knock"],
            "elements": ["x", "y", "distance", "onscreen"],
            "features": {"parts": [{"name": "log-mel"}]},
            "streams": {} if fusion == "none" else {"map": 49, "words": 20},
            "encoder": {"name": encoder},
            "fusion": {"name": fusion},
        },
        "case",
    )
    return SeldModel(config)


def inputs(model: SeldModel, batch: int = BATCH, frames: int = FRAMES):
    features = torch.randn(batch, model.features.channel_count, frames, model.features.bins)
    return features, {name: torch.randn(batch, 5, dim) for name, dim in model.config.streams.items()}


def test_gives_the_shape_that_it_promises(model):
    assert model(*inputs(model)).shape == (BATCH, FRAMES // model.config.encoder.pooling, 3, 4, 2)


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
@pytest.mark.parametrize("samples", [2400, 12_345, 24_000, 120_000])
def test_silence_of_any_length_passes(model, samples):
    _, streams = inputs(model.eval(), batch=1)
    output = model.hear(torch.zeros(1, 2, samples), streams)
    assert output.isfinite().all()
    assert output.shape[1] == (samples // 480 + 1) // 5


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
    target = torch.rand(BATCH, FRAMES // model.config.encoder.pooling, 3, 4, 2)
    model.eval()  # without dropout the two losses differ by the step alone
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2)
    before = (model(features, streams) - target).square().mean()
    before.backward()
    optimiser.step()
    assert (model(features, streams) - target).square().mean() < before

"""Requirements that the model of every shipped recipe meets, in its own size."""

from tempfile import TemporaryDirectory

import pytest
import torch

from seldkit.accdoa import AdpitLoss
from seldkit.models import SeldModel
from seldkit.training import read_recipe, recipe_names

BATCH, LABELS, REMAINDER = 2, 5, 1  # feature frames after the last whole label frame
PARAMETERS = {"dcase2025-audio": 734_261, "dcase2025-audiovisual": 2_064_348}
"""As published; the audio-visual baseline's own number includes a template that it does not use."""

SYSTEMS = {
    "dcase2025-audio",
    "dcase2025-audiovisual",
    "berghi2025-audio",
    "berghi2025-clap",
    "berghi2025-owlvit",
    "berghi2025-clap-owlvit",
    "sun2025",
    "avseld2024-resnet-conformer",
    "avseld2024-resnet-cmaf",
    "avseld2024-resnet-ca",
    "avseld2024-resnet-gru",
    "avseld2024-i3d-conformer",
    "avseld2024-i3d-cmaf",
    "avseld2024-both-conformer",
    "avseld2024-audio",
    "avseld2024-visual",
    "dcase2023-audio",
    "dcase2023-audiovisual",
}


def test_every_published_system_has_its_recipe():
    assert set(recipe_names()) >= SYSTEMS


@pytest.fixture(scope="module", params=recipe_names())
def model(request):
    torch.manual_seed(0)
    return SeldModel(read_recipe(request.param).model)


def inputs(model: SeldModel):
    """Features and streams of different lengths."""
    frames = LABELS * model.config.encoder.pooling + REMAINDER
    features = torch.randn(BATCH, model.features.channel_count, frames, model.features.bins)
    widths = model.config.stream_widths.items()
    return features, {name: torch.randn(BATCH, 4 + i, width) for i, (name, width) in enumerate(widths)}


def targets(model: SeldModel):
    """One source of one class in all frames, two of another class in the first frames."""
    elements = model.config.elements
    target = torch.zeros(BATCH, LABELS, 6, 1 + len(elements), len(model.config.classes))
    values = torch.tensor(
        [{"x": 0.6, "y": 0.8, "z": 0.0, "distance": 2.0, "onscreen": 1.0}[e] for e in elements]
    )
    target[:, :, 0, :, 0] = torch.cat([torch.ones(1), values])
    target[:, :2, 1:3, :, 3] = torch.cat([torch.ones(1), values])
    return target


def test_the_number_of_parameters_is_the_published_one(model):
    assert model.parameter_count == PARAMETERS.get(model.config.name, model.parameter_count)


def test_every_parameter_has_a_gradient(model):
    output = model.train()(*inputs(model))
    # A weighted sum, because the plain sum of normalized values is constant.
    (output * torch.randn_like(output)).sum().backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad()
    assert [name for name, gradient in gradients.items() if gradient is None or not gradient.any()] == []


def test_one_step_lowers_the_loss(model):
    (features, streams), target = inputs(model), targets(model)
    loss = AdpitLoss(model.config.elements)
    model.eval()  # without dropout the losses differ only by the step
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-3)
    before = loss(model(features, streams), target)
    before.backward()
    optimiser.step()
    model.zero_grad()
    assert loss(model(features, streams), target) < before


@torch.inference_mode()
def test_clips_of_a_batch_are_independent(model):
    features, streams = inputs(model.eval())
    together = model(features, streams)
    assert together.shape == (BATCH, LABELS, 3, len(model.config.elements), 13)
    alone = model(features[1:2], {name: stream[1:2] for name, stream in streams.items()})
    assert torch.allclose(together[1:2], alone, atol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("samples", [2400, 12_345])
def test_silence_of_any_length_is_finite(model, samples):
    _, streams = inputs(model.eval())
    silent = {name: torch.zeros_like(stream[:1]) for name, stream in streams.items()}
    output = model.predict(torch.zeros(1, model.features.input_channels, samples), silent)
    assert output.shape[1] == samples // 2400
    assert output.isfinite().all()


@torch.inference_mode()
def test_a_loaded_model_gives_the_same_output(model):
    features, streams = inputs(model.eval())
    with TemporaryDirectory() as folder:  # up to half a gigabyte, which tmp_path would keep
        again = SeldModel.load(model.save(f"{folder}/model", "# A recipe's model\n"))
    assert again.config == model.config
    assert torch.allclose(again(features, streams), model(features, streams), atol=1e-6)


def test_stages_can_initialize_the_next_stage(model):
    """A stage with fewer streams builds, and its audio encoder fits the whole model."""
    state = model.state_dict()
    for stage in read_recipe(model.config.name).training.stages:
        if stage.streams is not None:
            early = SeldModel(model.config.with_streams(stage.streams)).state_dict()
            fits = {
                name for name, tensor in early.items() if name in state and state[name].shape == tensor.shape
            }
            assert {name for name in early if name.startswith("encoder.")} <= fits

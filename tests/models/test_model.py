"""The assembled model: shapes, errors, saving and loading."""

import re

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import DecodingConfig, ModelConfig, SeldModel, inspect_model

TINY = {
    "name": "tiny",
    "features": {"parts": [{"name": "log-mel"}]},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "head": {"name": "accdoa", "hidden": 8},
}
VISUAL = TINY | {"streams": {"map": 49}, "fusion": {"name": "transformer-decoder", "feedforward": 8}}


def tiny(values=TINY, **changes) -> SeldModel:
    return SeldModel(ModelConfig.parse(values | changes, "tiny"))


def test_five_seconds_are_fifty_label_frames():
    assert tiny().predict(torch.randn(1, 2, 120_000)).shape == (1, 50, 3, 3, 13)


def test_prediction_is_features_then_forward():
    model, waveform = tiny().eval(), torch.randn(2, 2, 24_000)
    assert torch.allclose(model.predict(waveform), model(model.features(waveform)), atol=1e-6)


def test_elements_are_in_their_ranges():
    model = tiny(elements=["x", "y", "z", "distance", "onscreen"])
    torch.nn.init.normal_(model.head.output.weight, std=100.0)
    output = model(torch.randn(2, 2, 50, 64))
    assert output[..., :3, :].abs().max() <= 1
    assert output[..., :3, :].min() < 0
    assert output[..., 3, :].min() == 0
    assert output[..., 3, :].max() > 1
    assert 0 <= output[..., 4, :].min() <= output[..., 4, :].max() <= 1


@pytest.mark.parametrize(
    "shape", [(2, 1, 50, 64), (2, 2, 50, 63), (2, 2, 4, 64), (0, 2, 50, 64), (2, 50, 64)]
)
def test_features_of_another_shape_are_an_error(shape):
    with pytest.raises(
        ModelError,
        match=re.escape(f"(batch, 2, frames, 64) of at least 5 frames (one label frame), got {shape}"),
    ):
        tiny()(torch.zeros(shape))


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        (None, r"'map' of shape \(batch 2, time, 49\), got none"),
        ({"map": torch.zeros(2, 50, 48)}, r"'map' of shape \(batch 2, time, 49\), got \(2, 50, 48\)"),
        ({"map": torch.zeros(1, 50, 49)}, r"got \(1, 50, 49\)"),
        ({"map": torch.zeros(2, 7, 7, 49)}, r"got \(2, 7, 7, 49\)"),
        ({"map": torch.zeros(2, 0, 49)}, r"got \(2, 0, 49\)"),
        (
            {"map": torch.zeros(2, 5, 49), "clap": torch.zeros(2, 5, 4)},
            r"no stream 'clap', got \(2, 5, 4\).*map",
        ),
    ],
)
def test_streams_of_another_name_or_shape_are_an_error(streams, message):
    with pytest.raises(ModelError, match=message):
        tiny(VISUAL)(torch.zeros(2, 2, 50, 64), streams)


def test_a_stream_may_have_another_rate():
    model = tiny(VISUAL)
    assert model(torch.zeros(2, 2, 50, 64), {"map": torch.randn(2, 3, 49)}).shape == (2, 10, 3, 3, 13)


def test_stream_order_does_not_matter():
    model = tiny(VISUAL, streams={"b": 4, "a": 6}).eval()
    a, b, features = torch.randn(1, 3, 6), torch.randn(1, 2, 4), torch.randn(1, 2, 50, 64)
    assert torch.allclose(model(features, {"a": a, "b": b}), model(features, {"b": b, "a": a}), atol=1e-6)


def test_a_written_configuration_is_read_back_unchanged(tmp_path):
    config = ModelConfig.parse(
        VISUAL | {"decoding": {"threshold": [0.3] * 13, "unify": 30}, "window_frames": 20}, "tiny"
    )
    (tmp_path / "config.yaml").write_text(config.yaml())
    assert ModelConfig.read(tmp_path / "config.yaml") == config
    assert config.decoding == DecodingConfig(threshold=(0.3,) * 13, unify=30.0)


def test_a_network_that_is_too_large_is_not_built():
    with pytest.raises(ModelError, match="parameters, expected at most"):
        tiny(encoder={"name": "seldnet", "rnn_size": 4096, "rnn_layers": 64})


def test_saving_replaces_only_a_model_directory(tmp_path):
    tiny(name="first").save(tmp_path / "model", "# First\n")
    second = tiny(name="second")
    second.save(tmp_path / "model", "# Second\n")
    assert SeldModel.load(tmp_path / "model").config.name == "second"
    assert (tmp_path / "model" / "README.md").read_text() == "# Second\n"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    (tmp_path / "notes").mkdir()
    with pytest.raises(ModelError, match="exists and is not a model directory"):
        second.save(tmp_path / "notes", "# Lost\n")


def test_a_failed_save_keeps_the_existing_model(tmp_path):
    tiny(name="first").save(tmp_path / "model", "# First\n")
    with pytest.raises(UnicodeEncodeError):
        tiny(name="second").save(tmp_path / "model", "\ud800")
    assert SeldModel.load(tmp_path / "model").config.name == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_all_files_have_the_same_permissions(tmp_path):
    tiny().save(tmp_path / "model", "# Tiny\n")
    assert len({path.stat().st_mode for path in (tmp_path / "model").iterdir()}) == 1


def test_standardisation_is_saved_with_the_weights(tmp_path):
    model = tiny(features={"parts": [{"name": "log-mel"}], "standardise": True})
    waveform = torch.randn(2, 2, 24_000)
    model.features.fit_standardisation([model.features.extract_raw(waveform)])
    again = SeldModel.load(model.eval().save(tmp_path / "model", "# Tiny\n"))
    assert torch.allclose(model.predict(waveform), again.predict(waveform), atol=1e-6)


def test_inspection_describes_a_directory(tmp_path):
    model = tiny(VISUAL)
    report = inspect_model(model.save(tmp_path / "model", "# Tiny\n"))
    assert (report.kind, report.name, report.problems) == ("model directory", "tiny", [])
    assert report.parameters == model.parameter_count
    assert report.streams == {"map": 49}
    assert report.features == ["stereo at 24000 Hz", "log-mel"]
    assert report.dtypes["float32"] == sum(
        tensor.is_floating_point() for tensor in model.state_dict().values()
    )
    assert report.size > 4 * model.parameter_count


def test_inspection_reports_every_problem(tmp_path):
    path = tiny().save(tmp_path / "model", "# Tiny\n")
    (path / "config.yaml").write_text("name: tiny\nencodr: {}\n")
    (path / "model.safetensors").write_bytes(b"")
    (path / "README.md").unlink()
    problems = "\n".join(inspect_model(path).problems)
    assert "did you mean 'encoder'?" in problems
    assert "not a complete safetensors file" in problems
    assert "README.md: missing" in problems

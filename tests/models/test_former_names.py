"""Model directories of earlier versions load: former tensor names and former keys."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

import seldkit
from seldkit.errors import ModelError
from seldkit.models import ModelConfig, SeldModel, inspect_model
from seldkit.models.former_names import current_tensor_name
from seldkit.models.network import outline_network

DEFAULT = Path(seldkit.__file__).parent / "models" / "default"
NAMES_821CCF4 = Path(__file__).with_name("tensor_names_821ccf4.txt")
"""Names of the default model's tensors at commit 821ccf4."""

CONFORMER = {"layers": 1, "heads": 2, "feedforward": 8, "kernel": 3}
CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "on-screen attention and streams": (
        {
            "elements": ["x", "y", "distance", "onscreen"],
            "streams": {"pictures": 12},
            "stream_encoders": {"pictures": {"name": "tiles", "tiles": 4, "each": 2}},
            "stream_dropout": 0.1,
            "fusion": {"name": "cross-modal-conformer", "conformer": dict(CONFORMER)},
            "gaze": {"stream": "pictures", "tiles": 4, "hidden": 6},
        },
        {
            "gaze.look.weight": "onscreen_attention.tile_projection.weight",
            "gaze.expect": "onscreen_attention.class_embedding",
            "gaze.aside.bias": "onscreen_attention.azimuth_projection.bias",
            "gaze.judge.weight": "onscreen_attention.output.weight",
            "gaze.norm.running_mean": "onscreen_attention.norm.running_mean",
            "streams.encoders.of-pictures.network.0.weight": (
                "stream_encoders.encoders.stream-pictures.network.0.weight"
            ),
            "streams.stand_ins.of-pictures": "stream_encoders.placeholders.stream-pictures",
            "fusion.projections.from-pictures.0.weight": "fusion.projections.stream-pictures.0.weight",
            "fusion.conformer.layers.0.streams.from-pictures.norm.bias": (
                "fusion.conformer.layers.0.cross_attention.stream-pictures.norm.bias"
            ),
        },
    ),
    "Conformer": (
        {
            "encoder": {"name": "cnn-conformer", "filters": [4, 4, 4, 8], "conformer": dict(CONFORMER)},
            "hop": 150,
        },
        {
            "encoder.conformer.layers.0.first.1.weight": "encoder.conformer.layers.0.ffn1.1.weight",
            "encoder.conformer.layers.0.last.4.bias": "encoder.conformer.layers.0.ffn2.4.bias",
            "encoder.conformer.layers.0.attention.out_proj.bias": (
                "encoder.conformer.layers.0.self_attention.out_proj.bias"
            ),
            "encoder.conformer.layers.0.attention_norm.bias": (
                "encoder.conformer.layers.0.self_attention_norm.bias"
            ),
            "encoder.conformer.layers.0.convolution.gated.bias": (
                "encoder.conformer.layers.0.convolution.pointwise1.bias"
            ),
            "encoder.conformer.layers.0.convolution.pointwise.bias": (
                "encoder.conformer.layers.0.convolution.pointwise2.bias"
            ),
        },
    ),
    "temporal enhancement": (
        {
            "encoder": {
                "name": "temporal-enhancement",
                "crnn": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
                "layers": 1,
                "heads": 2,
                "near": 2,
            }
        },
        {
            "encoder.layers.0.wide.in_proj_weight": "encoder.layers.0.global_attention.in_proj_weight",
            "encoder.layers.0.narrow.in_proj_weight": "encoder.layers.0.local_attention.in_proj_weight",
        },
    ),
    "cross-modal attentive fusion": (
        {
            "streams": {"pictures": 12},
            "stream_encoders": {"pictures": {"name": "enhancement", "dim": 8}},
            "fusion": {"name": "cmaf", "blocks": {"layers": 1, "heads": 2, "feedforward": 8}},
        },
        {
            "fusion.layers.0.blocks.1.itself.in_proj_bias": (
                "fusion.layers.0.blocks.1.self_attention.in_proj_bias"
            ),
            "fusion.layers.0.blocks.1.others.in_proj_bias": (
                "fusion.layers.0.blocks.1.cross_attention.in_proj_bias"
            ),
            "streams.encoders.of-pictures.first.0.weight": (
                "stream_encoders.encoders.stream-pictures.input_block.0.weight"
            ),
        },
    ),
    "Conformer of a stream, concatenation": (
        {
            "streams": {"pictures": 12},
            "stream_encoders": {"pictures": {"name": "conformer", "dim": 8, "conformer": dict(CONFORMER)}},
            "fusion": {"name": "av-conformer", "conformer": dict(CONFORMER)},
        },
        {
            "streams.encoders.of-pictures.1.layers.0.first.1.weight": (
                "stream_encoders.encoders.stream-pictures.1.layers.0.ffn1.1.weight"
            ),
            "fusion.together.norm.weight": "fusion.concatenation.norm.weight",
        },
    ),
}
"""Keys of a former configuration, and former names of tensors with their current names."""


def former_values(changes: dict[str, Any]) -> dict[str, Any]:
    values = {
        "name": "former",
        "classes": ["bell", "knock"],
        "features": {"grid": {"hop": changes.get("hop", 480)}, "parts": [{"name": "log-mel"}]},
        "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    }
    return values | {key: value for key, value in changes.items() if key != "hop"}


@pytest.mark.parametrize("case", CASES)
def test_a_former_directory_loads_with_the_same_weights(case: str, tmp_path: Path) -> None:
    changes, names = CASES[case]
    values = former_values(changes)
    model = SeldModel(ModelConfig.parse(values, case))
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.1, 1.0)
    path = model.save(tmp_path / "model", "# Former\n")
    former = {current: name for name, current in names.items()}
    assert former.keys() <= model.state_dict().keys()
    state = {former.get(name, name): tensor for name, tensor in load_file(path / "model.safetensors").items()}
    save_file(state, path / "model.safetensors")
    (path / "config.yaml").write_text(yaml.safe_dump(values))

    assert inspect_model(path).problems == []
    loaded = SeldModel.load(path)
    assert loaded.config == model.config
    expected = model.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in loaded.state_dict().items())


def test_the_default_model_of_821ccf4_loads(tmp_path: Path) -> None:
    config = ModelConfig.read(DEFAULT / "config.yaml")
    expected = outline_network(config).state_dict()
    former = NAMES_821CCF4.read_text().split()
    current = {current_tensor_name(name, expected): name for name in former}
    assert current.keys() == expected.keys()

    path = tmp_path / "model"
    path.mkdir()
    state = load_file(DEFAULT / "model.safetensors")
    save_file({current[name]: tensor for name, tensor in state.items()}, path / "model.safetensors")
    text = (DEFAULT / "config.yaml").read_text()
    for new, old in (("onscreen_attention:", "gaze:"), ("tile_dim:", "each:"), ("half_width:", "reach:")):
        assert new in text
        text = text.replace(new, old)
    (path / "config.yaml").write_text(text)
    loaded = SeldModel.load(path)
    assert loaded.config == config
    assert all(torch.equal(tensor, state[name]) for name, tensor in loaded.state_dict().items())


def test_names_that_the_configuration_defines_are_not_translated() -> None:
    own = "encoder.layers.0.first.weight"
    assert current_tensor_name(own, {own, "encoder.layers.0.ffn1.weight"}) == own
    assert current_tensor_name("unknown.weight", {own}) == "unknown.weight"


def test_a_key_under_both_names_is_an_error() -> None:
    attention = {"stream": "pictures", "tiles": 4}
    changes = {"gaze": attention, "onscreen_attention": attention, "streams": {"pictures": 12}}
    with pytest.raises(ModelError, match="'onscreen_attention' is given twice, once under a former name"):
        ModelConfig.parse(former_values(changes), "config.yaml")


def test_saved_configurations_have_current_keys() -> None:
    config = ModelConfig.parse(former_values(CASES["on-screen attention and streams"][0]), "config.yaml")
    text = config.yaml()
    assert "onscreen_attention:" in text
    assert "tile_dim:" in text
    assert "gaze" not in text

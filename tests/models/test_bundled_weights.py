"""Weights of frozen encoders in model directories: found there first, copied, and never outside."""

from pathlib import Path

import pytest
import torch

from seldkit.datasets.store_settings import StoreSettings
from seldkit.embeddings.compact_weights import write_compact_weights
from seldkit.embeddings.networks.yamnet_network import Yamnet
from seldkit.errors import ModelError
from seldkit.models import Ensemble, ModelConfig, SeldModel
from seldkit.models.bundled_weights import resolve_weight_paths
from seldkit.models.model_report import inspect_model

VALUES = {
    "name": "tiny",
    "classes": ["knock", "bell"],
    "features": {
        "grid": {"sample_rate": 24000, "window": 1600, "hop": 800, "n_fft": 2048, "mels": 16},
        "parts": [{"name": "log-mel"}],
    },
    "streams": {"tagger": {"embedding": "yamnet", "weights": "ears.safetensors"}},
    "encoder": {"name": "convolutional", "filters": 4, "time_pools": [3, 1, 1], "bin_pools": [4, 2, 2]},
    "fusion": {"name": "bidirectional-gru", "size": 8, "layers": 1},
}


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of weights, with those of a YAMNet in it."""
    monkeypatch.setenv("SELDKIT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    return ears(tmp_path / "weights" / "ears.safetensors", seed=0)


def ears(path: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    state = Yamnet().state_dict()
    return write_compact_weights(
        path, state, {name: 8 for name, tensor in state.items() if tensor.dim() == 4}
    )


def config() -> ModelConfig:
    return ModelConfig.parse(VALUES, "tiny")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return SeldModel(config()).save(tmp_path / "model", "# Tiny\n")


def place_of(model: SeldModel) -> str:
    return str(model.config.streams["tagger"].weights)  # type: ignore[union-attr]


def test_saving_copies_the_weights_of_frozen_encoders(saved: Path, weights: Path) -> None:
    assert (saved / "ears.safetensors").read_bytes() == weights.read_bytes()
    assert "weights: ears.safetensors" in (saved / "config.yaml").read_text()
    assert inspect_model(saved).problems == []


def test_the_file_in_the_model_directory_has_priority(saved: Path, weights: Path) -> None:
    weights.unlink()
    model = SeldModel.load(saved)
    assert place_of(model) == str((saved / "ears.safetensors").resolve())
    model.config.embeddings["tagger"].load()


def test_saving_a_loaded_model_keeps_bundled_weights(saved: Path, weights: Path, tmp_path: Path) -> None:
    held = weights.read_bytes()
    weights.unlink()
    model = SeldModel.load(saved)
    for place in (tmp_path / "other", saved):
        model.save(place, "# Tiny\n")
        assert (place / "ears.safetensors").read_bytes() == held
        assert str(tmp_path) not in (place / "config.yaml").read_text()


def test_the_path_of_weights_does_not_change_the_key_of_a_store(saved: Path) -> None:
    here = SeldModel.load(saved).config
    bare, found = (StoreSettings.from_config(one, "starss", None, "float32") for one in (config(), here))
    assert (bare.key, bare) == (found.key, found)
    assert found.embeddings == here.embeddings


def test_models_with_copies_of_the_same_weights_fit_in_one_ensemble(saved: Path, tmp_path: Path) -> None:
    other = SeldModel(config()).save(tmp_path / "other", "# Tiny\n")
    Ensemble([SeldModel.load(saved), SeldModel.load(other)])
    ears(other / "ears.safetensors", seed=1)
    with pytest.raises(ModelError, match=r"cannot be in one ensemble: streams\.tagger"):
        Ensemble([SeldModel.load(saved), SeldModel.load(other)])


def test_a_link_out_of_the_directory_is_an_error(saved: Path, weights: Path) -> None:
    (saved / "ears.safetensors").unlink()
    (saved / "ears.safetensors").symlink_to(weights)
    with pytest.raises(ModelError, match="leads out of the model directory"):
        SeldModel.load(saved)
    assert any("leads out" in problem for problem in inspect_model(saved).problems)


@pytest.mark.parametrize("name", ["../weights/ears.safetensors", "inner/ears.safetensors"])
def test_paths_are_not_resolved_in_the_directory(name: str, saved: Path) -> None:
    (saved / "inner").mkdir()
    (saved / "inner" / "ears.safetensors").touch()
    streams = {"tagger": {"embedding": "yamnet", "weights": name}}
    given = ModelConfig.parse(VALUES | {"streams": streams}, "tiny")
    assert resolve_weight_paths(given, saved) is given


def test_two_files_of_one_name_are_an_error(saved: Path, weights: Path, tmp_path: Path) -> None:
    streams = {
        "tagger": {"embedding": "yamnet", "weights": str(weights)},
        "other": {"embedding": "yamnet", "weights": str(ears(tmp_path / "b" / "ears.safetensors", seed=1))},
    }
    with pytest.raises(ModelError, match="different weights with the same name"):
        SeldModel(ModelConfig.parse(VALUES | {"streams": streams}, "tiny")).save(tmp_path / "m", "#\n")


def test_weights_with_a_reserved_name_are_an_error(weights: Path, tmp_path: Path) -> None:
    weights.rename(weights.with_name("model.safetensors"))
    streams = {"tagger": {"embedding": "yamnet", "weights": "model.safetensors"}}
    with pytest.raises(ModelError, match=r"cannot be named model\.safetensors"):
        SeldModel(ModelConfig.parse(VALUES | {"streams": streams}, "tiny")).save(tmp_path / "m", "#\n")


def test_inspection_reports_missing_and_damaged_weights(saved: Path) -> None:
    (saved / "ears.safetensors").write_bytes(b"no weights")
    (problem,) = inspect_model(saved).problems
    assert "ears.safetensors cannot be read as safetensors" in problem
    (saved / "ears.safetensors").unlink()
    (problem,) = inspect_model(saved).problems
    assert "requires the weights ears.safetensors, which are not in this directory" in problem

"""Compact files of weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from seldkit.embeddings import EfficientNetLiteSettings, YamnetSettings
from seldkit.embeddings.compact_weights import read_compact_weights, write_compact_weights
from seldkit.embeddings.networks.efficientnet_lite_network import EfficientNetLite
from seldkit.embeddings.networks.yamnet_network import Yamnet
from seldkit.errors import ModelError


def test_weights_on_a_grid_of_8_bits_are_reproduced_exactly(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    steps = torch.randint(-120, 121, (6, 40), generator=generator)
    steps[:, 0] = torch.tensor([126, 127, -128, 126, -127, 127])
    values = steps * torch.linspace(1e-4, 3.0, 6)[:, None]
    path = write_compact_weights(tmp_path / "grid.safetensors", {"w": values}, {"w": 8})
    torch.testing.assert_close(read_compact_weights("test", path)["w"], values, rtol=1e-6, atol=0.0)


def test_other_weights_are_reproduced_within_half_a_step(tmp_path: Path) -> None:
    values = torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(1))
    values[3] = 0.0
    kinds = {"eight": 8, "half": 16}
    path = write_compact_weights(
        tmp_path / "w.safetensors", dict.fromkeys(("eight", "half", "whole"), values), kinds
    )  # type: ignore[arg-type]
    tensors = read_compact_weights("test", path)
    assert set(tensors) == {"eight", "half", "whole"}
    step = values.flatten(1).abs().amax(1) / 126
    apart = (tensors["eight"] - values).flatten(1).abs()
    assert (apart.mean(1) <= 0.5 * step).all()
    assert apart.norm() < 0.01 * values.norm()
    torch.testing.assert_close(tensors["half"], values, rtol=1e-3, atol=1e-6)
    assert torch.equal(tensors["whole"], values)


@pytest.mark.parametrize("name", ["yamnet", "efficientnet-lite"])
def test_encoders_read_compact_files(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Yamnet() if name == "yamnet" else EfficientNetLite("lite0")
    state = network.state_dict()
    path = write_compact_weights(tmp_path / "small.safetensors", state, {})
    if name == "yamnet":
        sound = np.random.default_rng(0).normal(0, 0.1, (1, 2, 16000)).astype(np.float32)
        tokens = YamnetSettings(weights=str(path)).load().encode(sound, 16000)
        assert tokens.shape == (1, 2, 1024)
    else:
        encoder = EfficientNetLiteSettings(weights=str(path), columns=7).load()
        tokens = encoder.encode(encoder.preprocess(np.zeros((90, 160, 3), np.uint8))[None])
        assert tokens.shape == (1, 7, 1280)
    assert torch.isfinite(tokens).all()


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"w": torch.zeros(3, 2, dtype=torch.int8)}, "the scales of the 8-bit tensor"),
        (
            {"w": torch.zeros(3, 2, dtype=torch.int8), "w.scale": torch.ones(2)},
            "the scales of the 8-bit tensor",
        ),
        ({"w": torch.zeros(3, dtype=torch.int64)}, "expected floats or 8-bit integers"),
        ({"w": torch.tensor([1.0, float("nan")])}, "NaN or infinity"),
        ({"w": torch.ones(2, 2, dtype=torch.int8), "w.scale": torch.tensor([1.0, torch.inf])}, "NaN"),
        ({"other": torch.zeros(3)}, "does not match the network"),
    ],
)
def test_invalid_files_are_reported(stored: dict[str, torch.Tensor], words: str, tmp_path: Path) -> None:
    save_file(stored, tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match=words) as refusal:
        YamnetSettings(weights=str(tmp_path / "w.safetensors")).load()
    assert "\n" not in str(refusal.value)
    assert "w.safetensors" in str(refusal.value)


def test_damaged_and_missing_files_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SELDKIT_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "w.safetensors").write_bytes(b"\x10" + bytes(7) + b"no header at all")
    with pytest.raises(ModelError, match="cannot be read as safetensors"):
        YamnetSettings(weights="w.safetensors").load()
    with pytest.raises(
        ModelError, match=r"none\.safetensors not found in the working directory or .*weights"
    ):
        YamnetSettings(weights="none.safetensors").load()

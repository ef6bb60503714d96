"""Missing and wrong weights of encoders."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from embeddings.encoders import save_clap, save_owlvit
from seldkit.embeddings import (
    EMBEDDINGS,
    ClapSettings,
    EfficientNetLiteSettings,
    I3dSettings,
    OwlVitSettings,
    PersonBoxSettings,
    PoseSettings,
    ResNet50Settings,
    YamnetSettings,
)
from seldkit.embeddings.pretrained_weights import weights_folder
from seldkit.errors import MissingExtraError, ModelError


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without network, hub cache and packages with weights."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("SELDKIT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr("seldkit.embeddings.pretrained_weights.find_spec", lambda name: None)


WITH_WEIGHTS = [
    name
    for name in EMBEDDINGS.names()
    if {"model", "weights", "detector"} & EMBEDDINGS[name].model_fields.keys()  # type: ignore[attr-defined]
]


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_missing_weights_are_reported_with_files_and_location(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as refusal:
        EMBEDDINGS[name]().load()
    message = str(refusal.value)
    assert "\n" not in message
    assert f"embedding '{name.removesuffix('-map')}'" in message
    hub = "config.json" in message and "model.safetensors" in message and "https://huggingface.co/" in message
    assert hub or ("get it" in message and str(tmp_path / "weights") in message)


def test_the_environment_determines_the_weights_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert weights_folder() == tmp_path / "weights"
    monkeypatch.delenv("SELDKIT_WEIGHTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights_folder() == tmp_path / "seldkit"


def test_an_incomplete_folder_is_reported(tmp_path: Path) -> None:
    folder = save_clap(tmp_path / "clap")
    (folder / "model.safetensors").unlink()
    with pytest.raises(
        ModelError, match=r"model\.safetensors is missing; the folder must contain config\.json"
    ):
        ClapSettings(model=str(folder)).load()


def test_pickled_weights_of_a_hub_model_are_not_read(tmp_path: Path) -> None:
    folder = save_clap(tmp_path / "clap")
    (folder / "model.safetensors").unlink()
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (ran,)  # type: ignore[return-value]

    torch.save(Trap(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        ClapSettings(model=str(folder), dim=32).load()
    torch.save(Trap(), tmp_path / "rgb_imagenet.pt")
    with pytest.raises(ModelError, match="cannot be read as PyTorch weights"):
        I3dSettings(weights=str(tmp_path / "rgb_imagenet.pt")).load()
    assert not ran.exists()


def test_a_model_of_another_type_is_rejected(tmp_path: Path) -> None:
    folder = save_owlvit(tmp_path / "owlvit")
    with pytest.raises(ModelError, match="embedding 'clap'"):
        ClapSettings(model=str(folder)).load()
    with pytest.raises(ModelError, match="embedding 'resnet50'"):
        ResNet50Settings(model=str(save_clap(tmp_path / "clap"))).load()


@pytest.mark.parametrize(
    "settings",
    [
        EfficientNetLiteSettings(weights="{}"),
        I3dSettings(weights="{}"),
        PersonBoxSettings(weights="{}"),
        PoseSettings(detector="{}"),
        YamnetSettings(weights="{}"),
        ResNet50Settings(model="{}.pth"),
    ],
    ids=lambda settings: settings.embedding,
)
def test_a_damaged_file_is_one_line(settings: object, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no weights" * 100)
    text = settings.model_dump()  # type: ignore[attr-defined]
    values = {
        key: str(path) if isinstance(value, str) and "{}" in value else value for key, value in text.items()
    }
    with pytest.raises(ModelError) as refusal:
        type(settings)(**values).load()  # type: ignore[attr-defined]
    assert "weights.pth" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_weights_of_another_network_are_rejected(tmp_path: Path) -> None:
    torch.save({"layer.weight": torch.zeros(3)}, tmp_path / "other.pth")
    for settings in (
        EfficientNetLiteSettings(weights=str(tmp_path / "other.pth")),
        I3dSettings(weights=str(tmp_path / "other.pth")),
        ResNet50Settings(model=str(tmp_path / "other.pth")),
    ):
        with pytest.raises(ModelError, match="does not match the network"):
            settings.load()


def test_a_missing_extra_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'seldkit\[embeddings\]'"):
        OwlVitSettings().load()


def test_loading_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = save_clap(tmp_path / "clap")
    capfd.readouterr()
    ClapSettings(model=str(folder), dim=32).load()  # the text encoder is not loaded
    assert capfd.readouterr() == ("", "")


def test_settings_are_light_to_import() -> None:
    """The configuration of a model imports settings without the libraries of the encoders."""
    code = (
        "import sys, seldkit.embeddings\n"
        "heavy = {'torch', 'transformers', 'onnxruntime', 'onnx', 'PIL', 'av', 'soxr', 'ai_edge_litert'}\n"
        "print(*sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_weights_folder_is_outside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SELDKIT_WEIGHTS")
    assert not weights_folder().is_relative_to(Path(__file__).parent.parent.parent)

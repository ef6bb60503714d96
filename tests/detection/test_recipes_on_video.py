"""Every recipe's system, small and with random weights, hears and sees a video from its directory."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch

from cli.commands import Command
from embeddings.encoders import save_clap, save_owlvit, save_resnet
from seldkit import load
from seldkit.embeddings import EMBEDDINGS
from seldkit.embeddings.registry import Modality
from seldkit.formats import read_annotations
from seldkit.media import write_video
from seldkit.models import ModelConfig, SeldModel
from seldkit.settings import Settings
from seldkit.training import read_recipe, recipe_names

SECONDS, RATE, WINDOW = 2.3, 24_000, 10
SMALL: dict[str, Any] = {
    "rnn_size": 16,
    "rnn_layers": 1,
    "attention_heads": 2,
    "layers": 1,
    "heads": 2,
    "feedforward": 16,
    "kernel": 5,
    "hidden": 16,
    "size": 16,
    "dim": 16,
}
"""Sizes of layers, whatever part they are of; convolutions have as many as they had, of 2 to 16 channels."""


class StandIn(Settings):
    """An encoder with the rate and width of one whose weights no library makes at random."""

    embedding: Literal["stand-in"] = "stand-in"
    modality: Modality
    rate: float
    dim: int

    def load(self, device: str | torch.device = "cpu") -> "StandInEncoder":
        return StandInEncoder(self)


class StandInEncoder:
    """One random direction, as long as what it was given is loud or bright."""

    def __init__(self, settings: StandIn) -> None:
        self._settings = settings
        self._direction = torch.randn(settings.dim, generator=torch.Generator().manual_seed(0))

    def preprocess(self, picture: np.ndarray) -> np.ndarray:
        return picture.mean(axis=(0, 1), dtype=np.float32)

    def encode(self, given: np.ndarray, sample_rate: int = RATE) -> torch.Tensor:
        values = torch.from_numpy(given)
        if self._settings.modality == "audio":
            tokens = round(given.shape[-1] / sample_rate * self._settings.rate)
            return values.std(dim=(1, 2))[:, None, None].expand(-1, tokens, 1) * self._direction
        brightness = values.mean(dim=-1, keepdim=True) / 255  # (pictures, 1) or (batch, pictures, 1)
        tokens = brightness if self._settings.modality == "video" else brightness[:, None]
        return tokens * self._direction


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EMBEDDINGS._parts, "stand-in", StandIn)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What to change in the settings of an encoder for it to be a small one, by its name."""
    folder = tmp_path_factory.mktemp("weights")
    resnet = {"model": str(save_resnet(folder / "resnet"))}
    return {
        "clap": {"model": str(save_clap(folder / "clap")), "dim": 32},
        "owlvit": {"model": str(save_owlvit(folder / "owlvit")), "width": 16},
        "resnet50": resnet,
        "resnet50-map": resnet,
    }


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A video in perspective with stereo sound, and one of 360 degrees with first-order ambisonics."""
    folder, rng = tmp_path_factory.mktemp("videos"), np.random.default_rng(0)
    made = {}
    for name, channels, width in (("stereo", 2, 96), ("foa", 4, 128)):
        sound = rng.normal(0, 0.1, (channels, round(SECONDS * RATE)))
        pictures = rng.integers(0, 256, (round(SECONDS * 10), 64, width, 3), dtype=np.uint8)
        made[name] = write_video(
            folder / f"{name}.mp4", pictures, 10, (sound.astype(np.float32), RATE), preset="ultrafast"
        )
    return made


def small(values: Any, key: str = "") -> Any:
    """The same settings of layers with small sizes."""
    if isinstance(values, dict):
        return {name: small(value, name) for name, value in values.items()}
    if key == "filters":
        return [2, 4, 8, 16][-len(values) :] if isinstance(values, list) else 4
    return values if values is None else SMALL.get(key, values)


def directory(name: str, weights: dict[str, dict[str, object]], folder: Path) -> tuple[Path, ModelConfig]:
    """A saved model of the recipe with that name, and its configuration."""
    recipe = read_recipe(name).model
    values = recipe.model_dump(mode="json")
    for part in ("encoder", "fusion", "head", "stream_encoders"):
        values[part] = small(values[part])
    for stream, settings in recipe.embeddings.items():
        changes = weights.get(settings.embedding)
        values["streams"][stream] = (
            {"embedding": "stand-in", **{key: getattr(settings, key) for key in ("modality", "rate", "dim")}}
            if changes is None
            else {**values["streams"][stream], **changes}
        )
    # Answers of random weights are short vectors.
    values |= {"window_frames": WINDOW, "decoding": {"threshold": 0.02}}
    torch.manual_seed(0)
    model = SeldModel(ModelConfig.parse(values, name))
    return model.save(folder / name, "# Random weights\n"), model.config


@pytest.mark.parametrize("name", recipe_names())
def test_a_video_is_detected_with_audio_and_frames(
    name: str, weights: dict[str, dict[str, object]], videos: dict[str, Path], tmp_path: Path
) -> None:
    path, config = directory(name, weights, tmp_path)
    scene = load(path, device="cpu").detect(videos[config.features.input])
    found = scene.annotations
    assert found.frame_count == round(SECONDS * 10)
    assert len(found) > 0
    assert scene.events
    assert found.frame.max() > 2 * WINDOW  # the last, shorter window too
    assert (found.elevation is not None) == ("z" in config.elements)
    assert (found.onscreen is not None) == ("onscreen" in config.elements)
    assert np.isfinite(found.distance).all() == ("distance" in config.elements)
    assert [note for note in scene.notes if "field of view" not in note] == []


@pytest.mark.parametrize("name", ["berghi2025-clap-owlvit", "avseld2024-resnet-conformer"])
def test_the_command_does_the_same(
    name: str,
    weights: dict[str, dict[str, object]],
    videos: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path, config = directory(name, weights, tmp_path)
    video = videos[config.features.input]
    result = Command(monkeypatch, capfd)(
        "detect", video, "--model", path, "--output", tmp_path / "out", "--format", "json", "--device", "cpu"
    )
    assert result.status == 0, result.err
    written = read_annotations(tmp_path / "out" / f"{video.stem}.json")
    expected = load(path, device="cpu").detect(video).annotations
    assert written.frame_count == expected.frame_count
    np.testing.assert_array_equal(written.frame, expected.frame)
    np.testing.assert_allclose(written.azimuth, expected.azimuth, atol=0.1)

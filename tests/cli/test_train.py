"""`seldkit train` and `seldkit recipes`, as a user runs them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cli.commands import Command, Result
from seldkit.annotations import Annotations
from seldkit.formats import write_annotations
from seldkit.media import write_audio
from seldkit.models import SeldModel
from seldkit.training import recipe_names
from seldkit.training.prepared_sources import PreparedSources
from training.clips import FRAMES, tiny_recipe

CLASS_IDS = ("female speech", "male speech")
CLASS_NAMES = f"model.classes=[{', '.join(CLASS_IDS)}]"
RATE = 8000


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve clips of one second in the DCASE 2025 layout, two of a recording, four of them for testing."""
    root = tmp_path_factory.mktemp("data") / "dcase"
    for number in range(12):
        fold, side = (4, "dev-test-tau") if number >= 8 else (3, "dev-train-tau")
        name = f"fold{fold}_room1_mix{number // 2 + 1:03}_deg000_start{number:04}"
        _write_clip(root, side, name, number)
    return root


def _write_clip(root: Path, side: str, name: str, number: int) -> None:
    class_id = number % 2
    time = np.arange(RATE * FRAMES // 10) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (400, 2000)[class_id] * time)
    noise = 0.01 * np.random.default_rng(number).standard_normal((2, len(time)))
    sides = np.array([[1.0], [0.1]]) if class_id == 0 else np.array([[0.1], [1.0]])
    for folder in ("stereo_dev", "metadata_dev"):
        (root / folder / side).mkdir(parents=True, exist_ok=True)
    write_audio(root / "stereo_dev" / side / f"{name}.wav", (tone * sides + noise).astype(np.float32), RATE)
    frames = np.arange(FRAMES)
    azimuth = np.full(FRAMES, (60.0, -60.0)[class_id])
    labels = Annotations(
        frames, 0 * frames + class_id, 0 * frames, azimuth, 0 * azimuth + 1, FRAMES, onscreen=frames < 0
    )
    write_annotations(labels, root / "metadata_dev" / side / f"{name}.csv")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_recipe().yaml())
    return path


def trained(command: Command, recipe: Path, dataset: Path, output: Path, *options: object) -> Result:
    arguments = ("--data", dataset, "--output", output, "--set", CLASS_NAMES, "--device", "cpu", *options)
    return command("train", recipe, *arguments)


def test_a_data_set_becomes_a_model_directory(
    command: Command, recipe: Path, dataset: Path, tmp_path: Path
) -> None:
    result = trained(command, recipe, dataset, tmp_path / "run", "--set", "training.stages.0.epochs=2")
    assert (result.status, "Traceback" in result.err) == (0, False)
    assert "the model is in" in result.out
    assert SeldModel.load(tmp_path / "run" / "model").config.classes == ("female speech", "male speech")
    again = trained(command, recipe, dataset, tmp_path / "run", "--set", "training.stages.0.epochs=2")
    assert again.status == 0


@pytest.mark.slow
def test_two_processes_train_together(recipe: Path, dataset: Path, tmp_path: Path) -> None:
    """By Lightning's ddp, which begins the second process with the command's own words."""
    command = Path(sys.executable).with_name("seldkit")
    call = [command, "train", recipe, "--data", dataset, "--output", tmp_path / "run", "--set", CLASS_NAMES]
    both = ["--device", "cpu", "--devices", "2", "--strategy", "ddp", "--set", "training.stages.0.epochs=2"]
    done = subprocess.run([*call, *both], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the model is in") == 1
    assert SeldModel.load(tmp_path / "run" / "model").config.name == "tiny"


def test_test_clips_are_not_used_for_training(dataset: Path, tmp_path: Path) -> None:
    config = tiny_recipe().model.model_copy(update={"classes": CLASS_IDS})
    stage = tiny_recipe().training.stages[0]
    clips = PreparedSources({"": dataset}, tmp_path)(config, stage)
    assert len(clips) == 8
    assert set(clips.recordings) == {f"fold 3, room 1, mix {number}" for number in range(1, 5)}
    example = clips[0]
    assert example.reference.frame_count == FRAMES
    assert set(example.reference.azimuth.round()) == {60.0}


def test_errors_are_reported(command: Command, recipe: Path, dataset: Path, tmp_path: Path) -> None:
    cases = {
        "no such stage": (f"other={dataset}",),
        "a second dataset for the same stage": (dataset, dataset),
        "expected": (tmp_path / "nothing",),
    }
    for words, given in cases.items():
        data = [part for folder in given for part in ("--data", folder)]
        result = command("train", recipe, *data, "--output", tmp_path / "run", "--set", CLASS_NAMES)
        assert result.status == 1
        assert words in result.err
        assert len(result.err.strip().splitlines()) == 1


def test_recipes_are_listed(command: Command) -> None:
    result = command("recipes")
    assert result.status == 0
    for name in recipe_names():
        assert name in result.out

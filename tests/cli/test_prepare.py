from pathlib import Path

import pytest

from bad_input.datasets import CONFIG, VALUES
from cli.commands import Command
from datasets.making import foa_set, stereo_set
from seldkit.datasets.store import FeatureStore


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(CONFIG.yaml())
    return path


def test_a_set_is_prepared_and_then_kept(
    command: Command, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stereo_set(tmp_path / "mine", 3)
    result = command("prepare", "mine", "--recipe", recipe)
    assert (result.status, result.err) == (0, "")
    assert "3 clips are in mine-store/" in result.out
    assert "3 computed, 0 kept" in result.out
    assert len(FeatureStore("mine-store", CONFIG)) == 3
    assert "0 computed, 3 kept" in command("prepare", "mine", "--recipe", recipe).out


def test_options_reach_the_store(command: Command, recipe: Path, tmp_path: Path) -> None:
    stereo_set(tmp_path / "set", 2, seconds=2.0)
    result = command(
        *("prepare", tmp_path / "set", "--recipe", recipe, "--output", tmp_path / "out", "--workers", 2),
        *("--hop", 5, "--precision", "float16", "--kind", "dcase2025-stereo"),
    )
    assert result.status == 0
    store = FeatureStore(tmp_path / "out", CONFIG)
    assert len(store) == 6
    assert (store.settings.hop_frames, store.settings.precision) == (5, "float16")


def test_a_recipe_can_be_named(command: Command, tmp_path: Path) -> None:
    stereo_set(tmp_path / "set", 1)
    result = command("prepare", tmp_path / "set", "--recipe", "nosuch", "--output", tmp_path / "out")
    assert result.status == 1
    assert "nosuch: expected" in result.err


def test_a_bad_clip_is_reported_and_the_others_are_processed(
    command: Command, recipe: Path, tmp_path: Path
) -> None:
    stereo_set(tmp_path / "set", 3)
    bad = sorted((tmp_path / "set/stereo_dev").rglob("*.wav"))[0]
    bad.write_bytes(b"no sound")
    result = command("prepare", tmp_path / "set", "--recipe", recipe, "--output", tmp_path / "out")
    assert result.status == 1
    assert f"error: {bad}" in result.err
    assert "1 clips failed" in result.err
    assert "2 clips are in" in result.out


def test_incompatible_inputs_are_reported_in_one_line(command: Command, recipe: Path, tmp_path: Path) -> None:
    foa_set(tmp_path / "set", "starss22")
    result = command("prepare", tmp_path / "set", "--recipe", recipe, "--output", tmp_path / "out")
    assert result.status == 1
    assert result.err.count("\n") == 1
    assert "convert it with seldkit stereo" in result.err
    assert command("prepare", tmp_path / "set").status == 2
    assert command("prepare", tmp_path / "set", "--recipe", recipe, "--hop", 0).status == 2
    result = command("prepare", tmp_path / "set", "--recipe", recipe, "--hop", VALUES["window_frames"] + 1)
    assert result.status == 1

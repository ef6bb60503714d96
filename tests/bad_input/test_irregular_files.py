"""Every reader refuses pipes, devices and oversized files in one line, without waiting for data."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.commands import Command
from seldkit.classes import ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.formats import check_annotations, check_events, read_annotations, read_events
from seldkit.models import SeldModel, load_public_checkpoint
from seldkit.models.yaml_file import read_yaml
from seldkit.synthesis.scene_description import read_description
from seldkit.synthesis.scene_images.image_files import read_photograph
from seldkit.synthesis.sofa_file import read_sofa
from seldkit.training.recipe import read_recipe

READERS: list[tuple[str, Callable[[Path], Any]]] = [
    ("a.csv", read_annotations),
    ("a.json", read_annotations),
    ("recognized.csv", lambda path: read_annotations(path, format=None)),
    ("a.vtt", read_events),
    ("a.events.csv", read_events),
    ("events.json", read_events),
    ("classes.txt", ClassVocabulary.from_file),
    ("config.yaml", read_yaml),
    ("recipe.yaml", read_recipe),
    ("scene.json", read_description),
    ("a.png", read_photograph),
    ("room.sofa", read_sofa),
    ("a.pth", load_public_checkpoint),
]
CASES = pytest.mark.parametrize(("name", "read"), READERS, ids=[name for name, _ in READERS])


@CASES
def test_a_pipe_is_refused(name: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(SeldkitError) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@CASES
def test_a_device_is_refused(name: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(SeldkitError):
        read(tmp_path / name)


@CASES
def test_an_oversized_file_is_refused(name: str, read: Callable[[Path], Any], tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SeldkitError, match="at most"):
        read(tmp_path / name)


@pytest.mark.parametrize("part", ["config.yaml", "model.safetensors", "README.md"])
def test_a_pipe_in_a_model_directory_is_refused(part: str, tmp_path: Path) -> None:
    from bad_input.models import good_model

    directory = good_model(tmp_path)
    (directory / part).unlink()
    os.mkfifo(directory / part)
    with pytest.raises(SeldkitError, match="expected a regular file"):
        SeldModel.load(directory)


def test_a_check_refuses_a_pipe(command: Command, tmp_path: Path) -> None:
    for name, check in (("a.csv", check_annotations), ("a.srt", check_events)):
        os.mkfifo(tmp_path / name)
        with pytest.raises(SeldkitError, match="expected a regular file"):
            check(tmp_path / name)
        inspected = command("inspect", tmp_path / name)
        assert inspected.status == 1
        assert "expected a regular file, got a pipe or a device" in inspected.err


def test_unfinished_files_are_not_annotations_or_recordings(command: Command, tmp_path: Path) -> None:
    left = ".a.csv.00000000-1-00000000-0.part.csv"
    for name in ("a.csv", left):
        (tmp_path / name).write_text("0,3,0,10,150,0\n")
    assert check_annotations(tmp_path).files == 1
    command("convert", tmp_path, "--to", "json", "--output", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.json"]
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    (recordings / left.replace("csv", "wav")).write_bytes(b"half")
    inspected = command("inspect", recordings)
    assert inspected.status == 1
    assert "found none" in inspected.err

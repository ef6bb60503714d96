"""The command that makes scenes."""

from pathlib import Path

import pytest

from cli.commands import Command
from synthesis.sounds import write_sounds
from synthesis.test_measured_responses import sofa


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capfd)


def made(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_inspect_finds_no_problems_in_the_output(command: Command, tmp_path: Path) -> None:
    for layout, size in (("stereo", "128x72"), ("foa", "128x64")):
        folder = tmp_path / layout
        options = ("--layout", layout, "--size", size, "--clips", 3, "--seed", 2, "--balance", 1)
        result = command("synthesize", "--output", folder, *options)
        assert (result.status, result.out) == (0, "")
        assert "3 scenes synthesized, 0 kept" in result.err
        inspected = command("inspect", folder)
        assert inspected.status == 0
        assert "no problems found" in inspected.out


def test_scenes_without_video_are_valid(command: Command, tmp_path: Path) -> None:
    for layout in ("stereo", "foa"):
        folder = tmp_path / layout
        assert (
            command("synthesize", "--output", folder, "--layout", layout, "--clips", 2, "--no-video").status
            == 0
        )
        assert "no problems found" in command("inspect", folder).out


def test_existing_scenes_are_kept(command: Command, tmp_path: Path) -> None:
    options = ("--output", tmp_path, "--no-video")
    assert command("synthesize", *options, "--clips", 1).status == 0
    before = made(tmp_path)
    assert "1 scenes synthesized, 1 kept" in command("synthesize", *options, "--clips", 2).err
    assert before.items() <= made(tmp_path).items()


def test_measured_rooms_are_used_in_turn(command: Command, tmp_path: Path) -> None:
    files = [sofa(tmp_path / f"{name}.sofa") for name in ("kitchen", "hall")]
    options = (
        "--output",
        tmp_path / "set",
        "--responses",
        files[0],
        "--responses",
        files[1],
        "--size",
        "128x72",
    )
    assert command("synthesize", *options, "--clips", 3).status == 0
    stems = [path.stem[:20] for path in sorted((tmp_path / "set/scenes").iterdir())]
    assert stems == ["fold1_room1_mix001_d", "fold1_room1_mix002_d", "fold1_room2_mix001_d"]
    assert "no problems found" in command("inspect", tmp_path / "set").out
    refused = command("synthesize", *options, "--layout", "foa")
    assert refused.status == 1
    assert "kitchen.sofa: expected responses of 4 receivers for --layout foa, got 2" in refused.err


def test_a_description_is_rendered_again(command: Command, tmp_path: Path) -> None:
    sounds = write_sounds(_folder(tmp_path / "sounds"))
    first, again = tmp_path / "first", tmp_path / "again"
    options = ("--sounds", sounds, "--seed", 3, "--size", "128x72")
    assert command("synthesize", *options, "--output", first, "--clips", 2).status == 0
    scenes = [part for path in sorted((first / "scenes").iterdir()) for part in ("--scene", path)]
    assert command("synthesize", "--sounds", sounds, "--output", again, *scenes).status == 0
    assert made(again) == {name: data for name, data in made(first).items() if name != "synthesis.json"}
    other = command("synthesize", "--output", tmp_path / "other", *scenes)
    assert other.status == 1
    assert "in --sounds, found none" in other.err


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--receiver", "binaurall"), 2, "--receiver binaurall"),
        (("--size", "big"), 2, "expected a size such as 640x360"),
        (("--seconds", "1.23"), 2, "steps of 0.1 s"),
        (("--sounds", "nowhere"), 1, "expected a folder of sounds"),
        (("--images", "nowhere"), 1, "expected a folder of images"),
        (("--scene", "nowhere.json"), 1, "nowhere.json: cannot be read"),
    ],
)
def test_errors_are_reported_in_one_line(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, str],
    status: int,
    said: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = command("synthesize", "--output", tmp_path / "out", "--clips", 1, *options)
    assert result.status == status
    assert said in " ".join(result.err.split())
    assert "Traceback" not in result.err


def test_an_unknown_sound_folder_lists_what_was_expected(command: Command, tmp_path: Path) -> None:
    sounds = write_sounds(_folder(tmp_path / "sounds"))
    (sounds / "bell").rename(sounds / "trumpets")
    result = command("synthesize", "--output", tmp_path / "out", "--sounds", sounds)
    assert result.status == 1
    assert "trumpets" in result.err
    assert "musical instrument" in result.err


def _folder(path: Path) -> Path:
    path.mkdir()
    return path

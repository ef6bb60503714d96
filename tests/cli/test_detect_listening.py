"""detect --auralize and --solo."""

import json
from pathlib import Path

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from seldkit.media import probe, read_audio, write_audio, write_video


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights; at a low threshold it answers to anything."""
    return good_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    (folder / "kitchen").mkdir(parents=True)
    noise = 0.1 * np.random.default_rng(0).normal(size=(2, 30000)).astype(np.float32)
    write_audio(folder / "a.wav", noise, 24000)
    write_audio(folder / "kitchen" / "a.wav", noise, 24000)
    write_video(folder / "v.mp4", [np.zeros((36, 64, 3))] * 10, 10, audio=(noise, 24000))
    return folder


def samples(path: Path) -> int:
    return int(read_audio(path, 24000)[0].shape[1])


def test_the_suffix_of_the_output_selects_its_format(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    for name in ("a.flac", "deep/b.mp4"):
        options = ("--model", model, "--threshold", 0.01, "--auralize", tmp_path / "o" / name)
        result = command("detect", sounds / "v.mp4", *options)
        assert (result.status, result.err.count("error")) == (0, 0)
        assert samples(tmp_path / "o" / name) == samples(sounds / "v.mp4")
    video = probe(tmp_path / "o" / "deep" / "b.mp4").video
    assert video is not None
    assert video.frames == 10
    assert sorted(path.name for path in (tmp_path / "o").rglob("*.*")) == ["a.flac", "b.mp4"]


def test_a_folder_gets_a_check_for_each_file(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    options = ("--model", model, "--threshold", 0.01, "--auralize", sounds, "--auralize-as", "sound")
    assert command("detect", sounds, *options, "--original", "-inf").status == 0
    made = {str(path.relative_to(sounds)) for path in sounds.rglob("*.listening.*")}
    assert made == {"a.listening.wav", "kitchen/a.listening.wav", "v.listening.mp4"}
    again = command("detect", sounds, *options, "--resume")
    assert "3 of 3 files are already complete" in again.err
    twins = (sounds / "a.wav", sounds / "kitchen" / "a.wav")
    result = command("detect", *twins, "--model", model, "--auralize", tmp_path / "o")
    assert (result.status, "two inputs with the same name" in result.err) == (1, True)


def test_the_numbers_of_the_json_and_the_table_are_soloed(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    options = ("--model", model, "--threshold", 0.01, "--output", tmp_path, "--auralize", tmp_path / "b.wav")
    found = command("detect", sounds / "a.wav", *options)
    events = json.loads((tmp_path / "a.json").read_text())["events"]
    numbers = [event["number"] for event in events]
    assert found.out.split().index("no.") < found.out.split().index("onset")
    assert sorted(numbers) == list(range(1, len(events) + 1))
    whole, _ = read_audio(tmp_path / "b.wav", 24000)
    for asked in (str(numbers[-1]), events[-1]["class"]):
        result = command("detect", sounds / "a.wav", *options, "--solo", asked)
        assert (result.status, "Traceback" in result.err) == (0, False)
        alone, _ = read_audio(tmp_path / "b.wav", 24000)
        assert alone.shape == whole.shape
        assert 0 < np.square(alone).sum() != np.square(whole).sum()


def test_a_missing_event_fails_only_its_own_file(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    (sounds / "bad.wav").write_bytes(b"no sound")
    options = ("--model", model, "--threshold", 0.01, "--auralize", tmp_path / "o", "--solo", "9999")
    result = command("detect", sounds, *options)
    assert result.status == 1
    assert result.err.count("no event '9999' to solo; available: numbers 1 to") == 2 * 3
    assert "4 of 4 failed" in result.err
    assert not list(tmp_path.rglob("*.listening.*"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--solo", "1"), "require --auralize"),
        (("--original", "-6"), "require --auralize"),
        (("--auralize", "b.wav", "--auralize-as", "music"), "noise, sound or nothing, got 'music'"),
        (("--auralize", "b.wav", "--auralize-as", "nothing"), "requires --solo"),
        (("--auralize", "b.wav", "--original", "3"), "at most 0 dB, got 3"),
        (("--auralize", "b.wav", "--original", "nan"), "at most 0 dB, got nan"),
        (("x.wav", "--auralize", "b.wav"), "is one file for 2 inputs; give a folder"),
    ],
)
def test_wrong_usage_is_reported(command: Command, options: tuple[str, ...], words: str) -> None:
    result = command("detect", "a.wav", *options)
    assert result.status == 2
    assert words in " ".join(result.err.replace("│", " ").split())


def test_a_check_is_never_written_over_its_source(command: Command, model: Path, sounds: Path) -> None:
    before = (sounds / "a.wav").read_bytes()
    result = command("detect", sounds / "a.wav", "--model", model, "--auralize", sounds / "a.wav")
    assert (result.status, "output and input are the same file" in result.err) == (1, True)
    assert (sounds / "a.wav").read_bytes() == before

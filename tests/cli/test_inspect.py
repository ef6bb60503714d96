import json
from pathlib import Path

import numpy as np

from bad_input.models import good_model
from cli.commands import Command
from paths import vector
from seldkit.media import write_audio


def test_a_recording(command: Command, tmp_path: Path) -> None:
    write_audio(tmp_path / "mono.wav", 0.1 * np.ones((1, 24000), np.float32), 24000)
    result = command("inspect", tmp_path / "mono.wav")
    assert result.status == 0
    assert "audio sample rate        24000" in result.out
    assert "! mono sound: direction cannot be told" in result.out


def test_annotations_and_their_problems(command: Command, tmp_path: Path) -> None:
    result = command("inspect", vector("dcase2025/reference"))
    assert "files                    24" in result.out
    assert "nothing wrong was found" in result.out
    (tmp_path / "bad.csv").write_text(
        "frame,class,source,azimuth,distance,onscreen\n0,0,0,999,100,0\n1,44,0,0,1,0\n"
    )
    result = command("inspect", tmp_path)
    assert result.out.count("! ") == 2
    assert "bad.csv" in result.out


def test_a_model(command: Command, tmp_path: Path) -> None:
    result = command("inspect", good_model(tmp_path))
    assert result.status == 0
    assert "encoder                  seldnet" in result.out


def test_json_is_one_object_a_path(command: Command, tmp_path: Path) -> None:
    model = good_model(tmp_path)
    write_audio(tmp_path / "a.wav", np.zeros((2, 2400), np.float32), 24000)
    result = command("inspect", model, tmp_path / "a.wav", vector("dcase2025/reference"), "--json", "-")
    first, second, third = map(json.loads, result.out.splitlines())
    assert first["path"] == str(model)
    assert second["problems"]
    assert third["rows"] == 1188


def test_a_folder_of_recordings_is_walked_and_an_empty_one_refused(command: Command, tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        write_audio(tmp_path / name, np.zeros((2, 2400), np.float32), 24000)
    result = command("inspect", tmp_path)
    assert result.out.count("audio codec") == 2
    (tmp_path / "empty").mkdir()
    result = command("inspect", tmp_path / "empty", tmp_path / "gone.wav")
    assert result.status == 1
    assert "it holds none" in result.err
    assert "2 of 2 failed" in result.err

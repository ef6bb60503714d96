import json
from pathlib import Path

import numpy as np

from bad_input.models import good_model
from cli.commands import Command
from datasets.making import stereo_set
from paths import vector
from seldkit.media import write_audio


def test_a_recording(command: Command, tmp_path: Path) -> None:
    write_audio(tmp_path / "mono.wav", 0.1 * np.ones((1, 24000), np.float32), 24000)
    result = command("inspect", tmp_path / "mono.wav")
    assert result.status == 0
    assert "audio sample rate        24000" in result.out
    assert "! mono audio: the direction is unknown" in result.out


def test_files_of_events(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.500\n[bell, left, 2 m]\n")
    (tmp_path / "bad.events.csv").write_text("onset,offset,class\n1,0,bell\n")
    result = command("inspect", tmp_path / "good.vtt", tmp_path / "bad.events.csv")
    assert "format                   vtt" in result.out
    assert "seconds                  1, 2.5" in result.out
    assert "events by class bell     1" in result.out
    assert result.out.count("no problems found") == 1
    assert "bad.events.csv, line 2: expected an offset from 1 s, got 0.0" in result.out


def test_annotations_and_their_problems(command: Command, tmp_path: Path) -> None:
    result = command("inspect", vector("dcase2025/reference"))
    assert "files                    24" in result.out
    assert "no problems found" in result.out
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


def test_json_has_one_object_per_path(command: Command, tmp_path: Path) -> None:
    model = good_model(tmp_path)
    write_audio(tmp_path / "a.wav", np.zeros((2, 2400), np.float32), 24000)
    result = command("inspect", model, tmp_path / "a.wav", vector("dcase2025/reference"), "--json", "-")
    first, second, third = map(json.loads, result.out.splitlines())
    assert first["path"] == str(model)
    assert second["problems"]
    assert third["rows"] == 1188


def test_a_folder_is_searched_recursively_and_an_empty_one_is_refused(
    command: Command, tmp_path: Path
) -> None:
    for name in ("a.wav", "b.wav"):
        write_audio(tmp_path / name, np.zeros((2, 2400), np.float32), 24000)
    result = command("inspect", tmp_path)
    assert result.out.count("audio codec") == 2
    (tmp_path / "empty").mkdir()
    result = command("inspect", tmp_path / "empty", tmp_path / "gone.wav")
    assert result.status == 1
    assert "found none" in result.err
    assert "2 of 2 failed" in result.err


def test_a_dataset_is_validated_written_and_plotted(command: Command, tmp_path: Path) -> None:
    stereo_set(tmp_path / "set", 6, video=True)
    file, picture = tmp_path / "report.json", tmp_path / "report.png"
    result = command("inspect", tmp_path / "set", "--json", file, "--plot", picture, "--workers", 2)
    assert (result.status, result.err) == (0, "")
    for words in ("dcase2025-stereo, stereo audio", "6: 6 labelled, 6 with video", "no problems found"):
        assert words in result.out
    report = json.loads(file.read_text())
    assert (report["clips"], report["problems"], report["labels"]["frames"]) == (6, [], 60)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_problems_of_a_dataset_are_reported_with_status_1(command: Command, tmp_path: Path) -> None:
    stereo_set(tmp_path / "set", 12)
    for path in (tmp_path / "set/metadata_dev").rglob("*.csv"):
        path.unlink()
    result = command("inspect", tmp_path / "set", "--json", tmp_path / "report.json")
    assert result.status == 1
    assert "missing or misplaced files: 12" in result.out
    assert result.out.count("! ") == 5
    assert "and 7 more; --json FILE writes all" in result.out
    assert f"error: {tmp_path / 'set'}: 12 problems in this dataset" in result.err
    assert len(json.loads((tmp_path / "report.json").read_text())["problems"]) == 12


def test_a_dataset_can_be_inspected_as_another_kind_or_with_other_paths(
    command: Command, tmp_path: Path
) -> None:
    stereo_set(tmp_path / "set", 3)
    result = command("inspect", vector("dcase2025/reference"), tmp_path / "set", "--json", "-")
    assert [json.loads(line).get("kind") for line in result.out.splitlines()] == [None, "dcase2025-stereo"]
    result = command("inspect", tmp_path / "set", "--kind", "starss23")
    assert result.status == 1
    assert "expected the folders of STARSS23" in result.err

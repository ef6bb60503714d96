import json
from pathlib import Path

import numpy as np
import pytest

from cli.commands import Command
from paths import vector
from seldkit.formats.number_table import NumberTable, load_table
from seldkit.media import write_audio, write_video

KEYS = {
    "dcase2025": {"f_score", "doa_error", "distance_error", "relative_distance_error", "onscreen_accuracy"},
    "dcase2023": {"error_rate", "f_score", "localization_error", "localization_recall", "seld_score"},
}


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024", "dcase2023"])
def test_both_readings_are_written_and_shown(command: Command, protocol: str, tmp_path: Path) -> None:
    folder, file = vector(protocol), tmp_path / "new/scores.json"
    result = command(
        "evaluate", folder / "reference", folder / "predictions", "--protocol", protocol, "--json", file
    )
    assert result.status == 0
    assert "official" in result.out
    assert "strict" in result.out
    assert "without a prediction" in result.out
    scores = json.loads(file.read_text())
    expected = json.loads((folder / "expected_scores.json").read_text())["macro"]
    assert scores["official"]["f_score"] == pytest.approx(expected["f_score"], abs=1e-12)
    assert scores["strict"]["f_score"] != scores["official"]["f_score"]
    for reading in ("official", "strict"):
        assert KEYS.get(protocol, set()) <= set(scores[reading])
        assert all(len(row) == 13 for row in scores[reading]["classwise"].values())


def test_options_reach_the_scores(command: Command) -> None:
    folder = vector("dcase2025")
    expected = json.loads((folder / "expected_scores.json").read_text())
    result = command(
        *("evaluate", folder / "reference", folder / "predictions", "--json", "-"),
        *("--average", "micro", "--require-onscreen", "--jackknife"),
    )
    scores = json.loads(result.out)["official"]
    assert scores["f_score"] == pytest.approx(expected["micro_onscreen"]["f_score"], abs=1e-12)
    assert scores["jackknife"]["f_score"]["low"] < scores["jackknife"]["f_score"]["high"]


def test_intervals_are_shown(command: Command) -> None:
    folder = vector("dcase2025")
    result = command("evaluate", folder / "reference", folder / "predictions", "--jackknife")
    assert "[0." in result.out


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024", "dcase2023"])
def test_events_are_scored_in_addition_to_frames(command: Command, protocol: str, tmp_path: Path) -> None:
    folder, file = vector(protocol), tmp_path / "scores.json"
    arguments = ("evaluate", folder / "reference", folder / "predictions", "--protocol", protocol)
    result = command(*arguments, "--events", "--json", file)
    assert result.status == 0
    assert "identity switches" in result.out
    events = json.loads(file.read_text())["events"]
    assert set(events) == {"as_written", "tracked"}
    assert events["tracked"]["references"] == events["as_written"]["references"] > 0
    assert events["tracked"]["predictions"] < events["as_written"]["predictions"]
    assert "events" not in json.loads(command(*arguments, "--json", "-").out)


def test_references_scored_against_themselves_as_events_are_perfect(command: Command) -> None:
    folder = vector("dcase2025") / "reference"
    result = command("evaluate", folder, folder, "--events", "--json", "-")
    scores = json.loads(result.out)["events"]["as_written"]
    assert scores["f_score"] == scores["collar_f_score"] == 1
    assert scores["doa_error"] == scores["fragmentations"] == 0


def test_failures_are_one_line(command: Command, tmp_path: Path) -> None:
    for arguments in ((tmp_path / "gone", tmp_path), (tmp_path, tmp_path)):
        for more in ((), ("--events",)):
            result = command("evaluate", *arguments, *more)
            assert result.status == 1
            assert result.err.startswith("error: ")
            assert result.err.count("\n") == 1
    assert command("evaluate", tmp_path, tmp_path, "--protocol", "dcase1999").status == 2


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024", "dcase2023"])
def test_a_report_is_written(command: Command, protocol: str, tmp_path: Path) -> None:
    folder, file = vector(protocol), tmp_path / "new/report.html"
    arguments = ("evaluate", folder / "reference", folder / "predictions", "--protocol", protocol)
    result = command(*arguments, "--report", file)
    assert (result.status, "Traceback" in result.err) == (0, False)
    page = file.read_text()
    for part in ("Scores", "Classes", "Error types", "Class confusions", "Clips with the most errors"):
        assert f"<h2>{part}</h2>" in page
    assert "<small>[0." in page
    assert "male speech" in page


def test_a_report_plays_the_clips_that_have_a_recording(command: Command, tmp_path: Path) -> None:
    folder = vector("dcase2025")
    first, second = sorted((folder / "reference").rglob("*.csv"))[:2]
    (tmp_path / "media/deep").mkdir(parents=True)
    audio = np.random.default_rng(0).normal(0, 0.1, (2, 2400)).astype(np.float32)
    frames = [np.zeros((36, 64, 3), np.uint8)] * 3
    write_video(tmp_path / f"media/deep/{first.stem}.mp4", frames, 10, audio=(audio, 24000))
    for stem in (first.stem, second.stem):
        write_audio(tmp_path / f"media/{stem}.wav", audio, 24000)
    arguments = ("evaluate", folder / "reference", folder / "predictions")
    result = command(*arguments, "--report", tmp_path / "r.html", "--media", tmp_path / "media")
    assert result.status == 0
    page = (tmp_path / "r.html").read_text()
    listed = {name: name in page for name in (first.stem, second.stem)}
    assert any(listed.values())
    assert listed[first.stem] == (
        f'<video controls preload="none" src="./media/deep/{first.stem}.mp4"' in page
    )
    assert listed[second.stem] == (f'<audio controls preload="none" src="./media/{second.stem}.wav"' in page)


def test_media_without_a_report_or_a_folder_is_refused(command: Command, tmp_path: Path) -> None:
    folder = vector("dcase2025")
    arguments = ("evaluate", folder / "reference", folder / "predictions", "--media", tmp_path / "none")
    assert command(*arguments).status == 2
    result = command(*arguments, "--report", tmp_path / "r.html")
    assert result.status == 1
    assert "none: expected a folder of audio or video files" in result.err
    assert not (tmp_path / "r.html").exists()


def test_each_file_is_read_once_for_scores_events_and_report(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, paths = vector("dcase2025"), []

    def counted(path: Path) -> NumberTable:
        paths.append(path)
        return load_table(path)

    monkeypatch.setattr("seldkit.formats.csv_format.load_table", counted)
    arguments = ("evaluate", folder / "reference", folder / "predictions")
    assert command(*arguments, "--events", "--report", tmp_path / "r.html").status == 0
    assert len(paths) == len(set(paths)) > 0

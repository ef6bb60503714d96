import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from seldkit.detection.refinement import RULES
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events
from seldkit.media import probe, write_audio, write_video

REFINABLE = tuple(rule.class_name for rule in RULES)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights; at a low threshold it answers to anything."""
    return good_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    (folder / "kitchen").mkdir(parents=True)
    for name in ("a.wav", "b.flac", "kitchen/a.wav"):
        write_audio(
            folder / name, 0.1 * np.random.default_rng(0).normal(size=(2, 30000)).astype(np.float32), 24000
        )
    (folder / "notes.txt").write_text("no sound")
    return folder


def test_a_folder_gives_a_csv_and_a_json_for_each_file(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    result = command("detect", sounds, "--model", model, "--output", output, "--threshold", 0.01)
    assert (result.status, "Traceback" in result.err) == (0, False)
    written = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    results = {f"{stem}.{suffix}" for stem in ("a", "b", "kitchen/a") for suffix in ("csv", "json")}
    assert written == {*results, "classes.txt"}  # the model's own classes
    with (output / "a.csv").open() as file:
        assert next(csv.reader(file)) == ["frame", "class", "source", "azimuth", "distance", "onscreen"]
    content = json.loads((output / "a.json").read_text())
    assert len(read_annotations(output / "a.json")) == len(read_annotations(output / "a.csv")) > 0
    assert content["events"]


def test_formats_and_the_plot_are_selected(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    result = command(
        "detect", sounds / "a.wav", "--model", model, "--output", tmp_path / "o", "--format", "json", "--plot"
    )
    assert result.status == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["a.json", "a.png"]


def test_every_format_of_events_is_written_and_read(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    (sounds / "a.wav").rename(sounds / "a.events.wav")  # its .csv is not to be taken for a table of events
    asked = [part for name in ("csv", *EVENT_FORMATS.names()) for part in ("--format", name)]
    arguments = [sounds / "a.events.wav", "--model", model, "--threshold", 0.01, *asked, "--output", tmp_path]
    assert command("detect", *arguments).status == 0
    suffixes = [EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()]
    counts = {len(read_events(tmp_path / f"a.events{suffix}")) for suffix in suffixes}
    assert len(counts) == 1
    assert min(counts) > 0
    assert len(read_annotations(tmp_path / "a.events.csv")) > 0
    assert command("detect", *arguments, "--resume").err.startswith("1 of 1 files are already complete")


def test_several_models_form_an_ensemble(command: Command, model: Path, sounds: Path, tmp_path: Path) -> None:
    def rows(name: str, *models: object) -> str:
        arguments = [sounds / "a.wav", "--threshold", 0.01, "--format", "csv", "--output", tmp_path / name]
        assert command("detect", *arguments, *models).status == 0
        return (tmp_path / name / "a.csv").read_text()

    alone = rows("alone", "--model", model)
    assert rows("twice", "--model", model, "--model", model) == alone
    assert rows("one", "--model", model, "--model", model, "--weight", 1, "--weight", 0) == alone
    wrong = {
        "one weight of at least 0 for each": ("--model", model, "--weight", 1, "--weight", 2),
        "cannot be in one ensemble: classes": ("--model", model, "--model", "default"),
    }
    for words, options in wrong.items():
        result = command("detect", sounds / "a.wav", *options)
        assert (result.status, words in result.err) == (1, True)


def test_files_of_one_stem_do_not_overwrite_each_other(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    (sounds / "a.flac").write_bytes((sounds / "b.flac").read_bytes())
    command(
        "detect",
        sounds / "a.wav",
        sounds / "a.flac",
        "--model",
        model,
        "--output",
        tmp_path / "o",
        "--format",
        "csv",
    )
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "a.flac.csv",
        "a.wav.csv",
        "classes.txt",
    ]
    result = command(
        "detect", sounds / "a.wav", sounds / "kitchen/a.wav", "--model", model, "--output", tmp_path / "p"
    )
    assert result.status == 1
    assert "two inputs with the same name" in result.err


def test_an_interrupted_run_is_resumed(command: Command, model: Path, sounds: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    command("detect", sounds, "--model", model, "--output", output)
    (output / "b.json").unlink()
    before = (output / "a.csv").stat().st_mtime_ns
    result = command("detect", sounds, "--model", model, "--output", output, "--resume")
    assert "2 of 3 files are already complete" in result.err
    assert (output / "b.json").exists()
    assert (output / "a.csv").stat().st_mtime_ns == before


def test_the_table_lists_class_time_and_direction(command: Command, model: Path, sounds: Path) -> None:
    result = command("detect", sounds / "a.wav", "--model", model, "--threshold", 0.01)
    for word in ("onset", "offset", "class", "azimuth", "distance", "screen", "confidence"):
        assert word in result.out
    assert any(word in result.out for word in ("left", "ahead", "right"))


def test_a_ground_truth_is_shown_next_to_the_predictions(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(
        "frame,class,source,azimuth,distance,onscreen\n" + "".join(f"{n},11,0,45,200,0\n" for n in range(9))
    )
    for truth in (tmp_path, tmp_path / "a.csv"):
        result = command("detect", sounds / "a.wav", "--model", model, "--truth", truth)
        assert "truth" in result.out
        assert "45° left" in result.out
        assert "against the ground truth: F20/1" in result.out


def test_a_bad_file_does_not_stop_the_others(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    bad = sounds / "a[bold].mp4"
    bad.write_bytes(b"no video")
    result = command("detect", sounds, "--model", model, "--output", tmp_path / "o")
    assert result.status == 1
    assert "1 of 4 failed" in result.err
    assert str(bad) in result.err
    assert len(list((tmp_path / "o").rglob("*.csv"))) == 3


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["detect"], 2, "Missing argument"),
        (["detect", "x.wav", "--format", "xml"], 2, "unknown format 'xml'; known are: csv, json, audacity"),
        (["detect", "x.wav", "--threshold", "2"], 2, "threshold"),
        (["detect", "x.wav", "--model", "nowhere"], 1, "nowhere: expected 'default' or a model directory"),
        (["detekt"], 2, "detekt"),
    ],
)
def test_wrong_usage_is_2_and_failure_1(
    command: Command, arguments: list[str], status: int, message: str
) -> None:
    result = command(*arguments)
    assert result.status == status
    assert message in result.err


def test_a_missing_file_and_a_folder_without_media_are_reported(
    command: Command, model: Path, tmp_path: Path
) -> None:
    result = command("detect", tmp_path / "gone.mp4", tmp_path, "--model", model)
    assert result.status == 1
    assert "no such file" in result.err
    assert "expected a folder with audio or video files, found none" in result.err


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--rule", "knock=on"), 2, "requires --refine"),
        (("--refine", "--rule", "knock"), 2, "expected --rule as in knock=on"),
        (("--refine", "--rule", "=on"), 2, "expected --rule as in knock=on"),
        (("--refine", "--rule", "knocks=on"), 1, "did you mean 'knock'"),
        (("--refine", "--field-of-view", "200"), 1, "expected a field of view"),
        (("--refine",), 1, "refinement requires pose_detection.tflite and pose_landmark_full.tflite"),
    ],
)
def test_impossible_refinement_is_reported_in_one_line(
    command: Command,
    model: Path,
    sounds: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    monkeypatch.setenv("SELDKIT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("seldkit.embeddings.pretrained_weights.find_spec", lambda name: None)
    result = command("detect", sounds / "a.wav", "--model", model, *options)
    assert result.status == status
    assert words in " ".join(result.err.replace("│", " ").split())
    assert "Traceback" not in result.err


def test_a_rule_without_a_visual_detector_cannot_be_enabled(
    command: Command, model: Path, sounds: Path
) -> None:
    off = [part for name in REFINABLE for part in ("--rule", f"{name}=off")]
    result = command("detect", sounds / "a.wav", "--model", model, "--refine", *off, "--rule", "bell=on")
    assert (result.status, "no visual detector is available for class 'bell'" in result.err) == (1, True)
    result = command("detect", sounds / "a.wav", "--model", model, "--refine", *off)
    assert (result.status, "not refined: the file has no video" in result.out) == (0, True)


def test_the_events_are_drawn_on_the_recording(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    arguments = ("--model", model, "--threshold", 0.01, "--format", "csv", "--output", sounds)
    result = command("detect", sounds / "a.wav", *arguments, "--render", "--no-fan", "--plot")
    assert result.status == 0
    assert "a.annotated.mp4: the audio was encoded again as AAC" in result.err
    info = probe(sounds / "a.annotated.mp4")
    assert info.duration == pytest.approx(1.25, abs=0.02)
    assert (sounds / "a.png").exists()
    again = command("detect", sounds, *arguments, "--render", "--resume")
    assert "1 of 3 files are already complete" in again.err
    assert "annotated.annotated" not in "".join(path.name for path in sounds.rglob("*"))


def test_an_invalid_field_of_view_is_reported_in_one_line(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    sound = (np.zeros((2, 9000)), 24000)
    video = write_video(tmp_path / "v.mp4", [np.zeros((36, 64, 3))] * 3, 10, audio=sound)
    options = ("--model", model, "--output", tmp_path / "o", "--render", "--field-of-view", 200)
    result = command("detect", video, *options)
    assert result.status == 1
    assert "expected a field of view between 0 and 180 degrees" in result.err
    assert result.err.count("error:") == 1
    assert not list((tmp_path / "o").glob("*.mp4"))


def test_a_report_is_written_with_the_other_results(
    command: Command, model: Path, sounds: Path, tmp_path: Path
) -> None:
    output = tmp_path / "o"
    options = ("--model", model, "--output", output, "--format", "csv", "--report", "--threshold", 0.01)
    result = command("detect", sounds, *options)
    assert (result.status, "Traceback" in result.err) == (0, False)
    written = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    results = {f"{stem}.{suffix}" for stem in ("a", "b", "kitchen/a") for suffix in ("csv", "html")}
    assert written == {*results, "classes.txt"}
    assert (output / "a.csv").read_text().splitlines()[1] in (output / "a.html").read_text()
    again = command("detect", sounds, *options, "--resume")
    assert "3 of 3 files are already complete" in again.err


def test_a_report_shows_the_ground_truth_and_refuses_an_invalid_field_of_view(
    command: Command, model: Path, tmp_path: Path
) -> None:
    sound = (np.random.default_rng(0).normal(0, 0.1, (2, 24000)), 24000)
    video = write_video(tmp_path / "v.mp4", [np.zeros((36, 64, 3))] * 10, 10, audio=sound)
    (tmp_path / "v.csv").write_text("frame,class,source,azimuth,distance,onscreen\n0,3,0,45,200,1\n")
    options = ("--model", model, "--output", tmp_path / "o", "--report", "--truth", tmp_path / "v.csv")
    wrong = command("detect", video, *options, "--field-of-view", 200)
    assert wrong.status == 1
    assert "expected a field of view between 0 and 180 degrees" in wrong.err
    assert not list((tmp_path / "o").glob("*.html"))
    assert command("detect", video, *options, "--field-of-view", 90).status == 0
    page = (tmp_path / "o" / "v.html").read_text()
    assert re.search(r'"reference": \[\{[^}]*"class": "telephone", "onset": 0.0', page)
    assert '"view": 90.0' in page

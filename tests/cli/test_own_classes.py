"""A data set with its own classes, from synthesis to the evaluation report, as a user runs the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.commands import Command, Result
from seldkit.annotations import Event
from seldkit.classes import ClassVocabulary
from seldkit.events import source_events
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events, write_annotations, write_events
from seldkit.models import SeldModel
from training.clips import tiny_recipe

CLASSES = ("dog", "drill", "kettle")
RATE = 24000


@pytest.mark.parametrize(
    "video", [pytest.param(False, id="audio"), pytest.param(True, id="audio-visual", marks=pytest.mark.slow)]
)
def test_own_classes_keep_their_names_through_every_command(
    command: Command, tmp_path: Path, video: bool
) -> None:
    recipe, train, test = tmp_path / "tiny.yaml", tmp_path / "train", tmp_path / "test"
    model = {"classes": list(CLASSES), "window_frames": 20}
    config = tiny_recipe().model.model_copy(update=model)
    recipe.write_text(tiny_recipe().model_copy(update={"model": config}).yaml())

    sounds = write_sounds(tmp_path / "sounds")
    synthesize(command, sounds, train, 6, video, "--classes", ",".join(CLASSES))
    (sounds / "classes.txt").write_text("\n".join(CLASSES))
    synthesize(command, sounds, test, 3, video, "--split", "test")
    for folder in (train, test):
        assert ClassVocabulary.from_file(folder / "classes.txt") == CLASSES
        inspected = run(command, "inspect", folder, "--json", tmp_path / "inspect.json")
        report = json.loads((tmp_path / "inspect.json").read_text())
        assert set(report["labels"]["classes"]) == set(CLASSES)
        assert "female" not in inspected.out

    run(command, "prepare", train, "--recipe", recipe, "--output", tmp_path / "store")
    stored = next((tmp_path / "store").glob("*/classes.txt"))
    assert ClassVocabulary.from_file(stored) == CLASSES
    run(command, "train", recipe, "--data", train, "--output", tmp_path / "run", *QUICK)
    trained = tmp_path / "run" / "model"
    assert SeldModel.load(trained).config.classes == CLASSES
    run(command, "calibrate", trained, "--data", train, "--store", tmp_path / "calibration-store")
    assert SeldModel.load(trained).config.calibration is not None

    check_detection(command, trained, test, tmp_path / "predictions")
    check_evaluation(command, test / "metadata_dev", tmp_path / "predictions")
    check_formats(test, tmp_path / "formats")
    compared = run(
        command, "compare", recipe, "--data", train, "--test", test, "--output", tmp_path / "compare", *QUICK
    )
    assert "female" not in compared.out


QUICK = ("--device", "cpu", "--set", "training.stages.0.epochs=1")


def run(command: Command, *arguments: object) -> Result:
    result = command(*arguments)
    assert result.status == 0, result.err
    return result


def write_sounds(folder: Path) -> Path:
    """Four recordings of each class: noise bursts, a modulated hum and a rising whistle."""
    rng = np.random.default_rng(3)
    time = np.arange(RATE) / RATE
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for take in range(4):
            pitch = rng.uniform(300, 500)
            samples = {
                "dog": rng.standard_normal(RATE) * (np.sin(2 * np.pi * 3 * time) > 0.5),
                "drill": np.sin(2 * np.pi * pitch * time) * (1 + np.sin(2 * np.pi * 30 * time)),
                "kettle": np.sin(2 * np.pi * (1500 + pitch * time) * time),
            }[name]
            soundfile.write(folder / name / f"source{take}-take.wav", 0.2 * samples, RATE, subtype="PCM_16")
    return folder


def synthesize(
    command: Command, sounds: Path, output: Path, clips: int, video: bool, *options: object
) -> None:
    images = ("--size", "128x72") if video else ("--no-video",)
    arguments = ("--sounds", sounds, "--clips", clips, "--seconds", 2, "--balance", 1, *images, *options)
    run(command, "synthesize", "--output", output, *arguments)


def check_detection(command: Command, model: Path, test: Path, output: Path) -> None:
    clips = sorted((test / "stereo_dev").rglob("fold*"))
    formats = [part for name in ("csv", "json", *EVENT_FORMATS.names()) for part in ("--format", name)]
    labels = test / "metadata_dev" / "dev-test-synth"
    shown = run(
        command, "detect", *clips, "--model", model, "--output", output, *formats, "--truth", labels,
        "--threshold", 0.01, "--report", "--device", "cpu",
    )  # fmt: skip
    assert "female" not in shown.out
    assert ClassVocabulary.from_file(output / "classes.txt") == CLASSES
    for path in sorted(output.glob("fold*.csv")):
        if not path.name.endswith(".events.csv"):
            assert read_annotations(path).classes == CLASSES
            assert "female" not in path.with_suffix(".html").read_text()
    assert {event.name for path in output.glob("*.jsonl") for event in read_events(path)} <= set(CLASSES)


def check_evaluation(command: Command, reference: Path, predictions: Path) -> None:
    report, scores = predictions / "report.html", predictions / "scores" / "scores.json"
    shown = run(command, "evaluate", reference, predictions, "--events", "--report", report, "--json", scores)
    content = json.loads(scores.read_text())
    assert content["strict"]["classes"] == content["events"]["tracked"]["classes"] == list(CLASSES)
    assert "female" not in shown.out + report.read_text()


def check_formats(test: Path, folder: Path) -> None:
    """Every format writes the labels and reads them back with the same names and class numbers."""
    labels = read_annotations(next((test / "metadata_dev").rglob("*.csv")), frames=20)
    assert labels.classes == CLASSES
    folder.mkdir()
    ClassVocabulary(CLASSES).to_file(folder / "classes.txt")
    events = source_events(labels)
    for name in EVENT_FORMATS.names():
        path = folder / f"clip{EVENT_FORMATS[name].suffix}"
        write_events(events, path)
        assert sorted(map(identity, read_events(path))) == sorted(map(identity, events)), name
    for format in ("dcase2023", "dcase2024", "dcase2025", "json"):
        path = folder / f"{format}.{'json' if format == 'json' else 'csv'}"
        write_annotations(labels, path, format)
        read = read_annotations(path, format, frames=20)
        assert read.classes == CLASSES
        assert read.class_id.tolist() == labels.class_id.tolist()


def identity(event: Event) -> tuple[float, int, str]:
    return event.onset, event.class_id, event.name

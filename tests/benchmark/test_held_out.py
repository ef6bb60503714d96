"""Scores on small datasets that are written here."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmark.level_detector import RATE, LevelDetector, one_sided_noise
from seldkit.annotations import Annotations
from seldkit.benchmark import HeldOutResult, score_folder
from seldkit.errors import DatasetError
from seldkit.formats import write_annotations
from seldkit.media import write_audio
from seldkit.metrics import ErrorKind


def write_clip(root: Path, split: str, name: str, left: bool, label: float | None = None) -> None:
    """One second of noise on one side; its label is 60° to that side unless another azimuth is given."""
    audio, labels = (root / folder / f"dev-{split}" for folder in ("stereo_dev", "metadata_dev"))
    audio.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    write_audio(audio / f"{name}.wav", one_sided_noise(1.0, left), RATE)
    frame = np.arange(10)
    azimuth = np.full(10, (60.0 if left else -60.0) if label is None else label)
    onscreen = np.zeros(10, bool)
    annotations = Annotations(frame, 0 * frame, 0 * frame, azimuth, np.ones(10), 10, onscreen=onscreen)
    write_annotations(annotations, labels / f"{name}.csv")


def score(root: Path, **options: object) -> HeldOutResult:
    return score_folder(LevelDetector(), "small", root, **options)  # type: ignore[arg-type]


def test_only_test_clips_are_scored(tmp_path: Path) -> None:
    write_clip(tmp_path, "train", "wrong", left=True, label=-60.0)
    write_clip(tmp_path, "test", "left", left=True)
    write_clip(tmp_path, "test", "right", left=False)
    result = score(tmp_path)
    assert (result.name, result.folder, result.clips) == ("small", tmp_path, 2)
    assert result.hours == pytest.approx(2 / 3600)
    assert result.strict["f_score"] == 1.0
    assert result.strict["doa_error"] == pytest.approx(0.0)
    assert (result.notes, result.failures) == ((), ())


def test_all_clips_of_a_dataset_without_test_clips_are_scored(tmp_path: Path) -> None:
    write_clip(tmp_path, "train", "right", left=False)
    result = score(tmp_path)
    assert result.clips == 1
    assert "has no test clips; all 1 clips are scored" in result.notes[0]


def test_errors_are_counted_by_kind(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "correct", left=True)
    write_clip(tmp_path, "test", "mirrored", left=True, label=-60.0)
    result = score(tmp_path)
    assert result.taxonomy[ErrorKind.MIRRORED] == result.taxonomy[ErrorKind.CORRECT] == 10
    assert result.strict["f_score"] == pytest.approx(0.5)


def test_a_failed_clip_is_reported_and_the_others_are_scored(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "broken", left=True)
    write_clip(tmp_path, "test", "left", left=True)
    finished: list[tuple[int, int | None]] = []
    result = score(tmp_path, progress=lambda done, total: finished.append((done, total)))
    assert result.clips == 1
    assert len(result.failures) == 1
    assert "no audio" in result.failures[0]
    assert finished == [(2, 2)]


def test_a_dataset_of_which_no_clip_can_be_scored_is_an_error(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "broken", left=True)
    with pytest.raises(DatasetError, match="none of its 1 clips can be scored"):
        score(tmp_path)


def test_clips_without_labels_are_not_scored(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "left", left=True)
    (tmp_path / "metadata_dev" / "dev-test" / "left.csv").unlink()
    with pytest.raises(DatasetError, match="expected clips with audio and labels"):
        score(tmp_path)


def test_tests_of_invariance_use_the_first_clips_only(tmp_path: Path) -> None:
    for number in range(3):
        write_clip(tmp_path, "test", f"clip{number}", left=True)
    result = score(tmp_path, checked=2)
    assert (result.mirror.frames, result.streaming.frames) == (20, 20)
    assert result.mirror.agreement == result.streaming.agreement == 1.0


def test_calibration_counts_all_cells_or_the_predicted_ones(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "left", left=True)
    result = score(tmp_path)
    assert result.calibration.counts.sum() == 10 * 13
    assert result.predicted_calibration.counts.sum() == 10
    assert result.predicted_calibration.error == pytest.approx(0.0)


def test_a_result_can_be_written_as_json(tmp_path: Path) -> None:
    write_clip(tmp_path, "test", "left", left=True)
    content = json.loads(json.dumps(score(tmp_path).to_dict(), allow_nan=False))
    assert content["clips"] == 1
    assert content["strict"]["f_score"] == 1.0
    assert content["mirror"]["agreed"] == 1.0
    assert {"official", "breakdown", "taxonomy", "calibration", "named", "streaming"} <= set(content)

"""Scores of a model on a labelled dataset that it was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit.annotations import Annotations
from seldkit.benchmark.properties import Agreement, mirror_test, streaming_test
from seldkit.datasets import ClipIndex, DatasetClip, open_for_model
from seldkit.datasets.clip_windows import map_classes
from seldkit.detection import Detector, Scene
from seldkit.errors import DatasetError, SeldkitError
from seldkit.metrics import (
    Breakdown,
    Coverage,
    Reliability,
    Scores,
    Taxonomy,
    breakdown,
    coverage,
    evaluate,
    frame_cells,
    match_events,
    reliability,
    taxonomy,
)
from seldkit.types import CountProgress

TEST_SPLITS: Final = ("test", "eval")


@dataclass(frozen=True, eq=False)
class HeldOutResult:
    """Result of a model on one dataset.

    Attributes:
        name: Name of the dataset.
        folder: Folder of the dataset.
        clips: Number of scored clips.
        hours: Total length of the scored clips in hours.
        official: Scores in the official reading, with 95 % jackknife intervals over the clips.
        strict: The same in the strict reading.
        breakdown: Scores by class, number of sources, distance and on-screen.
        taxonomy: Number of errors of each kind.
        calibration: Reliability over all cells of frames and classes; the confidence of a class that the
            model does not predict counts as 0.
        predicted_calibration: Reliability over the cells that the model predicts as active.
        intervals: Coverage of the intervals of events; None for a model without calibrated intervals.
        mirror: Result of the mirror test on the first clips.
        streaming: Result of the streaming test on the first clips.
        notes: Remarks about the choice of clips.
        failures: Error messages of clips that could not be scored.
    """

    name: str
    folder: Path
    clips: int
    hours: float
    official: Scores
    strict: Scores
    breakdown: Breakdown
    taxonomy: Taxonomy
    calibration: Reliability
    predicted_calibration: Reliability
    intervals: Coverage | None
    mirror: Agreement
    streaming: Agreement
    notes: tuple[str, ...]
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Converts the result for JSON.

        Returns:
            Values by name; `predicted_calibration` has the key "named", as in earlier versions.
        """
        parts = ("official", "strict", "breakdown", "taxonomy", "calibration", "mirror", "streaming")
        return {
            "name": self.name,
            "folder": str(self.folder),
            "clips": self.clips,
            "hours": self.hours,
            **{part: getattr(self, part).to_dict() for part in parts},
            "named": self.predicted_calibration.to_dict(),
            "intervals": None if self.intervals is None else self.intervals.to_dict(),
            "notes": list(self.notes),
            "failures": list(self.failures),
        }


def score_folder(
    detector: Detector, name: str, folder: Path, checked: int = 20, progress: CountProgress | None = None
) -> HeldOutResult:
    """Scores a detector on the labelled test clips of a dataset, or on all clips if it has no test clips.

    Args:
        detector: Detector to score.
        name: Name of the dataset in the result.
        folder: Folder of the dataset.
        checked: Number of clips of the mirror test and of the streaming test.
        progress: Called with the number of processed clips and of all clips.

    Returns:
        The result.

    Raises:
        SeldkitError: The dataset does not fit the model, or none of its clips can be scored.
    """
    index, notes = _held_out_clips(folder, detector)
    has_video = bool(detector.model.config.embeddings)
    clips: list[DatasetClip] = []
    scenes: list[Scene] = []
    references: list[Annotations] = []
    failures: list[str] = []
    for number, clip in enumerate(index, 1):
        try:
            scene = _detect(detector, clip, has_video)
            labels = map_classes(index.annotations(clip), detector.model.config.classes, clip.metadata)
        except SeldkitError as problem:
            failures.append(str(problem))
            continue
        clips.append(clip)
        scenes.append(scene)
        references.append(labels.with_frame_count(scene.annotations.frame_count))
        if progress is not None:
            progress(number, len(index))
    if not clips:
        raise DatasetError(f"{folder}: none of its {len(failures)} clips can be scored; first: {failures[0]}")
    files = [
        (clip.audio, clip.video if has_video else None) for clip in clips[:checked] if clip.audio is not None
    ]
    return _result(
        detector, references, scenes, name=name, folder=folder, notes=notes, failures=tuple(failures),
        mirror=mirror_test(detector, files), streaming=streaming_test(detector, files),
    )  # fmt: skip


def _held_out_clips(folder: Path, detector: Detector) -> tuple[ClipIndex, tuple[str, ...]]:
    required = detector.model.config.features.input
    index = open_for_model(folder, detector.model.config.features)
    if index.input != required:
        raise DatasetError(
            f"{folder}: model '{detector.model.config.name}' requires {required} audio, the dataset has "
            f"{index.input}"
        )
    index = index.select(labelled=True)
    tested = {clip.name for clip in index if clip.split in TEST_SPLITS}
    kept = tuple(clip for clip in index if not tested or clip.name in tested)
    if not kept:
        raise DatasetError(f"{folder}: expected clips with audio and labels, found none")
    notes = () if tested else (f"{folder}: has no test clips; all {len(kept)} clips are scored",)
    return ClipIndex(index.root, index.layout, index.input, kept, index.misplaced), notes


def _detect(detector: Detector, clip: DatasetClip, has_video: bool) -> Scene:
    assert clip.audio is not None
    return detector.detect(clip.audio, video=clip.video if has_video else None)


def _result(
    detector: Detector, references: Sequence[Annotations], scenes: Sequence[Scene], **known: Any
) -> HeldOutResult:
    protocol = detector.model.config.protocol
    predictions = [scene.annotations for scene in scenes]
    cells = frame_cells(references, predictions)
    official, strict = (
        evaluate(references, predictions, protocol, reading, jackknife=True)
        for reading in ("official", "strict")
    )
    return HeldOutResult(
        clips=len(references),
        hours=sum(clip.seconds for clip in references) / 3600.0,
        official=official,
        strict=strict,
        breakdown=breakdown(references, predictions, protocol),
        taxonomy=taxonomy(references, predictions, protocol),
        calibration=reliability(cells.confidence, cells.active),
        predicted_calibration=reliability(cells.confidence[cells.predicted], cells.active[cells.predicted]),
        intervals=coverage(match_events(references, [scene.events for scene in scenes], protocol)),
        **known,
    )

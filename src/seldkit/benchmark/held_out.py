"""A model on a labelled set that it was not trained on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit.annotations import Annotations
from seldkit.benchmark.properties import Agreement, mirror_test, streaming_test
from seldkit.datasets import ClipIndex, DatasetClip, open_for_model
from seldkit.datasets.clip_windows import mapped
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

TESTED: Final = ("test", "eval")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a model did on one set.

    official, strict: scores with 95 % jackknife intervals over the clips. calibration: confidences over all
    cells of frames and classes, 0 where a class is not named; named: over those in which it is. intervals:
    None for a model without. mirror, streaming: on the first clips. failures: clips that could not be heard.
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
    named: Reliability
    intervals: Coverage | None
    mirror: Agreement
    streaming: Agreement
    notes: tuple[str, ...]
    failures: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        parts = ("official", "strict", "breakdown", "taxonomy", "calibration", "named", "mirror", "streaming")
        return {
            "name": self.name,
            "folder": str(self.folder),
            "clips": self.clips,
            "hours": self.hours,
            **{part: getattr(self, part).to_dict() for part in parts},
            "intervals": None if self.intervals is None else self.intervals.to_dict(),
            "notes": list(self.notes),
            "failures": list(self.failures),
        }


def score_folder(
    detector: Detector, name: str, folder: Path, checked: int = 20, progress: CountProgress | None = None
) -> HeldOut:
    """Hear the labelled clips that a data set keeps for testing (all of them where it keeps none) and score.

    checked: clips that the mirror and the streaming test hear. Raises SeldkitError where none can be heard.
    """
    index, notes = _held_out(folder, detector)
    sees = bool(detector.model.config.embeddings)
    clips: list[DatasetClip] = []
    scenes: list[Scene] = []
    truth: list[Annotations] = []
    failures: list[str] = []
    for number, clip in enumerate(index, 1):
        try:
            scene = _heard(detector, clip, sees)
            labels = mapped(index.annotations(clip), detector.model.config.classes, clip.metadata)
        except SeldkitError as problem:
            failures.append(str(problem))
            continue
        clips.append(clip)
        scenes.append(scene)
        truth.append(labels.with_frame_count(scene.annotations.frame_count))
        if progress is not None:
            progress(number, len(index))
    if not clips:
        raise DatasetError(f"{folder}: none of its {len(failures)} clips can be scored; first: {failures[0]}")
    files = [(clip.audio, clip.video if sees else None) for clip in clips[:checked] if clip.audio is not None]
    return _scored(
        detector, truth, scenes, name=name, folder=folder, notes=notes, failures=tuple(failures),
        mirror=mirror_test(detector, files), streaming=streaming_test(detector, files),
    )  # fmt: skip


def _held_out(folder: Path, detector: Detector) -> tuple[ClipIndex, tuple[str, ...]]:
    wanted = detector.model.config.features.input
    index = open_for_model(folder, detector.model.config.features)
    if index.input != wanted:
        raise DatasetError(
            f"{folder}: model '{detector.model.config.name}' wants {wanted} sound, the set has {index.input}"
        )
    index = index.select(labelled=True)
    tested = {clip.name for clip in index if clip.split in TESTED}
    kept = tuple(clip for clip in index if not tested or clip.name in tested)
    if not kept:
        raise DatasetError(f"{folder}: expected clips with sound and labels, found none")
    notes = () if tested else (f"{folder}: keeps no clips for testing; all of its {len(kept)} are scored",)
    return ClipIndex(index.root, index.layout, index.input, kept, index.misplaced), notes


def _heard(detector: Detector, clip: DatasetClip, sees: bool) -> Scene:
    assert clip.audio is not None
    return detector.detect(clip.audio, video=clip.video if sees else None)


def _scored(detector: Detector, truth: list[Annotations], scenes: list[Scene], **known: Any) -> HeldOut:
    protocol = detector.model.config.protocol
    found = [scene.annotations for scene in scenes]
    cells = frame_cells(truth, found)
    official, strict = (
        evaluate(truth, found, protocol, reading, jackknife=True) for reading in ("official", "strict")
    )
    return HeldOut(
        clips=len(truth),
        hours=sum(one.seconds for one in truth) / 3600.0,
        official=official,
        strict=strict,
        breakdown=breakdown(truth, found, protocol),
        taxonomy=taxonomy(truth, found, protocol),
        calibration=reliability(cells.confidence, cells.active),
        named=reliability(cells.confidence[cells.predicted], cells.active[cells.predicted]),
        intervals=coverage(match_events(truth, [scene.events for scene in scenes], protocol)),
        **known,
    )

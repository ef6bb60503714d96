"""Source recordings of synthetic clips, which decide the folds of a calibration's cross-validation."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from seldkit.calibration.cross_validation import ClipSources
from seldkit.classes import vocabulary_for

SCENES_FOLDER: Final = "scenes"
"""Folder of a synthetic dataset with a description of each clip."""


def read_clip_sources(folder: Path, names: Iterable[str], classes: Sequence[str]) -> list[ClipSources] | None:
    """Reads the source recordings of a synthetic dataset's clips.

    Args:
        folder: Dataset folder.
        names: Names of the clips; only the last part of a path counts.
        classes: Class names of the model; events of other classes are skipped.

    Returns:
        Recordings of each clip, empty for a clip without a description; None for a dataset without
        descriptions.

    Raises:
        SeldkitError: If a description cannot be read.
    """
    scenes = folder / SCENES_FOLDER
    if not scenes.is_dir():
        return None
    dataset_classes = vocabulary_for(folder)
    known: dict[str, ClipSources] = {}
    names = list(names)
    for name in names:
        if name not in known:
            path = scenes / f"{name.rsplit('/', 1)[-1]}.json"
            known[name] = _read_sources(path, dataset_classes, classes) if path.is_file() else {}
    return [known[name] for name in names]


def _read_sources(path: Path, dataset_classes: Sequence[str], classes: Sequence[str]) -> ClipSources:
    from seldkit.synthesis.scene_description import read_description
    from seldkit.synthesis.sound_files import Sound

    sources: dict[int, set[str]] = {}
    for event in read_description(path).plan.events:
        if dataset_classes[event.class_id] in classes:
            number = classes.index(dataset_classes[event.class_id])
            sources.setdefault(number, set()).add(Sound(path, event.sound, number).recording)
    return sources

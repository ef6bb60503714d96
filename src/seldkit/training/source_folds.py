"""Which recordings clips were made of, so that what is fitted is judged by recordings that are new to it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.classes import vocabulary_for
from seldkit.types import Integers

FOLDS: Final = 5
SCENES: Final = "scenes"
"""Sub-folder of a synthetic data set with a description of each clip."""

Held = Mapping[int, Collection[str]]
"""The recordings that sound in a clip, by class number."""


def recordings_of(folder: Path, names: Iterable[str], classes: Sequence[str]) -> list[Held] | None:
    """The recordings of a synthetic data set's clips; None for a data set that does not say.

    names: of the clips; sub-folders before the last part do not matter. classes: a model's; events of others
    are passed over. Raises SeldkitError for a description that cannot be read.
    """
    scenes = folder / SCENES
    if not scenes.is_dir():
        return None
    own = vocabulary_for(folder)
    known: dict[str, Held] = {}
    for name in names:
        if name not in known:
            path = scenes / f"{name.rsplit('/', 1)[-1]}.json"
            known[name] = _held(path, own, classes) if path.is_file() else {}
    return [known[name] for name in names]


def folds_of(held: Sequence[Held] | None, clips: int, classes: int) -> Integers:
    """The part of a cross-validation that each class of each clip is in, (clips, classes).

    Each recording is in one part, and with it its class in the clips where it sounds; other classes go with
    the clip's first recording. Of each class the recordings are dealt out one by one, those in most clips
    first. Where nothing is known of a clip, neighbours are in one part: they may be of one recording.
    """
    runs = np.arange(clips) * FOLDS // max(1, clips)
    found = np.repeat(runs[:, None], classes, axis=1)
    if held is None:
        return found
    part = _dealt(held)
    for clip, by_class in enumerate(held):
        own = {number: min(part[number, name] for name in names) for number, names in by_class.items()}
        if own:
            found[clip] = own[min(own)]
            found[clip, list(own)] = list(own.values())
    return found


def _dealt(held: Sequence[Held]) -> dict[tuple[int, str], int]:
    """The part of each class's each recording."""
    counts: dict[int, dict[str, int]] = {}
    for by_class in held:
        for number, names in by_class.items():
            for name in names:
                of_class = counts.setdefault(number, {})
                of_class[name] = of_class.get(name, 0) + 1
    return {
        (number, name): place % FOLDS
        for number, of_class in counts.items()
        for place, name in enumerate(sorted(of_class, key=lambda one: (-of_class[one], one)))
    }


def _held(path: Path, own: Sequence[str], classes: Sequence[str]) -> Held:
    from seldkit.synthesis.scene_description import read_description
    from seldkit.synthesis.sound_files import Sound

    held: dict[int, set[str]] = {}
    for event in read_description(path).plan.events:
        if own[event.class_id] in classes:
            number = classes.index(own[event.class_id])
            held.setdefault(number, set()).add(Sound(path, event.sound, number).recording)
    return held

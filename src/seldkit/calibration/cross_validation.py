"""Folds of a cross-validation in which no source recording is in two folds."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from seldkit.types import Integers

FOLD_COUNT: Final = 5

ClipSources = Mapping[int, Collection[str]]
"""Names of the source recordings in a clip, by class number."""


def assign_folds(sources: Sequence[ClipSources] | None, clip_count: int, class_count: int) -> Integers:
    """Assigns a fold to each class of each clip.

    All occurrences of a recording get the same fold. A class without a known recording gets the fold of the
    first class in the clip that has one. Within a class, recordings are distributed over the folds in turn,
    in descending order of their number of clips. Clips without known recordings are split into contiguous
    runs, because neighbouring clips may be cut from the same recording.

    Args:
        sources: Recordings of each clip; None if they are unknown.
        clip_count: Number of clips.
        class_count: Number of classes.

    Returns:
        Fold numbers from 0 to ``FOLD_COUNT - 1``, ``(clips, classes)``.
    """
    runs = np.arange(clip_count) * FOLD_COUNT // max(1, clip_count)
    folds = np.repeat(runs[:, None], class_count, axis=1)
    if sources is None:
        return folds
    fold_of_recording = _distribute_recordings(sources)
    for clip, by_class in enumerate(sources):
        known = {
            number: min(fold_of_recording[number, name] for name in names)
            for number, names in by_class.items()
        }
        if known:
            folds[clip] = known[min(known)]
            folds[clip, list(known)] = list(known.values())
    return folds


def _distribute_recordings(sources: Sequence[ClipSources]) -> dict[tuple[int, str], int]:
    """The fold of each recording, by class number and name."""
    counts: dict[int, dict[str, int]] = {}
    for by_class in sources:
        for number, names in by_class.items():
            for name in names:
                class_counts = counts.setdefault(number, {})
                class_counts[name] = class_counts.get(name, 0) + 1
    return {
        (number, name): rank % FOLD_COUNT
        for number, class_counts in counts.items()
        for rank, name in enumerate(sorted(class_counts, key=lambda one: (-class_counts[one], one)))
    }

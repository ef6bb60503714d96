"""What the labels of a data set say, all clips at once."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ClipTable, ReadOptions
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN
from seldkit.types import Floats, Integers

ANGLE_BIN_DEG: Final = 10.0
DISTANCE_BIN_M: Final = 0.5


@dataclass(frozen=True)
class ClassCount:
    """frames: rows of the class. events: stretches of frames of one source. clips: with it."""

    frames: int
    events: int
    clips: int


@dataclass(frozen=True)
class Histogram:
    """counts[i] rows lie in start + i·step up to the next; unit: of start and step."""

    start: float
    step: float
    unit: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class LabelReport:
    """The labels of a set.

    frames: of 100 ms. sources_at_once: frames by how many sources sound in them. classes: by name. azimuth,
    elevation, distance: rows by value, None where the labels have none. onscreen: share of the rows, or None.
    """

    frames: int
    sources_at_once: tuple[int, ...]
    classes: dict[str, ClassCount]
    azimuth: Histogram | None
    elevation: Histogram | None
    distance: Histogram | None
    onscreen: float | None


@dataclass(frozen=True, eq=False)
class DatasetLabels:
    """The rows of the clips whose labels can be read, and what is wrong with the others.

    clips: the labelled clips in the order of `rows`. problems: one line each.
    """

    clips: tuple[DatasetClip, ...]
    rows: ClipTable
    problems: tuple[str, ...]


def read_dataset_labels(index: ClipIndex) -> DatasetLabels:
    """Read the labels of all clips at once; files that are wrong are checked one by one."""
    kind, reading = FORMATS[index.layout.format], ReadOptions(index.layout.classes, tolerant=True)
    labelled = [(clip, clip.metadata) for clip in index if clip.metadata is not None]
    problems: list[str] = []
    try:
        rows = kind.read_many([path for _, path in labelled], reading)
    except FormatError:
        found = [kind.check(path, reading) for _, path in labelled]
        problems = [line for lines in found for line in lines]
        labelled = [pair for pair, lines in zip(labelled, found, strict=True) if not lines]
        rows = kind.read_many([path for _, path in labelled], reading)
    if not labelled:
        rows = ClipTable.empty()
    return DatasetLabels(tuple(clip for clip, _ in labelled), rows, tuple(problems))


def label_report(labels: DatasetLabels, frames: Integers) -> LabelReport:
    """What the labels say; frames: the length of each labelled clip in 100 ms frames, (clips,)."""
    rows = labels.rows
    used = _longest(rows)
    lengths = np.maximum(frames, used)
    return LabelReport(
        frames=int(lengths.sum()),
        sources_at_once=_at_once(rows, int(lengths.sum())),
        classes=_classes(rows),
        azimuth=_histogram(rows.azimuth, ANGLE_BIN_DEG, "degrees"),
        elevation=_histogram(rows.elevation, ANGLE_BIN_DEG, "degrees"),
        distance=_histogram(rows.distance, DISTANCE_BIN_M, "metres"),
        onscreen=_share(rows.onscreen[rows.onscreen != UNKNOWN_ONSCREEN] == 1),
    )


def used_frames(labels: DatasetLabels) -> Integers:
    """One more than the last labelled frame of each clip, 0 where nothing is labelled, (clips,)."""
    return _longest(labels.rows)


def _longest(rows: ClipTable) -> Integers:
    longest = np.zeros(len(rows), np.int64)
    np.maximum.at(longest, rows.clip, rows.frame + 1)
    return longest


def _at_once(rows: ClipTable, frames: int) -> tuple[int, ...]:
    moment = rows.clip * (int(rows.frame.max(initial=0)) + 1) + rows.frame
    sources = np.unique(moment, return_counts=True)[1]
    counts = np.bincount(sources, minlength=1)
    counts[0] = frames - counts.sum()
    return tuple(counts.tolist())


def _classes(rows: ClipTable) -> dict[str, ClassCount]:
    size = len(rows.classes)
    order = np.lexsort([rows.frame, rows.source, rows.class_id, rows.clip])
    clip, class_id, source, frame = (
        column[order] for column in (rows.clip, rows.class_id, rows.source, rows.frame)
    )
    same = (np.diff(clip) == 0) & (np.diff(class_id) == 0) & (np.diff(source) == 0)
    begins = np.r_[np.ones(min(1, len(frame)), np.bool_), ~(same & (np.diff(frame) <= 1))]
    events = np.bincount(class_id[begins], minlength=size)
    frames = np.bincount(class_id, minlength=size)
    clips = np.bincount(np.unique(clip * size + class_id) % size, minlength=size)
    counts = zip(frames.tolist(), events.tolist(), clips.tolist(), strict=True)
    return {name: ClassCount(*count) for name, count in zip(rows.classes, counts, strict=True)}


def _histogram(values: Floats, step: float, unit: str) -> Histogram | None:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    bins = np.floor(values / step).astype(np.int64)
    top = (
        values == values.max()
    )  # the last bin has both its ends, so that 180° does not want a bin of its own
    bins[top & (values == bins * step) & (bins > bins.min())] -= 1
    first = int(bins.min())
    return Histogram(first * step, step, unit, tuple(np.bincount(bins - first).tolist()))


def _share(flags: NDArray[Any]) -> float | None:
    return float(flags.mean()) if len(flags) else None

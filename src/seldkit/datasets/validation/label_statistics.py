"""Statistics of the labels of a dataset."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ClipTable, ReadOptions
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN
from seldkit.types import Flags, Floats, Integers

ANGLE_BIN_DEG: Final = 10.0
"""Width of the bins of azimuth and elevation histograms in degrees."""
DISTANCE_BIN_M: Final = 0.5
"""Width of the bins of distance histograms in metres."""


@dataclass(frozen=True)
class ClassCount:
    """Occurrence of a class.

    Attributes:
        frames: Number of rows of the class; a row is one source in one frame of 100 ms.
        events: Number of events, that is, sequences of consecutive frames of one source.
        clips: Number of clips with the class.
    """

    frames: int
    events: int
    clips: int


@dataclass(frozen=True)
class Histogram:
    """A histogram with bins of equal width.

    Attributes:
        start: Lower edge of the first bin.
        step: Width of the bins.
        unit: Unit of start and step.
        counts: Number of rows in each bin.
    """

    start: float
    step: float
    unit: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class LabelReport:
    """Statistics of the labels of a dataset.

    Attributes:
        frames: Number of frames of 100 ms.
        sources_at_once: Number of frames by polyphony: the first entry is the number of frames without a
            source.
        classes: Occurrence of each class by name.
        azimuth: Histogram in degrees; None without labels.
        elevation: Histogram in degrees; None if the labels have no elevation.
        distance: Histogram in metres; None if the labels have no distance.
        onscreen: Fraction of on-screen rows in [0, 1]; None if the labels do not contain it.
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
    """The labels of a dataset.

    Attributes:
        clips: The clips with valid labels, in the order of `rows`.
        rows: Their labels.
        problems: Errors of the other files, one line each.
    """

    clips: tuple[DatasetClip, ...]
    rows: ClipTable
    problems: tuple[str, ...]


def read_dataset_labels(index: ClipIndex) -> DatasetLabels:
    """Reads the labels of all clips. If that fails, each file is checked.

    Args:
        index: The dataset.

    Returns:
        The labels and the errors.
    """
    format_, options = FORMATS[index.layout.format], ReadOptions(index.layout.classes, tolerant=True)
    labelled = [(clip, clip.metadata) for clip in index if clip.metadata is not None]
    problems: list[str] = []
    try:
        rows = format_.read_many([path for _, path in labelled], options)
    except FormatError:
        errors = [format_.check(path, options) for _, path in labelled]
        problems = [line for lines in errors for line in lines]
        labelled = [pair for pair, lines in zip(labelled, errors, strict=True) if not lines]
        rows = format_.read_many([path for _, path in labelled], options)
    if not labelled:
        rows = ClipTable.empty()
    return DatasetLabels(tuple(clip for clip, _ in labelled), rows, tuple(problems))


def label_report(labels: DatasetLabels, frames: Integers) -> LabelReport:
    """Computes the statistics of labels.

    Args:
        labels: The labels.
        frames: Duration of each labelled clip in frames of 100 ms. Shape ``(clips,)``.

    Returns:
        The statistics.
    """
    rows = labels.rows
    count = int(np.maximum(frames, labelled_frames(labels)).sum())
    return LabelReport(
        frames=count,
        sources_at_once=_polyphony(rows, count),
        classes=_count_classes(rows),
        azimuth=_histogram(rows.azimuth, ANGLE_BIN_DEG, "degrees"),
        elevation=_histogram(rows.elevation, ANGLE_BIN_DEG, "degrees"),
        distance=_histogram(rows.distance, DISTANCE_BIN_M, "metres"),
        onscreen=_fraction(rows.onscreen[rows.onscreen != UNKNOWN_ONSCREEN] == 1),
    )


def labelled_frames(labels: DatasetLabels) -> Integers:
    """Determines the end of the labels of each clip.

    Args:
        labels: The labels.

    Returns:
        The last labelled frame plus 1, or 0 if nothing is labelled. Shape ``(clips,)``.
    """
    rows = labels.rows
    ends = np.zeros(len(rows), np.int64)
    np.maximum.at(ends, rows.clip, rows.frame + 1)
    return ends


def _polyphony(rows: ClipTable, frames: int) -> tuple[int, ...]:
    moment = rows.clip * (int(rows.frame.max(initial=0)) + 1) + rows.frame
    sources = np.unique(moment, return_counts=True)[1]
    counts = np.bincount(sources, minlength=1)
    counts[0] = frames - counts.sum()
    return tuple(counts.tolist())


def _count_classes(rows: ClipTable) -> dict[str, ClassCount]:
    size = len(rows.classes)
    order = np.lexsort([rows.frame, rows.source, rows.class_id, rows.clip])
    clip, class_id, source, frame = (
        column[order] for column in (rows.clip, rows.class_id, rows.source, rows.frame)
    )
    same = (np.diff(clip) == 0) & (np.diff(class_id) == 0) & (np.diff(source) == 0)
    starts = np.r_[np.ones(min(1, len(frame)), np.bool_), ~(same & (np.diff(frame) <= 1))]
    events = np.bincount(class_id[starts], minlength=size)
    frames = np.bincount(class_id, minlength=size)
    clips = np.bincount(np.unique(clip * size + class_id) % size, minlength=size)
    counts = zip(frames.tolist(), events.tolist(), clips.tolist(), strict=True)
    return {name: ClassCount(*count) for name, count in zip(rows.classes, counts, strict=True)}


def _histogram(values: Floats, step: float, unit: str) -> Histogram | None:
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    bins = np.floor(values / step).astype(np.int64)
    highest = values == values.max()
    # The last bin includes its upper edge, so that 180° does not have a bin of its own.
    bins[highest & (values == bins * step) & (bins > bins.min())] -= 1
    first = int(bins.min())
    return Histogram(first * step, step, unit, tuple(np.bincount(bins - first).tolist()))


def _fraction(flags: Flags) -> float | None:
    return float(flags.mean()) if len(flags) else None

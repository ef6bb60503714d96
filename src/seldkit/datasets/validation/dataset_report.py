"""Report of a dataset: its contents and its problems."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.validation.checks import Findings, find_problems
from seldkit.datasets.validation.clip_statistics import ClipStatistics, StatisticsTask
from seldkit.datasets.validation.label_statistics import LabelReport, label_report, read_dataset_labels
from seldkit.parallel import run
from seldkit.types import CountProgress

CLIPS_PER_TASK: Final = 32
"""Number of clips that a process measures before it reports progress."""
UNASSIGNED_SPLIT: Final = "unassigned"
"""Name in reports of the clips without a split."""


@dataclass(frozen=True)
class SplitSummary:
    """Contents of a split.

    Attributes:
        clips: Number of clips.
        hours: Duration of the audio in hours.
        rooms: Number of rooms in the names of the clips.
    """

    clips: int
    hours: float
    rooms: int


@dataclass(frozen=True)
class DatasetReport:
    """Contents and problems of a dataset. ``seldkit inspect --json`` writes these fields.

    Attributes:
        path: Folder of the dataset.
        kind: Kind of dataset.
        input: Channel layout of the audio: "stereo", "foa" or "mic".
        clips: Number of clips.
        sounds: Number of clips with audio.
        videos: Number of clips with video.
        labelled: Number of clips with labels.
        hours: Duration of the audio in hours.
        splits: Contents by split. Clips without a split are "unassigned".
        labels: Statistics of the labels.
        findings: Problems by category, one line each; empty for a valid dataset.
    """

    path: Path
    kind: str
    input: str
    clips: int
    sounds: int
    videos: int
    labelled: int
    hours: float
    splits: dict[str, SplitSummary]
    labels: LabelReport
    findings: Findings

    @property
    def problems(self) -> list[str]:
        """All problems, one line each."""
        return [line for lines in self.findings.values() for line in lines]


def validate_dataset(
    index: ClipIndex, *, workers: int = 1, progress: CountProgress | None = None
) -> DatasetReport:
    """Reads the audio, the labels and the video headers of a dataset and reports problems.

    Args:
        index: The dataset.
        workers: Number of processes.
        progress: Called with the number of processed clips and the number of clips.

    Returns:
        The report.
    """
    statistics = _measure_clips(index, workers, progress)
    labels = read_dataset_labels(index)
    lengths = {one.name: len(one.audio.level) for one in statistics if one.audio is not None}
    frames = np.array([lengths.get(clip.name, 0) for clip in labels.clips], np.int64)
    return DatasetReport(
        path=index.root,
        kind=index.kind,
        input=index.input,
        clips=len(index),
        sounds=sum(clip.audio is not None for clip in index),
        videos=sum(clip.video is not None for clip in index),
        labelled=sum(clip.metadata is not None for clip in index),
        hours=_hours(statistics),
        splits=_summarize_splits(index, statistics),
        labels=label_report(labels, frames),
        findings=find_problems(index, statistics, labels),
    )


def _measure_clips(index: ClipIndex, workers: int, progress: CountProgress | None) -> list[ClipStatistics]:
    task = StatisticsTask(index.layout, index.input)
    groups = [index[start : start + CLIPS_PER_TASK] for start in range(0, len(index), CLIPS_PER_TASK)]
    statistics: dict[str, ClipStatistics] = {}
    for outcome in run(task, groups, workers):
        if outcome.result is None:
            raise outcome.error or AssertionError("an outcome has a result or an error")
        statistics |= {one.name: one for one in outcome.result}
        if progress is not None:
            progress(len(statistics), len(index))
    return [statistics[clip.name] for clip in index]


def _summarize_splits(index: ClipIndex, statistics: Sequence[ClipStatistics]) -> dict[str, SplitSummary]:
    members: dict[str, list[tuple[DatasetClip, ClipStatistics]]] = defaultdict(list)
    for clip, one in zip(index, statistics, strict=True):
        members[clip.split or UNASSIGNED_SPLIT].append((clip, one))
    return {
        split: SplitSummary(
            clips=len(pairs),
            hours=_hours([one for _, one in pairs]),
            rooms=len(
                {(clip.site, clip.name_fields.room) for clip, _ in pairs if clip.name_fields.room is not None}
            ),
        )
        for split, pairs in sorted(members.items())
    }


def _hours(statistics: Sequence[ClipStatistics]) -> float:
    return sum(one.audio.seconds for one in statistics if one.audio is not None) / 3600

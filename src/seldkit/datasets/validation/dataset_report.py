"""The data set doctor: what a data set holds, and everything that is wrong with it."""

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
"""Clips that a process examines before it reports."""


@dataclass(frozen=True)
class SplitSummary:
    """Part of a set: its clips, their hours of sound, and the rooms that their names speak of."""

    clips: int
    hours: float
    rooms: int


@dataclass(frozen=True)
class DatasetReport:
    """A data set's examination.

    path; kind: see `LAYOUTS`; input: "stereo", "foa" or "mic". clips: all; sounds, videos and labelled: those
    with one. hours: of sound. splits: by name, "unsaid" where clips say none. labels: of all clips. findings:
    what is wrong, by kind, one line each; empty for a healthy set.
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
        """All findings, one line each."""
        return [line for lines in self.findings.values() for line in lines]


def validate_dataset(
    index: ClipIndex, *, workers: int = 1, progress: CountProgress | None = None
) -> DatasetReport:
    """Read the sound, the labels and the videos' headers of a whole data set, and say what is wrong."""
    facts = _examined(index, workers, progress)
    labels = read_dataset_labels(index)
    lengths = {one.name: len(one.sound.level) for one in facts if one.sound is not None}
    frames = np.array([lengths.get(clip.name, 0) for clip in labels.clips], np.int64)
    return DatasetReport(
        path=index.root,
        kind=index.kind,
        input=index.input,
        clips=len(index),
        sounds=sum(clip.audio is not None for clip in index),
        videos=sum(clip.video is not None for clip in index),
        labelled=sum(clip.metadata is not None for clip in index),
        hours=_hours(facts),
        splits=_splits(index, facts),
        labels=label_report(labels, frames),
        findings=find_problems(index, facts, labels),
    )


def _examined(index: ClipIndex, workers: int, progress: CountProgress | None) -> list[ClipStatistics]:
    task = StatisticsTask(index.layout, index.input)
    groups = [index[start : start + CLIPS_PER_TASK] for start in range(0, len(index), CLIPS_PER_TASK)]
    facts: dict[str, ClipStatistics] = {}
    for outcome in run(task, groups, workers):
        if outcome.result is None:
            raise outcome.error or AssertionError("an outcome is a result or an error")
        facts |= {one.name: one for one in outcome.result}
        if progress is not None:
            progress(len(facts), len(index))
    return [facts[clip.name] for clip in index]


def _splits(index: ClipIndex, facts: Sequence[ClipStatistics]) -> dict[str, SplitSummary]:
    members: dict[str, list[tuple[DatasetClip, ClipStatistics]]] = defaultdict(list)
    for clip, one in zip(index, facts, strict=True):
        members[clip.split or "unsaid"].append((clip, one))
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


def _hours(facts: Sequence[ClipStatistics]) -> float:
    return sum(one.sound.seconds for one in facts if one.sound is not None) / 3600

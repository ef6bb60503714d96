"""Scores of sound event localization and detection, as the DCASE challenges count them and strictly."""

from seldkit.metrics.accumulator import SeldScore
from seldkit.metrics.breakdown import Breakdown, Group, breakdown
from seldkit.metrics.comparison import Difference, paired_differences
from seldkit.metrics.coverage import Coverage, EventTruths, coverage, event_truths
from seldkit.metrics.evaluation import evaluate, jackknife
from seldkit.metrics.folders import Evaluation, evaluate_folders
from seldkit.metrics.protocols import PROTOCOLS, Protocol
from seldkit.metrics.reliability import FrameCells, Reliability, frame_cells, reliability
from seldkit.metrics.scores import Interval, Scores
from seldkit.metrics.taxonomy import Kind, Taxonomy, taxonomy

__all__ = [
    "PROTOCOLS",
    "Breakdown",
    "Coverage",
    "Difference",
    "Evaluation",
    "EventTruths",
    "FrameCells",
    "Group",
    "Interval",
    "Kind",
    "Protocol",
    "Reliability",
    "Scores",
    "SeldScore",
    "Taxonomy",
    "breakdown",
    "coverage",
    "evaluate",
    "evaluate_folders",
    "event_truths",
    "frame_cells",
    "jackknife",
    "paired_differences",
    "reliability",
    "taxonomy",
]

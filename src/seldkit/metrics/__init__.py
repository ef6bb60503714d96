"""Scores of sound event localization and detection, as the DCASE challenges count them and strictly."""

from seldkit.metrics.accumulator import SeldScore
from seldkit.metrics.breakdown import Breakdown, SourceGroup, breakdown
from seldkit.metrics.coverage import Coverage, EventTruths, coverage, event_truths
from seldkit.metrics.evaluation import evaluate, jackknife
from seldkit.metrics.folder_evaluation import Evaluation, evaluate_folders
from seldkit.metrics.paired_bootstrap import Difference, paired_differences
from seldkit.metrics.protocols import PROTOCOLS, Protocol
from seldkit.metrics.reliability import FrameCells, Reliability, frame_cells, reliability
from seldkit.metrics.scores import Interval, Scores
from seldkit.metrics.taxonomy import ErrorKind, Taxonomy, taxonomy

__all__ = [
    "PROTOCOLS",
    "Breakdown",
    "Coverage",
    "Difference",
    "ErrorKind",
    "Evaluation",
    "EventTruths",
    "FrameCells",
    "Interval",
    "Protocol",
    "Reliability",
    "Scores",
    "SeldScore",
    "SourceGroup",
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

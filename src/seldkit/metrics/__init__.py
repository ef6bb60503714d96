"""Scores of sound event localization and detection: the DCASE protocols and their strict readings."""

import seldkit.metrics.protocols  # noqa: F401  (registers the protocols)
from seldkit.metrics.accumulator import SeldScore
from seldkit.metrics.breakdown import Breakdown, SourceGroup, breakdown
from seldkit.metrics.coverage import Coverage, MatchedEvents, coverage, match_events
from seldkit.metrics.evaluation import evaluate, jackknife
from seldkit.metrics.folder_evaluation import Evaluation, PairedFolders, evaluate_folders, read_folders
from seldkit.metrics.paired_bootstrap import Difference, paired_differences
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average, Protocol, Reading
from seldkit.metrics.reliability import FrameCells, Reliability, frame_cells, reliability
from seldkit.metrics.score_definition import ScoreDefinition
from seldkit.metrics.scores import Interval, Scores
from seldkit.metrics.taxonomy import ErrorKind, Taxonomy, taxonomy

__all__ = [
    "DEFAULT_PROTOCOL",
    "PROTOCOLS",
    "Average",
    "Breakdown",
    "Coverage",
    "Difference",
    "ErrorKind",
    "Evaluation",
    "FrameCells",
    "Interval",
    "MatchedEvents",
    "PairedFolders",
    "Protocol",
    "Reading",
    "Reliability",
    "ScoreDefinition",
    "Scores",
    "SeldScore",
    "SourceGroup",
    "Taxonomy",
    "breakdown",
    "coverage",
    "evaluate",
    "evaluate_folders",
    "frame_cells",
    "jackknife",
    "match_events",
    "paired_differences",
    "read_folders",
    "reliability",
    "taxonomy",
]

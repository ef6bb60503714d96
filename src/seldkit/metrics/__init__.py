"""Scores of sound event localization and detection, as the DCASE challenges count them and strictly."""

from seldkit.metrics.accumulator import SeldScore
from seldkit.metrics.breakdown import Breakdown, Group, breakdown
from seldkit.metrics.comparison import Difference, paired_differences
from seldkit.metrics.evaluation import evaluate, jackknife
from seldkit.metrics.folders import Evaluation, evaluate_folders
from seldkit.metrics.protocols import PROTOCOLS, Protocol
from seldkit.metrics.scores import Interval, Scores
from seldkit.metrics.taxonomy import Kind, Taxonomy, taxonomy

__all__ = [
    "PROTOCOLS",
    "Breakdown",
    "Difference",
    "Evaluation",
    "Group",
    "Interval",
    "Kind",
    "Protocol",
    "Scores",
    "SeldScore",
    "Taxonomy",
    "breakdown",
    "evaluate",
    "evaluate_folders",
    "jackknife",
    "paired_differences",
    "taxonomy",
]

"""Scores of sound event localization and detection, as the DCASE challenges count them and strictly."""

from seldkit.metrics.accumulator import SeldScore
from seldkit.metrics.comparison import Difference, paired_differences
from seldkit.metrics.evaluation import evaluate, jackknife
from seldkit.metrics.folders import Evaluation, evaluate_folders
from seldkit.metrics.protocols import PROTOCOLS, Protocol
from seldkit.metrics.scores import Interval, Scores

__all__ = [
    "PROTOCOLS",
    "Difference",
    "Evaluation",
    "Interval",
    "Protocol",
    "Scores",
    "SeldScore",
    "evaluate",
    "evaluate_folders",
    "jackknife",
    "paired_differences",
]

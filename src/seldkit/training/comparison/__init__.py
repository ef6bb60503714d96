"""Comparison of recipes: training, scores with intervals, degraded video frames and ensembles."""

from seldkit.training.comparison.comparison_report import Comparison, SeedStatistics, TestResults
from seldkit.training.comparison.degradation_test import DEGRADATIONS, DegradedResult
from seldkit.training.comparison.ensemble_weights import WeightSelection, select_weights
from seldkit.training.comparison.polyphony import PolyphonyScores, scores_by_polyphony
from seldkit.training.comparison.system_comparison import compare
from seldkit.training.comparison.systems import System
from seldkit.training.comparison.test_results import SystemResult

__all__ = [
    "DEGRADATIONS",
    "Comparison",
    "DegradedResult",
    "PolyphonyScores",
    "SeedStatistics",
    "System",
    "SystemResult",
    "TestResults",
    "WeightSelection",
    "compare",
    "scores_by_polyphony",
    "select_weights",
]

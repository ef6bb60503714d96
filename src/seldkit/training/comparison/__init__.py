"""Recipes side by side: trained, scored with intervals, on several test sets, with worse pictures, as one."""

from seldkit.training.comparison.comparison_report import Comparison, TestResults
from seldkit.training.comparison.degradation_test import LADDER, Degraded
from seldkit.training.comparison.ensemble_weights import Weighting, chosen_weights
from seldkit.training.comparison.polyphony import Overlap, by_overlap
from seldkit.training.comparison.system_comparison import compare
from seldkit.training.comparison.systems import System
from seldkit.training.comparison.test_results import Result

__all__ = [
    "LADDER",
    "Comparison",
    "Degraded",
    "Overlap",
    "Result",
    "System",
    "TestResults",
    "Weighting",
    "by_overlap",
    "chosen_weights",
    "compare",
]

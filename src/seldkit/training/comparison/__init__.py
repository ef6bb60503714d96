"""Recipes side by side: trained, scored with intervals, on several test sets, with worse pictures, as one."""

from seldkit.training.comparison.comparison import compare
from seldkit.training.comparison.degraded import LADDER, Degraded
from seldkit.training.comparison.overlap import Overlap, by_overlap
from seldkit.training.comparison.report import Comparison, TestResults
from seldkit.training.comparison.systems import System
from seldkit.training.comparison.testing import Result
from seldkit.training.comparison.weighting import Weighting, chosen_weights

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

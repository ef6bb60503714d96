"""Validation of datasets: statistics of audio and labels, and problems.

Examples:
    >>> report = validate_dataset(open_dataset("DCASE2025_SELD_dataset"))  # doctest: +SKIP
    >>> report.problems  # doctest: +SKIP
    []
"""

from seldkit.datasets.validation.dataset_report import DatasetReport, SplitSummary, validate_dataset
from seldkit.datasets.validation.label_statistics import ClassCount, Histogram, LabelReport

__all__ = ["ClassCount", "DatasetReport", "Histogram", "LabelReport", "SplitSummary", "validate_dataset"]

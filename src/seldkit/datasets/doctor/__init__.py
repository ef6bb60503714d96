"""The data set doctor.

>>> report = examine(open_dataset("DCASE2025_SELD_dataset"))  # doctest: +SKIP
>>> report.problems  # doctest: +SKIP
[]
"""

from seldkit.datasets.doctor.labels import ClassCount, Histogram, LabelReport
from seldkit.datasets.doctor.report import DatasetReport, Share, examine

__all__ = ["ClassCount", "DatasetReport", "Histogram", "LabelReport", "Share", "examine"]

"""Data sets: their clips, what is wrong with them, and stores of prepared features and targets.

>>> index = open_dataset("DCASE2025_SELD_dataset")  # doctest: +SKIP
>>> [clip.name for clip in index.select(split="test")]  # doctest: +SKIP
"""

from seldkit.datasets.clips import Clip, ClipIndex, ClipName
from seldkit.datasets.index import open_dataset
from seldkit.datasets.layouts import Layout
from seldkit.datasets.table import LAYOUTS, recognise

__all__ = ["LAYOUTS", "Clip", "ClipIndex", "ClipName", "Layout", "open_dataset", "recognise"]

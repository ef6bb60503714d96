"""Datasets: index of their clips, validation, augmentation, and stores of prepared features and targets.

Examples:
    >>> index = open_dataset("DCASE2025_SELD_dataset")  # doctest: +SKIP
    >>> [clip.name for clip in index.select(split="test")]  # doctest: +SKIP
"""

from seldkit.datasets.clip_index import ClipIndex, ClipName, DatasetClip
from seldkit.datasets.discovery import open_dataset, open_for_model
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.datasets.registry import LAYOUTS, detect_layout

__all__ = [
    "LAYOUTS",
    "ClipIndex",
    "ClipName",
    "DatasetClip",
    "FolderLayout",
    "detect_layout",
    "open_dataset",
    "open_for_model",
]

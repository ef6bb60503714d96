"""STARSS22 and STARSS23, and synthetic datasets with the same layout.

Recordings of 30 s to 10 min: ``foa_dev/dev-train-sony/fold3_room21_mix001.wav``, with the same name in
``mic_dev``, ``video_dev`` (.mp4, 2023 only) and ``metadata_dev`` (.csv). ``foa_eval`` and ``mic_eval`` have
no labels. Fold 3 is for training and fold 4 for testing; folds 1 and 2 are the same for synthetic recordings.
The labels of 2022 have no distance. Source: readmes of the two datasets. The recordings without video are
listed in the readme of the DCASE 2025 dataset.
"""

import re
from typing import Final

from seldkit.datasets.folder_layout import FolderLayout, FolderTree

_EXAMPLES: Final = (
    "foa_dev/dev-train-sony/fold3_room4_mix001.wav",
    "foa_dev/dev-test-sony/fold4_room2_mix001.wav",
)
_FOLDS: Final = {1: "train", 2: "test", 3: "train", 4: "test"}
_SITES: Final = re.compile(r"(dev|eval)-(train|test|val)-\w+")
MIN_COLUMNS_WITH_DISTANCE: Final = 6
"""Number of columns of metadata files that contain distances."""


def _has_sites(tree: FolderTree) -> bool:
    """Whether subfolders are named after split and site, such as dev-train-sony."""
    return any(map(_SITES.fullmatch, tree.subfolders))


def _is_2023(tree: FolderTree) -> bool:
    spatial = bool({"foa_dev", "mic_dev", "foa_eval", "mic_eval"} & tree.folders)
    videos = bool({"video_dev", "video_eval"} & tree.folders)
    return spatial and (videos or (_has_sites(tree) and tree.columns >= MIN_COLUMNS_WITH_DISTANCE))


def _is_2022(tree: FolderTree) -> bool:
    spatial = bool({"foa_dev", "mic_dev"} & tree.folders)
    return spatial and _has_sites(tree) and not _is_2023(tree)


STARSS23: Final = FolderLayout(
    name="starss23",
    title="STARSS23",
    audio={"foa": ("foa",), "mic": ("mic",)},
    expected="foa_dev or mic_dev (with dev-train-sony, …), metadata_dev, video_dev",
    examples=_EXAMPLES,
    matches=_is_2023,
    label_columns=("elevation", "distance"),
    format="dcase2024",
    without_video=re.compile(r"fold3_room21_mix0(0[1-9]|1[0-2])"),
    folds=_FOLDS,
    rooms_are_global=True,
)
STARSS22: Final = FolderLayout(
    name="starss22",
    title="STARSS22",
    audio={"foa": ("foa",), "mic": ("mic",)},
    expected="foa_dev or mic_dev (with dev-train-sony, …), metadata_dev of five columns",
    examples=_EXAMPLES,
    matches=_is_2022,
    label_columns=("elevation",),
    format="dcase2024",
    folds=_FOLDS,
    rooms_are_global=True,
)

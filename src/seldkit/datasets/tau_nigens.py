"""The synthetic datasets of DCASE 2020 to 2022: TAU-NIGENS Spatial Sound Events and the baselines' mixtures.

- 2020: ``foa_dev/fold1_room1_mix001_ov1.wav``, 14 classes, eight folds.
- 2021: ``foa_dev/dev-train/fold1_room1_mix001.wav``, 12 classes, eight folds.
- 2022 (training data of the baselines): ``foa/fold1_room1_mix001.wav``, the 13 classes of STARSS22.

All have ``mic`` folders in addition to the ``foa`` folders, and metadata with five columns, without distance.
Sources: the three readmes and the class lists of the baselines.
"""

from typing import Final

from seldkit.classes import ClassVocabulary
from seldkit.datasets.folder_layout import FolderLayout, FolderTree

CLASSES_2020: Final = ClassVocabulary(
    (
        "alarm",
        "crying baby",
        "crash",
        "barking dog",
        "running engine",
        "female scream",
        "female speech",
        "burning fire",
        "footsteps",
        "knock",
        "male scream",
        "male speech",
        "telephone",
        "piano",
    )
)
"""Classes of TAU-NIGENS Spatial Sound Events 2020."""
_NOT_IN_2021: Final = {"running engine", "burning fire"}
CLASSES_2021: Final = ClassVocabulary(tuple(name for name in CLASSES_2020 if name not in _NOT_IN_2021))
"""Classes of TAU-NIGENS Spatial Sound Events 2021."""


def _is_2020(tree: FolderTree) -> bool:
    return bool({"foa_dev", "mic_dev"} & tree.folders) and "_ov" in tree.stem


def _is_2021(tree: FolderTree) -> bool:
    spatial = bool({"foa_dev", "mic_dev"} & tree.folders)
    return spatial and "dev-train" in tree.subfolders and not _is_2020(tree)


def _is_2022(tree: FolderTree) -> bool:
    return bool({"foa", "mic"} & tree.folders) and "metadata" in tree.folders


TAU_NIGENS_2020: Final = FolderLayout(
    name="tau-nigens-2020",
    title="TAU-NIGENS Spatial Sound Events 2020",
    audio={"foa": ("foa",), "mic": ("mic",)},
    expected="foa_dev or mic_dev (fold1_room1_mix001_ov1.wav, …), metadata_dev",
    examples=("foa_dev/fold3_room1_mix001_ov1.wav", "foa_dev/fold1_room1_mix001_ov1.wav"),
    matches=_is_2020,
    label_columns=("elevation",),
    format="dcase2024",
    classes=CLASSES_2020,
    folds={1: "test", 2: "validation", **dict.fromkeys(range(3, 7), "train"), 7: "eval", 8: "eval"},
)
TAU_NIGENS_2021: Final = FolderLayout(
    name="tau-nigens-2021",
    title="TAU-NIGENS Spatial Sound Events 2021",
    audio={"foa": ("foa",), "mic": ("mic",)},
    expected="foa_dev or mic_dev (with dev-train, dev-val, dev-test), metadata_dev",
    examples=("foa_dev/dev-train/fold1_room1_mix001.wav", "foa_dev/dev-test/fold6_room1_mix001.wav"),
    matches=_is_2021,
    label_columns=("elevation",),
    format="dcase2024",
    classes=CLASSES_2021,
    folds={**dict.fromkeys(range(1, 5), "train"), 5: "validation", 6: "test", 7: "eval", 8: "eval"},
)
DCASE2022_SYNTHETIC: Final = FolderLayout(
    name="dcase2022-synthetic",
    title="DCASE 2022 synthetic mixtures",
    audio={"foa": ("foa",), "mic": ("mic",)},
    expected="foa or mic, metadata",
    examples=("foa/fold1_room1_mix001.wav", "foa/fold2_room1_mix001.wav"),
    matches=_is_2022,
    label_columns=("elevation",),
    format="dcase2024",
    folds={1: "train", 2: "test"},
)

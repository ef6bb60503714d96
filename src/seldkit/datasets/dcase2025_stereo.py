"""The DCASE 2025 Task 3 stereo SELD dataset, and synthetic datasets with the same layout.

Clips of 5 s, 24 kHz: ``stereo_dev/dev-train-tau/fold3_room4_mix001_deg090_start0120.wav``, with the same name
in ``video_dev`` (.mp4) and ``metadata_dev`` (.csv). ``stereo_eval`` and ``video_eval`` have no labels. Fold 3
is for training and fold 4 for testing; folds 1 and 2 are the same for synthetic clips. Source: readme of the
dataset.
"""

from typing import Final

from seldkit.datasets.folder_layout import FolderLayout, FolderTree


def _has_stereo(tree: FolderTree) -> bool:
    return bool({"stereo_dev", "stereo_eval"} & tree.folders)


DCASE2025_STEREO: Final = FolderLayout(
    name="dcase2025-stereo",
    title="DCASE 2025 Task 3 stereo",
    audio={"stereo": ("stereo",)},
    expected="stereo_dev (or stereo_eval), metadata_dev, video_dev",
    examples=(
        "stereo_dev/dev-train-tau/fold3_room4_mix001_deg090_start0120.wav",
        "stereo_dev/dev-test-tau/fold4_room2_mix001_deg090_start0120.wav",
    ),
    matches=_has_stereo,
    label_columns=("distance", "onscreen"),
    format="dcase2025",
    rooms_are_global=True,
    folds={1: "train", 2: "test", 3: "train", 4: "test"},
)

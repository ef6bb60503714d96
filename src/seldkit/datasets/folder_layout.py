"""How the public data sets lay out their folders. A new one is one file and one line in `table.py`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seldkit.classes import STARSS23, ClassVocabulary

PARTS: Final = ("dev", "eval")


@dataclass(frozen=True)
class FolderTree:
    """What recognition looks at.

    folders: names of the data set's folders. subfolders: names of the folders in them, such as
    "dev-train-tau". stem: a sound file's name without suffix, columns: how many columns a metadata file has;
    "" and 0 where there is none.
    """

    folders: frozenset[str]
    subfolders: frozenset[str]
    stem: str
    columns: int


@dataclass(frozen=True)
class FolderLayout:
    """One kind of data set.

    name: what it is called in commands. title: what it is called in sentences.
    audio: for each input ("stereo", "foa", "mic"), the stem of its folders: "foa" for foa_dev and foa_eval.
    expected: the folders, in words, for errors. matches: whether a folder's tree is of this kind.
    classes: the vocabulary. label_columns: which of elevation, distance and onscreen the labels have.
    without_video: names of the clips that have none although the others do.
    folds: the split of each fold, where folders do not say it. rooms_are_global: whether one room number is
    one room, or counts the rooms of a fold.
    format: of the metadata files.
    """

    name: str
    title: str
    audio: Mapping[str, tuple[str, ...]]
    expected: str
    matches: Callable[[FolderTree], bool]
    label_columns: tuple[str, ...]
    format: str
    classes: ClassVocabulary = STARSS23
    without_video: re.Pattern[str] | None = None
    folds: Mapping[int, str] = field(default_factory=dict)
    rooms_are_global: bool = False
    metadata: tuple[str, ...] = ("metadata",)
    video: tuple[str, ...] = ("video",)

    @property
    def folder_names(self) -> frozenset[str]:
        """Every folder that this kind of data set may have."""
        partners = (name for stem in (*self.metadata, *self.video) for _, name in part_folders(stem))
        return self.audio_folders | frozenset(partners)

    @property
    def audio_folders(self) -> frozenset[str]:
        """Those of them that hold sound."""
        stems = (stem for stems in self.audio.values() for stem in stems)
        return frozenset(name for stem in stems for _, name in part_folders(stem))


def part_folders(stem: str) -> Sequence[tuple[str, str]]:
    """The parts ("dev", "eval") and the folders that hold them; a folder without an ending is dev."""
    return [*((part, f"{stem}_{part}") for part in PARTS), ("dev", stem)]


def scan_folders(root: Path, names: frozenset[str]) -> FolderTree:
    """What there is of the folders `names` below `root`."""
    present = sorted(name for name in names if (root / name).is_dir())
    subfolders = {child.name for name in present for child in (root / name).iterdir() if child.is_dir()}
    sounds = [name for name in present if not name.startswith(("metadata", "video"))]
    return FolderTree(
        frozenset(present),
        frozenset(name for name in subfolders if not name.startswith(".")),
        _first_stem(root, sounds),
        _columns(root, [name for name in present if name.startswith("metadata")]),
    )


def _first_stem(root: Path, folders: Sequence[str]) -> str:
    for folder in folders:
        for path in (root / folder).rglob("*.wav"):
            if not path.name.startswith("."):
                return path.stem
    return ""


def _columns(root: Path, folders: Sequence[str]) -> int:
    """The number of columns of the first metadata file that has a row."""
    for folder in folders:
        for path in (root / folder).rglob("*.csv"):
            if not path.name.startswith(".") and path.is_file():
                with path.open("rb") as file:
                    line = file.readline(200).strip()
                if line:
                    return line.count(b",") + 1
    return 0

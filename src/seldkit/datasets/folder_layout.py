"""Folder layouts of public datasets."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seldkit.classes import STARSS23, ClassVocabulary

PARTS: Final = ("dev", "eval")
"""Parts of a dataset: development and evaluation."""


@dataclass(frozen=True)
class FolderTree:
    """Properties of a folder by which the kind of dataset is detected.

    Attributes:
        folders: Names of the folders of the dataset, such as "foa_dev".
        subfolders: Names of the folders in them, such as "dev-train-tau".
        stem: Name of an audio file without suffix; "" without audio files.
        columns: Number of columns of a metadata file; 0 without metadata files.
    """

    folders: frozenset[str]
    subfolders: frozenset[str]
    stem: str
    columns: int


@dataclass(frozen=True)
class FolderLayout:
    """A kind of dataset: its folders, splits and labels.

    Attributes:
        name: Name in commands.
        title: Name in messages.
        audio: For each channel layout ("stereo", "foa", "mic"), the names of its folders without the part:
            "foa" for ``foa_dev`` and ``foa_eval``.
        expected: List of the folders for error messages.
        examples: Audio files of a training clip and of a test clip, relative to the folder of the dataset.
        matches: Whether a folder is a dataset of this kind.
        label_columns: The columns that the labels contain, out of elevation, distance and onscreen.
        format: Name of the annotation format of the metadata files.
        classes: Class vocabulary of the labels.
        without_video: Pattern of the names of clips without video in a dataset with videos.
        folds: Split of each fold, for clips whose folder does not determine it.
        rooms_are_global: Whether a room number is the same room in all folds.
        metadata: Names of the metadata folders without the part.
        video: Names of the video folders without the part.
    """

    name: str
    title: str
    audio: Mapping[str, tuple[str, ...]]
    expected: str
    examples: tuple[str, str]
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
        """Names of all folders of this kind of dataset."""
        others = (name for stem in (*self.metadata, *self.video) for _, name in part_folders(stem))
        return self.audio_folders | frozenset(others)

    @property
    def audio_folders(self) -> frozenset[str]:
        """Names of the folders with audio."""
        stems = (stem for stems in self.audio.values() for stem in stems)
        return frozenset(name for stem in stems for _, name in part_folders(stem))


def part_folders(stem: str) -> Sequence[tuple[str, str]]:
    """Lists the folders of a stem.

    Args:
        stem: Name of a folder without the part, such as "foa".

    Returns:
        Pairs of a part ("dev" or "eval") and a folder. The folder without a part belongs to "dev".
    """
    return [*((part, f"{stem}_{part}") for part in PARTS), ("dev", stem)]


def scan_folders(root: Path, names: frozenset[str]) -> FolderTree:
    """Collects the properties by which the kind of dataset is detected.

    Args:
        root: Folder of the dataset.
        names: Names of the folders of all kinds of datasets.

    Returns:
        The properties.
    """
    present = sorted(name for name in names if (root / name).is_dir())
    subfolders = {child.name for name in present for child in (root / name).iterdir() if child.is_dir()}
    audio = [name for name in present if not name.startswith(("metadata", "video"))]
    return FolderTree(
        frozenset(present),
        frozenset(name for name in subfolders if not name.startswith(".")),
        _first_stem(root, audio),
        _column_count(root, [name for name in present if name.startswith("metadata")]),
    )


def _first_stem(root: Path, folders: Sequence[str]) -> str:
    for folder in folders:
        for path in (root / folder).rglob("*.wav"):
            if not path.name.startswith("."):
                return path.stem
    return ""


def _column_count(root: Path, folders: Sequence[str]) -> int:
    """Number of columns of the first metadata file that is not empty."""
    for folder in folders:
        for path in (root / folder).rglob("*.csv"):
            if not path.name.startswith(".") and path.is_file():
                with path.open("rb") as file:
                    line = file.readline(200).strip()
                if line:
                    return line.count(b",") + 1
    return 0

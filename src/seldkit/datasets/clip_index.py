"""Index of a dataset: its clips, their files and the fields of their names."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self, overload

from seldkit.annotations import Annotations
from seldkit.classes import CLASSES_FILE
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ReadOptions

_NAME_PATTERN: Final = re.compile(
    r"fold(?P<fold>\d+)_room(?P<room>\d+)_mix(?P<recording>\d+)"
    r"(?:_ov(?P<overlap>\d+))?(?:_deg(?P<view>\d+))?(?:_start(?P<start>\d+))?(?:_|$)"
)


@dataclass(frozen=True)
class ClipName:
    """Fields of a file name such as ``fold3_room4_mix001_deg090_start0120``. Missing fields are None.

    Attributes:
        fold: Number of the fold.
        room: Number of the room.
        recording: Number of the recording from which the clip was cut.
        overlap: Maximum number of simultaneous events (2020 only).
        view: Azimuth of the view in degrees, by which the recording was rotated.
        start: First frame of the clip in its recording, in frames of 100 ms.
    """

    fold: int | None = None
    room: int | None = None
    recording: int | None = None
    overlap: int | None = None
    view: int | None = None
    start: int | None = None

    @classmethod
    def from_stem(cls, stem: str) -> Self:
        """Parses a file name.

        Args:
            stem: File name without suffix.

        Returns:
            The fields; all are None if the name has a different pattern.
        """
        match = _NAME_PATTERN.match(stem)
        if match is None:
            return cls()
        return cls(**{field: int(digits) for field, digits in match.groupdict().items() if digits})


@dataclass(frozen=True)
class DatasetClip:
    """A clip of a dataset. Missing files are None.

    Attributes:
        name: Unique name: path relative to the folders of the dataset, without suffix, such as
            "dev-train-tau/fold3_room4_mix001".
        audio: Audio file.
        video: Video file.
        metadata: Metadata file with the labels.
        part: "dev" or "eval".
        split: "train", "validation", "test" or "eval"; None if neither folder nor fold determine it.
        site: Recording site ("sony", "tau", "synth") or None.
        name_fields: Fields of the file name.
    """

    name: str
    audio: Path | None
    video: Path | None
    metadata: Path | None
    part: str
    split: str | None
    site: str | None
    name_fields: ClipName

    @property
    def stem(self) -> str:
        """File name without suffix."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class ClipIndex(Sequence[DatasetClip]):
    """The clips of a dataset, sorted by name.

    Attributes:
        root: Folder of the dataset.
        layout: Layout of its folders.
        input: Channel layout of the audio files: "stereo", "foa" or "mic".
        clips: The clips.
        misplaced: Messages about files in another subfolder than the audio file of the same name.
    """

    root: Path
    layout: FolderLayout
    input: str
    clips: tuple[DatasetClip, ...]
    misplaced: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Name of the kind of dataset."""
        return self.layout.name

    def __len__(self) -> int:
        return len(self.clips)

    @overload
    def __getitem__(self, index: int) -> DatasetClip: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[DatasetClip, ...]: ...

    def __getitem__(self, index: int | slice) -> DatasetClip | tuple[DatasetClip, ...]:
        return self.clips[index]

    def __iter__(self) -> Iterator[DatasetClip]:
        return iter(self.clips)

    def select(
        self,
        split: str | None = None,
        folds: Collection[int] | None = None,
        rooms: Collection[int] | None = None,
        labelled: bool = False,
    ) -> Self:
        """Selects clips that meet all criteria.

        Args:
            split: Split. None: all.
            folds: Numbers of folds. None: all.
            rooms: Numbers of rooms. None: all.
            labelled: Whether only clips with audio and labels are selected.

        Returns:
            The index of the selected clips.
        """
        selected = tuple(
            clip
            for clip in self.clips
            if (split is None or clip.split == split)
            and (folds is None or clip.name_fields.fold in folds)
            and (rooms is None or clip.name_fields.room in rooms)
            and not (labelled and (clip.audio is None or clip.metadata is None))
        )
        return replace(self, clips=selected)

    def annotations(self, clip: DatasetClip, frames: int = 0) -> Annotations:
        """Reads the labels of a clip.

        Args:
            clip: The clip.
            frames: Minimum duration of the result, in frames of 100 ms.

        Returns:
            The labels: azimuth and elevation in degrees, distance in metres.

        Raises:
            ValueError: If the clip has no labels.
            FormatError: If the labels are invalid.
        """
        if clip.metadata is None:
            raise ValueError(f"clip {clip.name} has no labels")
        return read_label_file(clip.metadata, self.layout, frames)


def read_label_file(path: Path, layout: FolderLayout, frames: int = 0) -> Annotations:
    """Reads a metadata file of a dataset.

    A source may be listed twice with one class in a frame: the labels of STARSS22 contain hundreds of such
    rows.

    Args:
        path: Metadata file.
        layout: Layout of the dataset.
        frames: Minimum duration of the result, in frames of 100 ms.

    Returns:
        The labels.

    Raises:
        FormatError: If the file is invalid or contains classes that are not in the vocabulary.
    """
    labels = FORMATS[layout.format].read(path, ReadOptions(layout.classes, tolerant=True), frames)
    unknown = labels.class_id >= len(layout.classes)
    if unknown.any():
        raise FormatError(
            f"{path}: expected class numbers 0 to {len(layout.classes) - 1}, "
            f"got {labels.class_id[unknown][0]} in frame {labels.frame[unknown][0]}; list the classes of the "
            f"dataset in its {CLASSES_FILE}"
        )
    return labels

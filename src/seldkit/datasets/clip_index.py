"""A data set as a list of clips, and what their names say."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, overload

from seldkit.annotations import Annotations
from seldkit.classes import CLASSES_FILE
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ReadOptions

_NAME: Final = re.compile(
    r"fold(?P<fold>\d+)_room(?P<room>\d+)_mix(?P<recording>\d+)"
    r"(?:_ov(?P<overlap>\d+))?(?:_deg(?P<view>\d+))?(?:_start(?P<start>\d+))?(?:_|$)"
)


@dataclass(frozen=True)
class ClipName:
    """What a file name such as `fold3_room4_mix001_deg090_start0120` says; None where it does not.

    overlap: most events at once (2020). view: azimuth in degrees that the recording was turned by. start: the
    clip's first 100 ms frame within its recording.
    """

    fold: int | None = None
    room: int | None = None
    recording: int | None = None
    overlap: int | None = None
    view: int | None = None
    start: int | None = None

    @classmethod
    def from_stem(cls, stem: str) -> Self:
        """The parts of a file name without suffix."""
        found = _NAME.match(stem)
        if found is None:
            return cls()
        return cls(**{part: int(digits) for part, digits in found.groupdict().items() if digits})


@dataclass(frozen=True)
class DatasetClip:
    """One clip: its files, None where there is none, and what folder and name say of it.

    name: its path within the data set's folders, without suffix ("dev-train-tau/fold3_…"), unique.
    part: "dev" or "eval". split: "train", "validation", "test" or "eval"; None where neither folder nor fold
    says. site: who recorded it ("sony", "tau", "synth"), or None.
    """

    name: str
    audio: Path | None
    video: Path | None
    metadata: Path | None
    part: str
    split: str | None
    site: str | None
    parts: ClipName

    @property
    def stem(self) -> str:
        """The file name without suffix."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class ClipIndex(Sequence[DatasetClip]):
    """The clips of a data set folder, by name.

    root: the folder. kind: the layout's name. input: which sound the clips' `audio` is, "stereo", "foa" or
    "mic". misplaced: files whose partner of the same name lies in another subfolder, one line each.
    """

    root: Path
    layout: FolderLayout
    input: str
    clips: tuple[DatasetClip, ...]
    misplaced: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The layout's name."""
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
        """The clips of a split, of some folds and rooms, and with sound and labels where `labelled`."""
        kept = tuple(
            clip
            for clip in self.clips
            if (split is None or clip.split == split)
            and (folds is None or clip.parts.fold in folds)
            and (rooms is None or clip.parts.room in rooms)
            and not (labelled and (clip.audio is None or clip.metadata is None))
        )
        return type(self)(self.root, self.layout, self.input, kept, self.misplaced)

    def annotations(self, clip: DatasetClip, frames: int = 0) -> Annotations:
        """A clip's labels, at least `frames` frames long. Raises FormatError; ValueError without labels."""
        if clip.metadata is None:
            raise ValueError(f"clip {clip.name} has no labels")
        return read_label_file(clip.metadata, self.layout, frames)


def read_label_file(path: Path, layout: FolderLayout, frames: int = 0) -> Annotations:
    """A metadata file of a data set, at least `frames` frames long. Raises FormatError.

    One source may stand twice in a frame with one class: the labels of STARSS22 have hundreds of such rows.
    """
    labels = FORMATS[layout.format].read(path, ReadOptions(layout.classes, tolerant=True), frames)
    unknown = labels.class_id >= len(layout.classes)
    if unknown.any():
        raise FormatError(
            f"{path}: expected class numbers of 0 to {len(layout.classes) - 1}, "
            f"got {labels.class_id[unknown][0]} in frame {labels.frame[unknown][0]}; list the data set's "
            f"classes in its {CLASSES_FILE}"
        )
    return labels

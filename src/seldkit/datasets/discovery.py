"""Discovery of a dataset's clips: audio, video and labels are paired by name."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.classes import CLASSES_FILE, ClassVocabulary
from seldkit.datasets.clip_index import ClipIndex, ClipName, DatasetClip
from seldkit.datasets.folder_layout import FolderLayout, part_folders
from seldkit.datasets.registry import resolve_layout
from seldkit.errors import DatasetError

if TYPE_CHECKING:
    from seldkit.features import FeatureConfig

AUDIO_SUFFIXES: Final = frozenset({".wav", ".flac"})
"""Suffixes of audio files in datasets."""
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".mov", ".mkv"})
"""Suffixes of video files in datasets."""
METADATA_SUFFIXES: Final = frozenset({".csv"})
"""Suffixes of metadata files in datasets."""
_SPLITS: Final = {"train": "train", "val": "validation", "test": "test"}

ClipKey = tuple[str, str]
"""Part of a clip ("dev", "eval") and its path relative to the folder, without suffix."""


def open_dataset(
    root: str | Path,
    kind: str | None = None,
    input: str | None = None,
    classes: ClassVocabulary | None = None,
) -> ClipIndex:
    """Lists the clips of a dataset.

    Audio, video and labels with the same name form a clip. Clips with missing files are listed too;
    `seldkit.datasets.validation` reports them. Hidden files are ignored.

    Args:
        root: Folder of the dataset.
        kind: Kind of dataset, a name of `LAYOUTS`. None: detected by the folders.
        input: Channel layout of the audio files to use, for example "foa" or "mic". None: the first one
            found.
        classes: Class vocabulary of the labels. None: that of ``classes.txt`` in the folder, or of the kind
            of dataset if there is no such file.

    Returns:
        The index.

    Raises:
        DatasetError: If the folder is no dataset, has no such audio, or has two files with the same name.
        UnknownNameError: If the kind is unknown.
    """
    root = Path(root)
    layout = with_vocabulary(resolve_layout(root, kind), root, classes)
    chosen = _choose_input(root, layout, input)
    audio = _find_files(root, layout.audio[chosen], AUDIO_SUFFIXES)
    video, metadata = (
        _PairedFiles.pair(audio, _find_files(root, stems, suffixes))
        for stems, suffixes in ((layout.video, VIDEO_SUFFIXES), (layout.metadata, METADATA_SUFFIXES))
    )
    keys = sorted(audio.keys() | video.files.keys() | metadata.files.keys())
    if not keys:
        raise DatasetError(f"{root}: expected audio files in {layout.expected}, found none; check the folder")
    clips = tuple(
        _build_clip(key, layout, audio.get(key), video.files.get(key), metadata.files.get(key))
        for key in keys
    )
    return ClipIndex(root, layout, chosen, clips, (*video.misplaced, *metadata.misplaced))


def open_for_model(
    root: str | Path,
    features: "FeatureConfig",
    kind: str | None = None,
    classes: ClassVocabulary | None = None,
) -> ClipIndex:
    """Lists the clips of a dataset with the audio that a model requires.

    Args:
        root: Folder of the dataset.
        features: Features of the model.
        kind: Kind of dataset, a name of `LAYOUTS`. None: detected by the folders.
        classes: Class vocabulary of the labels. None: that of ``classes.txt`` or of the kind of dataset.

    Returns:
        The index. For stereo models, any dataset is accepted; `check_compatibility` then names the
        conversion.

    Raises:
        DatasetError: If the folder is no dataset, or has no audio in the channel layout of the model.
    """
    return open_dataset(root, kind, None if features.layout.folded else features.input, classes)


def with_vocabulary(layout: FolderLayout, root: Path, classes: ClassVocabulary | None = None) -> FolderLayout:
    """Sets the class vocabulary of a dataset.

    Args:
        layout: Layout of the dataset's folders, with the vocabulary of this kind of dataset.
        root: Folder of the dataset. The vocabulary of its ``classes.txt``, if there is one, takes precedence
            over that of the layout.
        classes: Vocabulary that takes precedence over both.

    Returns:
        The layout with the vocabulary of this dataset.

    Raises:
        FormatError: ``classes.txt`` is not a valid vocabulary.
    """
    path = root / CLASSES_FILE
    if classes is None and path.is_file():
        classes = ClassVocabulary.from_file(path)
    return layout if classes is None else replace(layout, classes=classes)


def _choose_input(root: Path, layout: FolderLayout, requested: str | None) -> str:
    present = [
        name
        for name, stems in layout.audio.items()
        if any((root / folder).is_dir() for stem in stems for _, folder in part_folders(stem))
    ]
    if requested is None:
        return next(iter(present or layout.audio))
    if requested not in present:
        available = ", ".join(present) or "none"
        raise DatasetError(f"{root}: expected {requested} audio, found {available}; use one of these")
    return requested


def _find_files(root: Path, stems: Sequence[str], suffixes: frozenset[str]) -> dict[ClipKey, Path]:
    """The files with one of the suffixes, by part and name."""
    files: dict[ClipKey, Path] = {}
    for part, folder in (place for stem in stems for place in part_folders(stem)):
        for path, relative in _walk(root / folder, suffixes):
            other = files.setdefault((part, relative), path)
            if other is not path:
                raise DatasetError(
                    f"{path}: expected one file with this name, found {other} too; remove one of them"
                )
    return files


def _walk(folder: Path, suffixes: frozenset[str]) -> Iterator[tuple[Path, str]]:
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        within = Path(base).relative_to(folder)
        for name in names:
            suffix = Path(name).suffix
            if suffix.lower() in suffixes and not name.startswith("."):
                yield Path(base, name), (within / name.removesuffix(suffix)).as_posix()


@dataclass(frozen=True)
class _PairedFiles:
    """Video or metadata files by the clip to which they belong."""

    files: Mapping[ClipKey, Path]
    misplaced: Sequence[str]

    @classmethod
    def pair(cls, audio: Mapping[ClipKey, Path], files: Mapping[ClipKey, Path]) -> "_PairedFiles":
        """Pairs files with audio by path; if that fails, by file name, provided that it is unique."""
        unpaired_audio = _keys_by_stem(key for key in audio if key not in files)
        unpaired_files = _keys_by_stem(key for key in files if key not in audio)
        paired, misplaced = dict(files), []
        for stem, keys in unpaired_files.items():
            candidates = unpaired_audio.get(stem, [])
            if len(candidates) == len(keys) == 1:
                path = paired.pop(keys[0])
                paired[candidates[0]] = path
                misplaced.append(
                    f"{path}: expected in the subfolder of its audio, {audio[candidates[0]]}; move it there"
                )
        return cls(paired, misplaced)


def _keys_by_stem(keys: Iterator[ClipKey]) -> dict[str, list[ClipKey]]:
    stems: dict[str, list[ClipKey]] = {}
    for key in keys:
        stems.setdefault(key[1].rsplit("/", 1)[-1], []).append(key)
    return stems


def _build_clip(
    key: ClipKey, layout: FolderLayout, audio: Path | None, video: Path | None, metadata: Path | None
) -> DatasetClip:
    part, relative = key
    folder, _, stem = relative.rpartition("/")
    fields = ClipName.from_stem(stem)
    words = folder.split("/")[0].split("-")
    split = next((_SPLITS[word] for word in words if word in _SPLITS), None)
    if part == "eval":
        split = "eval"
    elif split is None and fields.fold is not None:
        split = layout.folds.get(fields.fold)
    return DatasetClip(
        name=f"{'eval/' if part == 'eval' else ''}{relative}",
        audio=audio,
        video=video,
        metadata=metadata,
        part=part,
        split=split,
        site=words[2] if len(words) > 2 else None,
        name_fields=fields,
    )

"""Finding a data set's clips: sound, pictures and labels paired by name, never by position."""

import os
from collections.abc import Iterator, Sequence
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
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".mov", ".mkv"})
METADATA_SUFFIXES: Final = frozenset({".csv"})
_SPLITS: Final = {"train": "train", "val": "validation", "test": "test"}

ClipKey = tuple[str, str]
"""A clip's part ("dev", "eval") and its path within the folder, without suffix."""


def open_dataset(
    root: str | Path,
    kind: str | None = None,
    input: str | None = None,
    classes: ClassVocabulary | None = None,
) -> ClipIndex:
    """The clips of a data set folder.

    kind: one of `LAYOUTS`; recognised from the folders where None. input: which sound to take where the set
    holds several, "foa" or "mic"; the first that is there where None. classes: the vocabulary of its labels;
    None: that of `classes.txt` in the folder, or of the kind of data set where there is no such file.

    Every clip has the sound, video and labels of its name, whether or not all are there: the doctor says what
    is missing. Hidden files are passed over. Raises DatasetError.
    """
    root = Path(root)
    layout = with_vocabulary(resolve_layout(root, kind), root, classes)
    chosen = _chosen_input(root, layout, input)
    audio = _found(root, layout.audio[chosen], AUDIO_SUFFIXES)
    partners = [
        _PairedFiles.pair(audio, _found(root, stems, suffixes))
        for stems, suffixes in ((layout.video, VIDEO_SUFFIXES), (layout.metadata, METADATA_SUFFIXES))
    ]
    video, metadata = (partner.files for partner in partners)
    keys = sorted(audio.keys() | video.keys() | metadata.keys())
    if not keys:
        raise DatasetError(f"{root}: expected sound files in {layout.expected}, found none")
    clips = tuple(_clip(key, layout, audio.get(key), video.get(key), metadata.get(key)) for key in keys)
    return ClipIndex(root, layout, chosen, clips, tuple(line for one in partners for line in one.misplaced))


def open_for_model(
    root: str | Path,
    features: "FeatureConfig",
    kind: str | None = None,
    classes: ClassVocabulary | None = None,
) -> ClipIndex:
    """Opens the clips of a data set folder with the audio that a model requires.

    Args:
        root: The folder.
        features: Features of the model.
        kind: One of `LAYOUTS`; None: recognized from the folders.
        classes: Vocabulary of the labels; None: that of ``classes.txt`` or of the kind of dataset.

    Returns:
        The clips. A model of stereo audio gets any data set, so that `check_fit` can name the conversion.

    Raises:
        DatasetError: If the folder is no data set, or has no audio of the model's array or ambisonics.
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


def _chosen_input(root: Path, layout: FolderLayout, asked: str | None) -> str:
    present = [
        name
        for name, stems in layout.audio.items()
        if any((root / folder).is_dir() for stem in stems for _, folder in part_folders(stem))
    ]
    if asked is None:
        return next(iter(present or layout.audio))
    if asked not in present:
        raise DatasetError(
            f"{root}: expected '{asked}' sound, this set holds: {', '.join(present) or 'none'}"
        )
    return asked


def _found(root: Path, stems: Sequence[str], suffixes: frozenset[str]) -> dict[ClipKey, Path]:
    """The files of one sort, by part and name. Raises DatasetError where two have one name."""
    found: dict[ClipKey, Path] = {}
    for part, folder in (place for stem in stems for place in part_folders(stem)):
        for path, relative in _files(root / folder, suffixes):
            other = found.setdefault((part, relative), path)
            if other is not path:
                raise DatasetError(
                    f"{path}: expected one file of this name, got {other} too; keep one of them"
                )
    return found


def _files(folder: Path, suffixes: frozenset[str]) -> Iterator[tuple[Path, str]]:
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        within = Path(base).relative_to(folder)
        for name in names:
            suffix = Path(name).suffix
            if suffix.lower() in suffixes and not name.startswith("."):
                yield Path(base, name), (within / name.removesuffix(suffix)).as_posix()


@dataclass(frozen=True)
class _PairedFiles:
    """Files by the clip that they belong to."""

    files: dict[ClipKey, Path]
    misplaced: list[str]

    @classmethod
    def pair(cls, audio: dict[ClipKey, Path], found: dict[ClipKey, Path]) -> "_PairedFiles":
        """The files by their own key, or by that of the one lone sound with their file name."""
        alone = _by_stem(key for key in audio if key not in found)
        strays = _by_stem(key for key in found if key not in audio)
        files, misplaced = dict(found), []
        for stem, keys in strays.items():
            homes = alone.get(stem, [])
            if len(homes) == len(keys) == 1:
                path = files.pop(keys[0])
                files[homes[0]] = path
                misplaced.append(f"{path}: its sound lies in another subfolder, {audio[homes[0]]}")
        return cls(files, misplaced)


def _by_stem(keys: Iterator[ClipKey]) -> dict[str, list[ClipKey]]:
    stems: dict[str, list[ClipKey]] = {}
    for key in keys:
        stems.setdefault(key[1].rsplit("/", 1)[-1], []).append(key)
    return stems


def _clip(
    key: ClipKey, layout: FolderLayout, audio: Path | None, video: Path | None, metadata: Path | None
) -> DatasetClip:
    part, relative = key
    folder, _, stem = relative.rpartition("/")
    parts = ClipName.from_stem(stem)
    words = folder.split("/")[0].split("-")
    split = next((_SPLITS[word] for word in words if word in _SPLITS), None)
    if part == "eval":
        split = "eval"
    elif split is None and parts.fold is not None:
        split = layout.folds.get(parts.fold)
    site = words[2] if len(words) > 2 else None
    return DatasetClip(
        f"{'eval/' if part == 'eval' else ''}{relative}", audio, video, metadata, part, split, site, parts
    )

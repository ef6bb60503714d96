"""Mappings from the labels of public sound collections to the classes.

A mapping is a YAML file:

    audio: FSD50K.dev_audio             # folder of the audio files, relative to the given folder
    table: FSD50K.ground_truth/dev.csv  # one row per file; without it, folder names are the labels
    file: fname                         # column of the file name, with or without suffix
    labels: labels                      # column of the labels
    separator: ","                      # between several labels
    group: uploader                     # column of what must stay on one side of a split; optional
    classes: {female speech: [Female_speech_and_woman_speaking], door: [Door, Slam]}
    parents: {Slam: [Door]}             # labels implied by another label, ignored beside it; optional
    alone: true                         # skip files that also have labels of no class; optional

Case, underscores, hyphens and commas in labels do not matter. A file with labels of two classes is skipped.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError

from seldkit.classes import ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.files import read_regular_file
from seldkit.models.yaml_file import read_yaml
from seldkit.registry import nearest
from seldkit.settings import Settings, error_messages
from seldkit.synthesis.sound_files import Sound, sound_files

BUILTIN_MAPPINGS: Final = ("fsd50k", "esc50", "audioset")
"""Names of the mappings that the package contains."""
MAX_TABLE_BYTES: Final = 1024**3
"""Size in bytes of the largest table of labels that is read."""
_SEPARATORS: Final = str.maketrans("_-,", "   ")
_Labels = Annotated[tuple[str, ...], Field(strict=False)]


class LabelMapping(Settings):
    """The content of a mapping file.

    Attributes:
        audio: Folder of the audio files, relative to the given folder.
        table: CSV file with one row per audio file; None if folder names are the labels.
        file: Column of the file name, with or without suffix.
        labels: Column of the labels.
        separator: Separator between several labels.
        group: Column of what must stay on one side of a split, None for every file by itself.
        classes: Labels of each class.
        parents: Labels implied by a label; they are ignored where that label is present.
        alone: Whether files that also have labels of no class are skipped.
    """

    audio: str = "."
    table: str | None = None
    file: str = "filename"
    labels: str = "category"
    separator: str = ","
    group: str | None = None
    classes: dict[str, _Labels]
    parents: dict[str, _Labels] = Field(default_factory=dict)
    alone: bool = False

    @classmethod
    def read(cls, name: str | Path) -> Self:
        """Reads a mapping.

        Args:
            name: Name of a built-in mapping or path of a YAML file.

        Returns:
            The mapping.

        Raises:
            SeldkitError: There is no such mapping, or the file is not valid.
        """
        path = Path(str(files("seldkit.synthesis"))) / "mappings_data" / f"{name}.yaml"
        if str(name) not in BUILTIN_MAPPINGS:
            path = Path(name)
            if not path.is_file():
                known = nearest(str(name), BUILTIN_MAPPINGS)
                raise SeldkitError(f"{name}: no such mapping or file; {known}")
        try:
            return cls.model_validate(read_yaml(path))
        except ValidationError as error:
            raise SeldkitError(f"{path}: {next(error_messages(error))}") from None


def mapped_sounds(folder: Path, mapping: str | Path, classes: ClassVocabulary) -> list[Sound]:
    """Lists the sounds of a collection whose labels belong to exactly one class.

    Args:
        folder: Folder of the collection.
        mapping: Name of a built-in mapping or path of a YAML file.
        classes: Class names in the order of the class numbers.

    Returns:
        The sounds in the order of the table or of the folders.

    Raises:
        SeldkitError: The mapping is not valid, its table cannot be read, or no file has a mapped label.
    """
    rules = LabelMapping.read(mapping)
    for name in rules.classes:
        if name not in classes:
            raise SeldkitError(f"{mapping}: '{name}' is not a class; {nearest(name, classes)}")
    lookup = _ClassLookup(rules, classes)
    sounds = list((_sounds_of_table if rules.table else _sounds_of_folders)(folder, rules, lookup))
    if not sounds:
        raise SeldkitError(
            f"{folder / rules.audio}: expected sounds with the labels of {mapping}, found none"
        )
    return sounds


class _ClassLookup:
    """The class number of a sound by its labels."""

    def __init__(self, rules: LabelMapping, classes: ClassVocabulary) -> None:
        self._numbers: dict[str, int] = {}
        for name, labels in rules.classes.items():
            for label in map(_key, labels):
                if self._numbers.setdefault(label, classes.index(name)) != classes.index(name):
                    raise SeldkitError(f"classes: the label '{label}' is in two classes; keep it in one")
        self._parents = {_key(label): set(map(_key, above)) for label, above in rules.parents.items()}
        self._alone = rules.alone

    def class_of(self, labels: Iterable[str]) -> int | None:
        """The class number; None if the labels belong to no class, to several, or also to something else."""
        keys = {_key(label) for label in labels if label.strip()}
        keys -= set().union(*(self._parents.get(label, set()) for label in keys))
        numbers = {self._numbers[label] for label in keys if label in self._numbers}
        if len(numbers) != 1 or (self._alone and not keys <= self._numbers.keys()):
            return None
        return numbers.pop()


def _sounds_of_table(folder: Path, rules: LabelMapping, lookup: _ClassLookup) -> Iterator[Sound]:
    table = folder / str(rules.table)
    find = _finder(folder / rules.audio)
    for row in _rows(table, rules):
        number = lookup.class_of((row[rules.labels] or "").split(rules.separator))
        path = None if number is None else find(row[rules.file] or "")
        if number is not None and path is not None:
            group = row[rules.group] if rules.group else path.stem
            yield Sound(path, f"{path.parent.name}/{_source_name(group)}-{path.stem}", number)


def _sounds_of_folders(folder: Path, rules: LabelMapping, lookup: _ClassLookup) -> Iterator[Sound]:
    top = folder / rules.audio
    for sub in sorted(path for path in top.glob("*") if path.is_dir()):
        number = lookup.class_of([sub.name])
        if number is not None:
            yield from (Sound(path, f"{sub.name}/{name}", number) for path, name in sound_files(sub))


def _rows(table: Path, rules: LabelMapping) -> list[dict[str, str | None]]:
    try:
        text = read_regular_file(table, MAX_TABLE_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        _require_columns(table, reader.fieldnames or (), rules)
        return list(reader)
    except OSError as problem:
        raise SeldkitError(f"{table}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise SeldkitError(f"{table}: expected a comma-separated table in UTF-8") from None


def _finder(folder: Path) -> Callable[[str], Path | None]:
    """A function that finds a file by its relative path, or by its name if only one file has it."""
    paths: dict[str, Path] = {}
    names: dict[str, list[Path]] = {}
    for path, _ in sound_files(folder):
        inside = path.relative_to(folder)
        paths[inside.as_posix()] = paths[inside.with_suffix("").as_posix()] = path
        names.setdefault(path.stem, []).append(path)

    def find(name: str) -> Path | None:
        if name in paths:
            return paths[name]
        matches = names.get(PurePosixPath(name).stem, names.get(name, []))
        if len(matches) > 1:
            raise SeldkitError(
                f"{folder}: expected one sound named '{name}', found {len(matches)} ({matches[0]}, "
                f"{matches[1]}); write their folders into the table"
            )
        return matches[0] if matches else None

    return find


def _require_columns(table: Path, columns: Sequence[str], rules: LabelMapping) -> None:
    for name in (rules.file, rules.labels, rules.group):
        if name is not None and name not in columns:
            raise SeldkitError(f"{table}: expected the column '{name}', found {', '.join(columns)}")


def _key(label: str) -> str:
    """A label without case and separators."""
    return " ".join(label.lower().translate(_SEPARATORS).split())


def _source_name(text: str | None) -> str:
    """A name without hyphens and slashes, which separate sources from the rest."""
    return "".join(sign if sign.isalnum() else "_" for sign in text or "unknown")

"""What sound collections with other layouts hold, in the classes' words.

A mapping is a YAML file:

    audio: FSD50K.dev_audio             # folder with the sounds, below the one that is given
    table: FSD50K.ground_truth/dev.csv  # a row a sound; without it, the folders' names are the labels
    file: fname                         # column of the file's name, with or without suffix
    labels: labels                      # column of its labels
    separator: ","                      # between several labels
    group: uploader                     # column of what must stay on one side of a split; optional
    classes: {female speech: [Female_speech_and_woman_speaking], door: [Door, Slam]}
    parents: {Slam: [Door]}             # labels that come with another and say nothing beside it; optional
    alone: true                         # leave out sounds with labels of no class; optional

Case, underscores, hyphens and commas in labels do not matter. A sound with labels of two classes is left out.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError

from seldkit.errors import SeldkitError
from seldkit.models.yaml_file import read_yaml
from seldkit.registry import nearest
from seldkit.settings import Settings, error_messages
from seldkit.synthesis.sound_library import Sound, sound_files

BUILTIN_MAPPINGS: Final = ("fsd50k", "esc50", "audioset")
_SIGNS: Final = str.maketrans("_-,", "   ")
Labels = Annotated[tuple[str, ...], Field(strict=False)]


class LabelMapping(Settings):
    """The keys of a mapping file, as above."""

    audio: str = "."
    table: str | None = None
    file: str = "filename"
    labels: str = "category"
    separator: str = ","
    group: str | None = None
    classes: dict[str, Labels]
    parents: dict[str, Labels] = Field(default_factory=dict)
    alone: bool = False

    @classmethod
    def read(cls, name: str | Path) -> Self:
        """A shipped mapping by name, or a file. Raises SeldkitError."""
        path = Path(str(files("seldkit.synthesis"))) / "mappings_data" / f"{name}.yaml"
        if str(name) not in BUILTIN_MAPPINGS:
            path = Path(name)
            if not path.is_file():
                raise SeldkitError(f"{name}: no such mapping or file; {nearest(str(name), BUILTIN_MAPPINGS)}")
        try:
            return cls.model_validate(read_yaml(path))
        except ValidationError as error:
            raise SeldkitError(f"{path}: {next(error_messages(error))}") from None


def mapped_sounds(folder: Path, mapping: str | Path, classes: tuple[str, ...]) -> list[Sound]:
    """The sounds of a collection. Raises SeldkitError."""
    rules = LabelMapping.read(mapping)
    for name in rules.classes:
        if name not in classes:
            raise SeldkitError(f"{mapping}: '{name}' is no class; {nearest(name, classes)}")
    judge = _Judge(rules, classes)
    sounds = list(_from_table(folder, rules, judge) if rules.table else _from_folders(folder, rules, judge))
    if not sounds:
        raise SeldkitError(
            f"{folder / rules.audio}: expected sounds with the labels of {mapping}, found none"
        )
    return sounds


class _Judge:
    """Which class a sound is of, by its labels."""

    def __init__(self, rules: LabelMapping, classes: tuple[str, ...]) -> None:
        self._numbers: dict[str, int] = {}
        for name, labels in rules.classes.items():
            for label in map(_key, labels):
                if self._numbers.setdefault(label, classes.index(name)) != classes.index(name):
                    raise SeldkitError(f"classes: the label '{label}' is of two classes; give it to one")
        self._parents = {_key(label): set(map(_key, above)) for label, above in rules.parents.items()}
        self._alone = rules.alone

    def class_of(self, labels: Iterable[str]) -> int | None:
        """The class number, or None for a sound of no class, of several, or with something else in it."""
        said = {_key(label) for label in labels if label.strip()}
        said -= set().union(*(self._parents.get(label, set()) for label in said))
        found = {self._numbers[label] for label in said if label in self._numbers}
        if len(found) != 1 or (self._alone and not said <= self._numbers.keys()):
            return None
        return found.pop()


def _from_table(folder: Path, rules: LabelMapping, judge: _Judge) -> Iterator[Sound]:
    table = folder / str(rules.table)
    find = _finder(folder / rules.audio)
    for row in _rows(table, rules):
        number = judge.class_of((row[rules.labels] or "").split(rules.separator))
        path = None if number is None else find(row[rules.file] or "")
        if number is not None and path is not None:
            group = row[rules.group] if rules.group else path.stem
            yield Sound(path, f"{path.parent.name}/{_plain(group)}-{path.stem}", number)


def _rows(table: Path, rules: LabelMapping) -> list[dict[str, str | None]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_columns(table, reader.fieldnames or (), rules)
            return list(reader)
    except OSError as problem:
        raise SeldkitError(f"{table}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise SeldkitError(f"{table}: expected a table with commas in UTF-8") from None


def _finder(folder: Path) -> Callable[[str], Path | None]:
    """Finds the file that a table names: by its path, or by its name where only one file has it."""
    paths: dict[str, Path] = {}
    names: dict[str, list[Path]] = {}
    for path, _ in sound_files(folder):
        inside = path.relative_to(folder)
        paths[inside.as_posix()] = paths[inside.with_suffix("").as_posix()] = path
        names.setdefault(path.stem, []).append(path)

    def find(name: str) -> Path | None:
        if name in paths:
            return paths[name]
        there = names.get(PurePosixPath(name).stem, names.get(name, []))
        if len(there) > 1:
            raise SeldkitError(
                f"{folder}: expected one sound named '{name}', found {len(there)} ({there[0]}, {there[1]}); "
                "write their folders into the table"
            )
        return there[0] if there else None

    return find


def _from_folders(folder: Path, rules: LabelMapping, judge: _Judge) -> Iterator[Sound]:
    top = folder / rules.audio
    for sub in sorted(path for path in top.glob("*") if path.is_dir()):
        number = judge.class_of([sub.name])
        if number is not None:
            yield from (Sound(path, f"{sub.name}/{name}", number) for path, name in sound_files(sub))


def _check_columns(table: Path, columns: Sequence[str], rules: LabelMapping) -> None:
    for name in (rules.file, rules.labels, rules.group):
        if name is not None and name not in columns:
            raise SeldkitError(f"{table}: expected the column '{name}', found {', '.join(columns)}")


def _key(label: str) -> str:
    """A label without the signs that differ between a collection's copies."""
    return " ".join(label.lower().translate(_SIGNS).split())


def _plain(text: str | None) -> str:
    """A name without the signs that split sources from the rest."""
    return "".join(sign if sign.isalnum() else "_" for sign in text or "unknown")

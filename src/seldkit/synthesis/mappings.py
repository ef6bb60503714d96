"""What sound collections with other layouts hold, in the classes' words.

A mapping is a YAML file:

    audio: FSD50K.dev_audio             # folder with the sounds, below the one that is given
    table: FSD50K.ground_truth/dev.csv  # a row a sound; without it, the folders' names are the labels
    file: fname                         # column of the file's name, with or without suffix
    labels: labels                      # column of its labels
    separator: ","                      # between several labels
    group: uploader                     # column of what must stay on one side of a split; optional
    classes: {female speech: [Female_speech_and_woman_speaking], door: [Door, Slam]}

A sound with labels of two classes is left out.
"""

import csv
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, ValidationError

from seldkit.errors import SeldkitError
from seldkit.models.yaml_file import read_yaml
from seldkit.registry import nearest
from seldkit.settings import Settings, problems
from seldkit.synthesis.sounds import SUFFIXES, Sound

SHIPPED: Final = ("fsd50k", "esc50")


class Mapping(Settings):
    """The keys of a mapping file, as above."""

    audio: str = "."
    table: str | None = None
    file: str = "filename"
    labels: str = "category"
    separator: str = ","
    group: str | None = None
    classes: dict[str, Annotated[tuple[str, ...], Field(strict=False)]]

    @classmethod
    def read(cls, name: str | Path) -> Self:
        """A shipped mapping by name, or a file. Raises SeldkitError."""
        path = Path(str(files("seldkit.synthesis"))) / "mappings_data" / f"{name}.yaml"
        if str(name) not in SHIPPED:
            path = Path(name)
            if not path.is_file():
                raise SeldkitError(f"{name}: no such mapping or file; {nearest(str(name), SHIPPED)}")
        try:
            return cls.model_validate(read_yaml(path))
        except ValidationError as error:
            raise SeldkitError(f"{path}: {next(problems(error))}") from None


def mapped_sounds(folder: Path, mapping: str | Path, classes: tuple[str, ...]) -> list[Sound]:
    """The sounds of a collection. Raises SeldkitError."""
    rules = Mapping.read(mapping)
    for name in rules.classes:
        if name not in classes:
            raise SeldkitError(f"{mapping}: '{name}' is no class; {nearest(name, classes)}")
    numbers = {label: classes.index(name) for name, labels in rules.classes.items() for label in labels}
    sounds = list(
        _from_table(folder, rules, numbers) if rules.table else _from_folders(folder, rules, numbers)
    )
    if not sounds:
        raise SeldkitError(
            f"{folder / rules.audio}: expected sounds with the labels of {mapping}, found none"
        )
    return sounds


def _from_table(folder: Path, rules: Mapping, numbers: dict[str, int]) -> Iterator[Sound]:
    table = folder / str(rules.table)
    there = {path.stem: path for path in (folder / rules.audio).rglob("*") if path.suffix.lower() in SUFFIXES}
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_columns(table, reader.fieldnames or (), rules)
            rows = list(reader)
    except OSError as problem:
        raise SeldkitError(f"{table}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise SeldkitError(f"{table}: expected a table with commas in UTF-8") from None
    for row in rows:
        found = {
            numbers[label] for label in (row[rules.labels] or "").split(rules.separator) if label in numbers
        }
        path = there.get(Path(row[rules.file] or "").stem)
        if len(found) == 1 and path is not None:
            group = row[rules.group] if rules.group else path.stem
            yield Sound(path, f"{path.parent.name}/{_plain(group)}-{path.stem}", found.pop())


def _from_folders(folder: Path, rules: Mapping, numbers: dict[str, int]) -> Iterator[Sound]:
    for path in sorted((folder / rules.audio).glob("*/*")):
        if path.suffix.lower() in SUFFIXES and path.parent.name in numbers:
            yield Sound(path, f"{path.parent.name}/{path.stem}", numbers[path.parent.name])


def _check_columns(table: Path, columns: Sequence[str], rules: Mapping) -> None:
    for name in (rules.file, rules.labels, rules.group):
        if name is not None and name not in columns:
            raise SeldkitError(f"{table}: expected the column '{name}', found {', '.join(columns)}")


def _plain(text: str | None) -> str:
    """A name without the signs that split sources from the rest."""
    return "".join(sign if sign.isalnum() else "_" for sign in text or "unknown")

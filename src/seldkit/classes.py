"""Class vocabularies: the meaning of the class numbers of a dataset, a recipe or a model."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, overload

from seldkit.errors import FormatError
from seldkit.files import read_regular_file, replacing
from seldkit.registry import nearest

CLASSES_FILE: Final = "classes.txt"
"""Name of the file in a dataset's folder that lists its classes."""

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
"""Size in bytes of the largest file of class names that is read."""

MAX_CLASSES: Final = 1000
"""Largest number of classes in a vocabulary."""

MAX_PARENT_FOLDERS: Final = 3
"""Number of parent folders in which `find_vocabulary` searches for ``classes.txt``."""


@dataclass(frozen=True, eq=False)
class ClassVocabulary(Sequence[str]):
    """Ordered class names and, optionally, their parents.

    A vocabulary is a sequence of names: ``vocabulary[3]`` is the name of class number 3. It is equal to a
    vocabulary with the same names and parents, and to a tuple of the same names.

    Examples:
        >>> vocabulary = ClassVocabulary(("dog", "drill", "kettle"))
        >>> vocabulary.number("Drill")
        1

    Attributes:
        names: Class names in the order of their numbers, from 0.
        parents: One parent category per class (None: no parent), or empty if no class has a parent.

    Raises:
        ValueError: A name is empty or used twice, there is no name or more than 1000 names, or the number of
            parents differs from the number of names.
    """

    names: tuple[str, ...]
    parents: tuple[str | None, ...] = ()
    _numbers: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.names, str):
            raise ValueError(f"expected a list of class names, got the text '{self.names[:60]}'")
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "parents", tuple(self.parents) if any(self.parents) else ())
        object.__setattr__(self, "_numbers", {name: number for number, name in enumerate(self.names)})
        if not 1 <= len(self.names) <= MAX_CLASSES:
            raise ValueError(f"expected 1 to {MAX_CLASSES} classes, got {len(self.names)}")
        for number, name in enumerate(self.names):
            if not isinstance(name, str) or not name:
                raise ValueError(f"expected a name for class {number}, got {name!r:.60}")
            if self._numbers[name] != number:
                raise ValueError(f"expected each class name once, got '{name:.60}' twice; remove one")
        if len(self.parents) not in (0, len(self.names)):
            raise ValueError(f"expected {len(self.names)} parents, got {len(self.parents)}")

    @classmethod
    def from_names(cls, names: Sequence[str]) -> "ClassVocabulary":
        """Converts a sequence of names; a vocabulary is returned unchanged.

        Args:
            names: Class names in the order of their numbers.

        Returns:
            The vocabulary.

        Raises:
            ValueError: The names are not a valid vocabulary.
        """
        return names if isinstance(names, ClassVocabulary) else cls(tuple(names))

    @classmethod
    def from_file(cls, path: str | Path) -> "ClassVocabulary":
        """Reads a text file with one class name per line.

        A parent category may follow the name after a tab. Empty lines are skipped. Names in double quotes are
        JSON strings.

        Args:
            path: Text file in UTF-8, usually ``classes.txt`` in the folder of a dataset.

        Returns:
            The vocabulary. The first line is class number 0.

        Raises:
            FormatError: The file cannot be read, or its names are not a valid vocabulary.
        """
        path = Path(path)
        try:
            lines = read_regular_file(path, MAX_FILE_BYTES).decode("utf-8-sig").splitlines()
        except OSError as problem:
            raise FormatError(f"{path}: cannot be read: {problem.strerror or problem}") from problem
        except UnicodeDecodeError as problem:
            raise FormatError(f"{path}: expected UTF-8 text, got other bytes; save it as UTF-8") from problem
        pairs = [line.partition("\t") for line in lines if line.strip()]
        try:
            return cls(
                tuple(_unquoted(name) for name, _, _ in pairs),
                tuple(_unquoted(parent) or None for _, _, parent in pairs),
            )
        except ValueError as problem:
            raise FormatError(f"{path}: {problem} (one class name per line)") from problem

    @classmethod
    def from_option(cls, text: str) -> "ClassVocabulary":
        """Parses the value of the option ``--classes``.

        Args:
            text: Path of a file with one class name per line, or class names separated by commas.

        Returns:
            The vocabulary.

        Raises:
            FormatError: The file cannot be read, or the names are not a valid vocabulary.
        """
        if Path(text).is_file() or Path(text).suffix == ".txt":
            return cls.from_file(text)
        try:
            return cls(tuple(name.strip() for name in text.split(",")))
        except ValueError as problem:
            raise FormatError(f"--classes {text[:60]}: {problem}; give a file or names with commas") from None

    def to_file(self, path: str | Path) -> None:
        """Writes one class name per line, followed by a tab and the parent if there is one.

        Names with control characters, lone surrogates or space at an end are written as JSON strings.

        Args:
            path: File to write.
        """
        rows = [(name, "") for name in self.names]
        if self.parents:
            rows = [(name, parent or "") for name, parent in zip(self.names, self.parents, strict=True)]
        lines = ("\t".join(_quoted(text) for text in row if text) + "\n" for row in rows)
        with replacing(Path(path)) as temporary:
            temporary.write_text("".join(lines), encoding="utf-8")

    def number(self, name: str) -> int:
        """Returns the number of a class; case, underscores and hyphens are ignored.

        Args:
            name: Name of the class, such as ``"Water_tap"``.

        Returns:
            The class number, from 0.

        Raises:
            ValueError: No class has this name. The message suggests the nearest name.
        """
        if name in self._numbers:
            return self._numbers[name]
        plain_names = [plain_name(known) for known in self.names]
        if plain_name(name) not in plain_names:
            raise ValueError(f"unknown class '{name}'; {nearest(plain_name(name), plain_names)}")
        return plain_names.index(plain_name(name))

    def extended(self, names: Iterable[str]) -> "ClassVocabulary":
        """Appends the names that this vocabulary does not have.

        Args:
            names: Further class names, in order.

        Returns:
            This vocabulary, or a longer one.
        """
        further = tuple(name for name in dict.fromkeys(names) if name not in self._numbers)
        if not further:
            return self
        parents = (*self.parents, *(None for _ in further)) if self.parents else ()
        return ClassVocabulary(self.names + further, parents)

    def with_size(self, size: int) -> "ClassVocabulary":
        """Appends numbered classes (``"class 13"``) up to a size.

        Args:
            size: Number of classes that the result has at least.

        Returns:
            This vocabulary, or a longer one.
        """
        names = set(self.names)
        further: list[str] = []
        for number in range(len(self), size):
            name = f"class {number}"
            further.append(name if name not in names else f"{name} (unnamed)")
        return self.extended(further)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self.names[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ClassVocabulary):
            return self.names == other.names and self.parents == other.parents
        return self.names == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.names)

    def __str__(self) -> str:
        return ", ".join(self.names)


STARSS23: Final = ClassVocabulary(
    (
        "female speech",
        "male speech",
        "clapping",
        "telephone",
        "laughter",
        "domestic sounds",
        "footsteps",
        "door",
        "music",
        "musical instrument",
        "water tap",
        "bell",
        "knock",
    )
)
"""The 13 target classes of STARSS22, STARSS23 and the DCASE 2022 to 2025 challenges, by class number."""


def find_vocabulary(path: str | Path) -> ClassVocabulary | None:
    """Reads the ``classes.txt`` that belongs to a file or folder.

    Args:
        path: A dataset's folder, or a file or folder in it. The folder and its three nearest parents are
            searched.

    Returns:
        The vocabulary of the nearest ``classes.txt``, or None if there is none.

    Raises:
        FormatError: The file is not a valid vocabulary.
    """
    path = Path(path).absolute()
    folder = path if path.is_dir() else path.parent
    for parent in (folder, *folder.parents[:MAX_PARENT_FOLDERS]):
        if (parent / CLASSES_FILE).is_file():
            return ClassVocabulary.from_file(parent / CLASSES_FILE)
    return None


def vocabulary_for(path: str | Path, classes: Sequence[str] | None = None) -> ClassVocabulary:
    """Chooses the vocabulary with which a file or folder is read.

    Args:
        path: File or folder that does not hold its class names itself.
        classes: The vocabulary, if it is given.

    Returns:
        `classes`, or the nearest ``classes.txt`` (see `find_vocabulary`), or `STARSS23`.

    Raises:
        FormatError: ``classes.txt`` is not a valid vocabulary.
    """
    if classes is not None:
        return ClassVocabulary.from_names(classes)
    return find_vocabulary(path) or STARSS23


def store_vocabulary(folder: Path, classes: ClassVocabulary) -> None:
    """Writes ``classes.txt`` for files in a folder, unless their classes are already known.

    Nothing is written if the nearest ``classes.txt`` lists the same classes, or if there is none and the
    classes are those of STARSS23.

    Args:
        folder: Folder in which files with class numbers are written.
        classes: Vocabulary of the files.

    Raises:
        FormatError: The folder's ``classes.txt`` lists other classes.
    """
    if vocabulary_for(folder).names == classes.names:
        return
    path = folder / CLASSES_FILE
    if path.exists():
        raise FormatError(f"{path}: expected {classes!s:.60}, found other classes; choose another folder")
    classes.to_file(path)


def class_number(name: str, classes: Sequence[str] = STARSS23) -> int:
    """Returns the number of a class; case, underscores and hyphens are ignored.

    Args:
        name: Name of the class.
        classes: The vocabulary.

    Returns:
        The class number, from 0.

    Raises:
        ValueError: No class has this name. The message suggests the nearest name.
    """
    return ClassVocabulary.from_names(classes).number(name)


def plain_name(name: str) -> str:
    """Normalizes a class name: lower case, one space instead of underscores, hyphens and spaces.

    Args:
        name: Name of a class or a folder.

    Returns:
        The normalized name.
    """
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _quoted(name: str) -> str:
    """A name for one line of text; a JSON string if it has control characters, surrogates or outer spaces."""
    if name.isprintable() and name == name.strip() and not name.startswith('"'):
        return name
    return json.dumps(name, ensure_ascii=not name.isprintable())


def _unquoted(text: str) -> str:
    name = text.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        try:
            return str(json.loads(name))
        except ValueError:
            pass
    return name

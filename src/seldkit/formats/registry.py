"""Registry of the formats of frame tables, and recognition of the format of a file.

A new format takes one file and two lines in this module: its import and its registration.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from seldkit.annotations import Annotations
from seldkit.formats.clip_table import ClipTable
from seldkit.formats.csv_format import CSV_SUFFIX, ReadOptions
from seldkit.formats.dcase2023 import DCASE2023, DCASE2024
from seldkit.formats.dcase2025 import DCASE2025
from seldkit.formats.json_format import JSON
from seldkit.formats.number_table import load_table
from seldkit.registry import Registry


class Format(Protocol):
    """Reader and writer of one file format for frame tables.

    Attributes:
        suffix: Suffix of the files, with the dot. Files with another suffix than .csv are always read and
            written in the format that has it.
    """

    @property
    def suffix(self) -> str:
        """Suffix of the files, with the dot."""

    def read(self, path: Path, options: ReadOptions, frames: int) -> Annotations:
        """Reads one file.

        Args:
            path: The file.
            options: Class vocabulary and tolerance.
            frames: Smallest length of the clip in frames of 100 ms, for formats that do not store the length.

        Returns:
            The annotations, in metres and degrees.

        Raises:
            FormatError: The file cannot be read or does not follow the format.
        """

    def read_many(self, paths: Sequence[Path], options: ReadOptions) -> ClipTable:
        """Reads many files.

        Args:
            paths: The files.
            options: Class vocabulary and tolerance.

        Returns:
            The rows of all files, in the given order.

        Raises:
            FormatError: A file cannot be read or does not follow the format.
        """

    def check(self, path: Path, options: ReadOptions) -> list[str]:
        """Lists the errors in a file.

        Args:
            path: The file.
            options: Class vocabulary and tolerance.

        Returns:
            Error messages of one line; empty if there are no errors.
        """

    def write(self, annotations: Annotations, path: Path, **options: Any) -> None:
        """Writes one clip.

        Args:
            annotations: The annotations.
            path: File to write. It is replaced as a whole.
            options: Options of the format.
        """


FORMATS: Final[Registry[Format]] = Registry("format")
"""All formats of frame tables by name."""

FORMATS.register("dcase2025")(DCASE2025)
FORMATS.register("dcase2024")(DCASE2024)
FORMATS.register("dcase2023")(DCASE2023)
FORMATS.register("json")(JSON)


def format_by_suffix(path: Path) -> str | None:
    """Finds the format that alone has the suffix of a file.

    Args:
        path: The file.

    Returns:
        Name of the format; None for .csv, which several formats have, and for unknown suffixes.
    """
    suffix = path.suffix.lower()
    if suffix == CSV_SUFFIX:
        return None
    return next((name for name in FORMATS.names() if FORMATS[name].suffix == suffix), None)


def detect_format(path: Path) -> str:
    """Recognizes the format of a file by its suffix or its content.

    Files without a header are of 2025 if they have six columns and the last one holds only 0 and 1. They are
    of 2023 if they have five columns, or seven columns and distances of 0, and otherwise of 2024.

    Args:
        path: The file.

    Returns:
        Name of the format.

    Raises:
        FormatError: The file cannot be read.
    """
    by_suffix = format_by_suffix(path)
    if by_suffix is not None:
        return by_suffix
    table = load_table(path)
    if table.header is not None or not table.body:
        return "dcase2025"
    last_column = {line.rsplit(b",", 1)[-1].strip() for line in table.body.split(b"\n")}
    if table.columns == 6 and last_column <= {b"0", b"1"}:
        return "dcase2025"
    if table.columns == 5 or (table.columns == 7 and last_column <= {b"0", b"0.0"}):
        return "dcase2023"
    return "dcase2024" if table.columns in (6, 7) else "dcase2025"

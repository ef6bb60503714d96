"""The formats by name, and which one a file is in. A new format is one file and one line here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from seldkit.annotations import Annotations
from seldkit.formats.clip_table import ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.dcase2023 import DCASE2023, DCASE2024
from seldkit.formats.dcase2025 import DCASE2025
from seldkit.formats.json_format import JSON
from seldkit.formats.number_table import load_table
from seldkit.registry import Registry


class Format(Protocol):
    """What a format can do."""

    def read(self, path: Path, reading: ReadOptions, frames: int) -> Annotations:
        """One file, at least `frames` frames long where the file does not say."""

    def read_many(self, paths: Sequence[Path], reading: ReadOptions) -> ClipTable:
        """Many files as one table, in the order given."""

    def check(self, path: Path, reading: ReadOptions) -> list[str]:
        """Everything that is wrong with a file, one line each."""

    def write(self, annotations: Annotations, path: Path, **options: Any) -> None:
        """One clip to one file."""


FORMATS: Final[Registry[Format]] = Registry("format")
"""Every format by its name."""

FORMATS.register("dcase2025")(DCASE2025)
FORMATS.register("dcase2024")(DCASE2024)
FORMATS.register("dcase2023")(DCASE2023)
FORMATS.register("json")(JSON)


def detect_format(path: Path) -> str:
    """The format that a file's suffix or content speaks for.

    Without a header, six columns whose last holds only 0 and 1 are 2025's, other files 2024's; seven columns
    whose distance is always 0 are 2023's.
    """
    if path.suffix.lower() == ".json":
        return "json"
    table = load_table(path)
    if table.header is not None or not table.body:
        return "dcase2025"
    last = {line.rsplit(b",", 1)[-1].strip() for line in table.body.split(b"\n")}
    if table.columns == 6 and last <= {b"0", b"1"}:
        return "dcase2025"
    if table.columns == 5 or (table.columns == 7 and last <= {b"0", b"0.0"}):
        return "dcase2023"
    return "dcase2024" if table.columns in (6, 7) else "dcase2025"

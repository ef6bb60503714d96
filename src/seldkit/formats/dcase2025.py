"""The metadata files of DCASE 2025 Task 3: a header, whole degrees and centimetres.

`frame,class,source,azimuth,distance,onscreen`, one row for each source in each 100 ms frame. Audio-only files
may lack `onscreen`. A file without the header is read too (its columns then are in that order); a header in
another order is followed. Source: the challenge's description and its baseline's reader and writer.
"""

from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.column_layout import ColumnLayout
from seldkit.formats.csv_format import CsvFormat, flags, known
from seldkit.formats.number_table import NumberTable
from seldkit.registry import nearest

HEADER: Final = ("frame", "class", "source", "azimuth", "distance", "onscreen")


def layout(path: Path, table: NumberTable) -> ColumnLayout:
    """The columns by the header, or by their number where there is none."""
    if table.header is not None:
        return _by_header(path, table.header)
    if table.columns in (0, len(HEADER), len(HEADER) - 1):
        return ColumnLayout(HEADER[: table.columns or None])
    hint = '; for files of 2023 and 2024 give format="dcase2024"' if table.columns == 7 else ""
    found = table.body.split(b"\n", 1)[0].strip()[:60].decode("utf-8", "backslashreplace")
    if table.columns == 1 and ";" in found:
        hint = "; it is separated by semicolons: save it with commas"
    elif table.columns == 1 and "\t" in found:
        hint = "; it is separated by tabs: save it with commas"
    raise FormatError(
        f"{path}, line {table.first_line}: expected the columns {','.join(HEADER)}, "
        f"got {table.columns}: '{found.strip()}'{hint}"
    )


def _by_header(path: Path, names: tuple[str, ...]) -> ColumnLayout:
    expected = f"{path}, line 1: expected the header {','.join(HEADER)}"
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and sign in names[0]:
            raise FormatError(f"{expected}, got {name} between the names; save it with commas")
    for name in names:
        if name not in HEADER:
            raise FormatError(f"{expected}, got '{name[:40]}'; {nearest(name, HEADER)}")
    missing = [name for name in HEADER[:-1] if name not in names]
    if missing:
        raise FormatError(f"{expected}, got none of the name '{missing[0]}'")
    if len(set(names)) < len(names):
        raise FormatError(f"{expected}, got a name twice: {','.join(names)}")
    return ColumnLayout(names)


def save(annotations: Annotations, path: Path) -> None:
    """Write one clip: azimuth in whole degrees, distance in whole centimetres.

    The format has no blanks: an unknown azimuth or distance and an unknown on-screen flag are written as 0.
    It has no column for the confidence, which is left out.
    """
    columns = [
        annotations.frame,
        annotations.class_id,
        annotations.source,
        np.rint(known(annotations.azimuth)).astype(np.int64),
        np.rint(known(annotations.distance) * 100).astype(np.int64),
        flags(annotations.onscreen, len(annotations)),
    ]
    rows = np.stack(columns, axis=1).tolist()
    with replacing(path) as temporary:
        temporary.write_text("".join(",".join(map(str, row)) + "\n" for row in [HEADER, *rows]))


DCASE2025: Final = CsvFormat(
    layout=layout, centimetres=lambda layout: True, unknown_distance=lambda layout: None, save=save
)

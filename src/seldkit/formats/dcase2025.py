"""Metadata files of DCASE 2025 Task 3: a header, azimuths in whole degrees, distances in whole centimetres.

The columns are `frame,class,source,azimuth,distance,onscreen`, with one row for each source in each 100 ms
frame. In files of audio-only systems, `onscreen` may be missing. Files without a header are read too; their
columns are in this order. Source: description of the challenge, and reader and writer of its baseline.
"""

from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.column_layout import MAX_SHOWN_CHARACTERS, ColumnLayout
from seldkit.formats.csv_format import CsvFormat, onscreen_numbers, separator_hint, zero_if_unknown
from seldkit.formats.number_table import NumberTable
from seldkit.registry import nearest

HEADER: Final = ("frame", "class", "source", "azimuth", "distance", "onscreen")
"""Names of the columns in the order in which they are written."""


def detect_columns(path: Path, table: NumberTable) -> ColumnLayout:
    """Determines the columns of a file by its header or, without one, by their number.

    Args:
        path: The file, for error messages.
        table: Its content.

    Returns:
        The columns.

    Raises:
        FormatError: The header or the number of columns is wrong.
    """
    if table.header is not None:
        return _columns_of_header(path, table.header)
    if table.columns in (0, len(HEADER), len(HEADER) - 1):
        return ColumnLayout(HEADER[: table.columns or None])
    first_row = table.body.split(b"\n", 1)[0].strip()[:MAX_SHOWN_CHARACTERS]
    text = first_row.decode("utf-8", "backslashreplace").strip()
    hint = '; for files of 2023 and 2024 give format="dcase2024"' if table.columns == 7 else ""
    if table.columns == 1:
        hint = separator_hint(text)
    raise FormatError(
        f"{path}, line {table.first_line}: expected the columns {','.join(HEADER)}, "
        f"got {table.columns}: '{text}'{hint}"
    )


def _columns_of_header(path: Path, names: tuple[str, ...]) -> ColumnLayout:
    expected = f"{path}, line 1: expected the header {','.join(HEADER)}"
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            raise FormatError(f"{expected}, got {name} between the names; save it with commas")
    for name in names:
        if name not in HEADER:
            raise FormatError(f"{expected}, got '{name[:40]}'; {nearest(name, HEADER)}")
    missing = [name for name in HEADER[:-1] if name not in names]
    if missing:
        raise FormatError(f"{expected}, got no column '{missing[0]}'")
    if len(set(names)) < len(names):
        raise FormatError(f"{expected}, got a name twice: {','.join(names)}")
    return ColumnLayout(names)


def save_dcase2025(annotations: Annotations, path: Path) -> None:
    """Writes one clip, with azimuths in whole degrees and distances in whole centimetres.

    Unknown azimuths, distances and on-screen flags are written as 0. Confidences are not written.

    Args:
        annotations: The annotations.
        path: File to write.
    """
    text = dcase2025_text(annotations)
    with replacing(path) as temporary:
        temporary.write_text(text)


def dcase2025_text(annotations: Annotations) -> str:
    """Formats one clip as by `save_dcase2025`.

    Args:
        annotations: The annotations.

    Returns:
        The content of the file.
    """
    columns = [
        annotations.frame,
        annotations.class_id,
        annotations.source,
        np.rint(zero_if_unknown(annotations.azimuth)).astype(np.int64),
        np.rint(zero_if_unknown(annotations.distance) * 100).astype(np.int64),
        onscreen_numbers(annotations.onscreen, len(annotations)),
    ]
    rows = np.stack(columns, axis=1).tolist()
    return "".join(",".join(map(str, row)) + "\n" for row in [HEADER, *rows])


DCASE2025: Final = CsvFormat(
    layout=detect_columns,
    centimetres=lambda layout: True,
    unknown_distance=lambda layout: None,
    save=save_dcase2025,
)

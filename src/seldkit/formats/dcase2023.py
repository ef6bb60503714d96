"""Metadata files of DCASE 2022 to 2024 Task 3: no header, five to seven columns.

| columns | layout | distance |
| --- | --- | --- |
| 5 | `frame,class,source,azimuth,elevation` | none |
| 6 | `frame,class,source,azimuth,elevation,distance` (labels of STARSS23) | centimetres |
| 7 | `frame,class,source,x,y,z,distance` (predictions of the baselines) | 2024: metres; 2023: always 0 |

Source: README of STARSS23, and readers and writers of the baselines of both years.
"""

from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.column_layout import MAX_SHOWN_CHARACTERS, ColumnLayout
from seldkit.formats.csv_format import CsvFormat, zero_if_unknown
from seldkit.formats.number_table import NumberTable
from seldkit.types import Floats

Coordinates = Literal["polar", "cartesian"]
"""Azimuth and elevation, or the coordinates of a unit vector."""

POLAR: Final = ColumnLayout(("frame", "class", "source", "azimuth", "elevation", "distance"))
"""Columns of the labels."""

CARTESIAN: Final = ColumnLayout(("frame", "class", "source", "x", "y", "z", "distance"))
"""Columns of the baselines' predictions."""

_LAYOUT_BY_COLUMN_COUNT: Final = {0: POLAR, 5: ColumnLayout(POLAR.columns[:5]), 6: POLAR, 7: CARTESIAN}


def detect_columns(path: Path, table: NumberTable) -> ColumnLayout:
    """Determines the columns of a file by their number.

    Args:
        path: The file, for error messages.
        table: Its content.

    Returns:
        The columns.

    Raises:
        FormatError: The file has a header or another number of columns.
    """
    expected = f"{path}, line {table.first_line if table.header is None else 1}: expected 5 to 7 columns"
    if table.header is not None:
        names = ",".join(table.header)[:MAX_SHOWN_CHARACTERS]
        raise FormatError(
            f"{expected} without a header, got '{names}'; for files of 2025 give format=\"dcase2025\""
        )
    if table.columns in _LAYOUT_BY_COLUMN_COUNT:
        return _LAYOUT_BY_COLUMN_COUNT[table.columns]
    first_row = table.body.split(b"\n", 1)[0].strip()[:MAX_SHOWN_CHARACTERS]
    text = first_row.decode("utf-8", "backslashreplace")
    hint = "; save it with commas" if ";" in text or "\t" in text else ""
    raise FormatError(
        f"{expected} (frame,class,source,azimuth,elevation,distance), got {table.columns}: '{text}'{hint}"
    )


def save_dcase2023(annotations: Annotations, path: Path, coordinates: Coordinates = "polar") -> None:
    """Writes one clip for the evaluator of DCASE 2023.

    Unknown azimuths, elevations and distances are written as 0.

    Args:
        annotations: The annotations.
        path: File to write.
        coordinates: "polar" for labels, in whole degrees and centimetres; "cartesian" for predictions, as
            unit vectors with a distance of 0, which 2023 did not score.
    """
    _save(annotations, path, coordinates, np.zeros(len(annotations)))


def save_dcase2024(annotations: Annotations, path: Path, coordinates: Coordinates = "polar") -> None:
    """Writes one clip for the evaluator of DCASE 2024.

    Unknown azimuths, elevations and distances are written as 0.

    Args:
        annotations: The annotations.
        path: File to write.
        coordinates: "polar" for labels, in whole degrees and centimetres; "cartesian" for predictions, as
            unit vectors with distances in metres.
    """
    _save(annotations, path, coordinates, zero_if_unknown(annotations.distance))


def _save(annotations: Annotations, path: Path, coordinates: Coordinates, distance: Floats) -> None:
    rows = _polar_rows(annotations) if coordinates == "polar" else _cartesian_rows(annotations, distance)
    with replacing(path) as temporary:
        temporary.write_text("".join(",".join(map(repr, row)) + "\n" for row in rows))


def _polar_rows(annotations: Annotations) -> list[list[float]]:
    values = [annotations.azimuth, _elevation(annotations), annotations.distance * 100]
    columns = [annotations.frame, annotations.class_id, annotations.source]
    columns += [np.rint(zero_if_unknown(column)).astype(np.int64) for column in values]
    rows: list[list[float]] = np.stack(columns, axis=1).tolist()
    return rows


def _cartesian_rows(annotations: Annotations, distance: Floats) -> list[list[float]]:
    azimuth = np.radians(zero_if_unknown(annotations.azimuth))
    elevation = np.radians(_elevation(annotations))
    horizontal = np.cos(elevation)
    vectors = [np.cos(azimuth) * horizontal, np.sin(azimuth) * horizontal, np.sin(elevation)]
    integers = [annotations.frame.tolist(), annotations.class_id.tolist(), annotations.source.tolist()]
    columns = integers + [column.tolist() for column in [*vectors, distance]]
    return [list(row) for row in zip(*columns, strict=True)]


def _elevation(annotations: Annotations) -> Floats:
    if annotations.elevation is None:
        return np.zeros(len(annotations))
    return zero_if_unknown(annotations.elevation)


DCASE2023: Final = CsvFormat(
    layout=detect_columns,
    centimetres=lambda layout: True,
    unknown_distance=lambda layout: 0.0 if layout == CARTESIAN else None,
    save=save_dcase2023,
)
DCASE2024: Final = CsvFormat(
    layout=detect_columns,
    centimetres=lambda layout: layout != CARTESIAN,
    unknown_distance=lambda layout: None,
    save=save_dcase2024,
)

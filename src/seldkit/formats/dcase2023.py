"""The metadata files of DCASE 2022 to 2024 Task 3: no header, five to seven columns.

| columns | layout | distance |
| --- | --- | --- |
| 5 | `frame,class,source,azimuth,elevation` | none |
| 6 | `frame,class,source,azimuth,elevation,distance` (the labels of STARSS23) | centimetres |
| 7 | `frame,class,source,x,y,z,distance` (the predictions of the baselines) | 2024: metres; 2023: always 0 |

Source: the readme of STARSS23 and the readers and writers of the two years' baselines.
"""

from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import FormatError
from seldkit.files import replacing
from seldkit.formats.column_layout import ColumnLayout
from seldkit.formats.csv_format import CsvFormat, known
from seldkit.formats.number_table import NumberTable
from seldkit.types import Floats

POLAR: Final = ColumnLayout(("frame", "class", "source", "azimuth", "elevation", "distance"))
CARTESIAN: Final = ColumnLayout(("frame", "class", "source", "x", "y", "z", "distance"))
_BY_COLUMNS: Final = {0: POLAR, 5: ColumnLayout(POLAR.columns[:5]), 6: POLAR, 7: CARTESIAN}


def layout(path: Path, table: NumberTable) -> ColumnLayout:
    """The columns by their number."""
    expected = f"{path}, line {table.first_line if table.header is None else 1}: expected 5 to 7 columns"
    if table.header is not None:
        shown = ",".join(table.header)[:60]
        raise FormatError(
            f"{expected} without a header, got '{shown}'; for files of 2025 give format=\"dcase2025\""
        )
    if table.columns in _BY_COLUMNS:
        return _BY_COLUMNS[table.columns]
    first = table.body.split(b"\n", 1)[0].strip()[:60].decode("utf-8", "backslashreplace")
    mend = "; save it with commas" if ";" in first or "\t" in first else ""
    raise FormatError(
        f"{expected} (frame,class,source,azimuth,elevation,distance), got {table.columns}: '{first}'{mend}"
    )


def save2023(
    annotations: Annotations, path: Path, coordinates: Literal["polar", "cartesian"] = "polar"
) -> None:
    """Write one clip: polar as the labels are, or Cartesian as the evaluator of 2023 wants predictions.

    Whole degrees and centimetres; unit vectors, with 0 as the distance, which 2023 did not score. Unknown
    azimuth, elevation or distance is written as 0.
    """
    if coordinates == "polar":
        _write(path, _polar(annotations))
    else:
        _write(path, _cartesian(annotations, np.zeros(len(annotations))))


def save2024(
    annotations: Annotations, path: Path, coordinates: Literal["polar", "cartesian"] = "polar"
) -> None:
    """Write one clip: polar (whole degrees, centimetres) or Cartesian (unit vectors, metres).

    The evaluator of 2024 wants predictions Cartesian. Unknown values are written as 0.
    """
    if coordinates == "polar":
        _write(path, _polar(annotations))
    else:
        _write(path, _cartesian(annotations, known(annotations.distance)))


def _polar(annotations: Annotations) -> list[list[float]]:
    rounded = [annotations.azimuth, _elevation(annotations), annotations.distance * 100]
    columns = [annotations.frame, annotations.class_id, annotations.source]
    columns += [np.rint(known(column)).astype(np.int64) for column in rounded]
    rows: list[list[float]] = np.stack(columns, axis=1).tolist()
    return rows


def _cartesian(annotations: Annotations, distance: Floats) -> list[list[float]]:
    azimuth, elevation = np.radians(known(annotations.azimuth)), np.radians(_elevation(annotations))
    ground = np.cos(elevation)
    vectors = [np.cos(azimuth) * ground, np.sin(azimuth) * ground, np.sin(elevation)]
    numbered = [annotations.frame.tolist(), annotations.class_id.tolist(), annotations.source.tolist()]
    columns = numbered + [column.tolist() for column in [*vectors, distance]]
    return [list(row) for row in zip(*columns, strict=True)]


def _elevation(annotations: Annotations) -> Floats:
    return known(annotations.elevation) if annotations.elevation is not None else np.zeros(len(annotations))


def _write(path: Path, rows: list[list[float]]) -> None:
    with replacing(path) as temporary:
        temporary.write_text("".join(",".join(map(repr, row)) + "\n" for row in rows))


DCASE2023: Final = CsvFormat(
    layout=layout,
    centimetres=lambda layout: True,
    unknown_distance=lambda layout: 0.0 if layout == CARTESIAN else None,
    save=save2023,
)
DCASE2024: Final = CsvFormat(
    layout=layout,
    centimetres=lambda layout: layout != CARTESIAN,
    unknown_distance=lambda layout: None,
    save=save2024,
)

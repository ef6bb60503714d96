"""Reading and checking of the DCASE metadata files: one path for one file and for ten thousand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.errors import FormatError
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN, ClipTable
from seldkit.formats.column_layout import MAX_CLASS_NUMBER, ColumnLayout, find_repeated_sources, problems
from seldkit.formats.number_table import NumberTable, load_table, parse_numbers
from seldkit.types import Flags, Floats, Integers


@dataclass(frozen=True)
class ReadOptions:
    """How files are read.

    classes: the vocabulary. tolerant: class numbers beyond it and repeated sources are kept instead of being
    errors. centimetres: the unit of the distance column; None leaves it to the format.
    """

    classes: ClassVocabulary = STARSS23
    tolerant: bool = False
    centimetres: bool | None = None

    @property
    def class_limit(self) -> int:
        """The number of class numbers that may be read."""
        return MAX_CLASS_NUMBER + 1 if self.tolerant else len(self.classes)


@dataclass(frozen=True)
class CsvFormat:
    """A format of comma-separated rows.

    layout: the columns of a file by its text; raises FormatError where it is not this format.
    centimetres: whether a layout's distance is in centimetres, else metres.
    unknown_distance: a distance that says "none estimated", read as NaN, by layout.
    save: writes one clip; further keywords are its own.
    """

    layout: Callable[[Path, NumberTable], ColumnLayout]
    centimetres: Callable[[ColumnLayout], bool]
    unknown_distance: Callable[[ColumnLayout], float | None]
    save: Callable[..., None]

    def read(self, path: Path, reading: ReadOptions, frames: int) -> Annotations:
        """One file."""
        return self.read_many([path], reading).annotations(0, frames)

    def read_many(self, paths: Sequence[Path], reading: ReadOptions) -> ClipTable:
        """Many files as one table."""
        tables = [load_table(path) for path in paths]
        layouts = _distinct(self, paths, tables)
        if len(layouts) == 1:
            whole = self._clips(tables, layouts[0], reading)
            if whole is not None:
                return whole
        singles = [self._single(path, table, reading) for path, table in zip(paths, tables, strict=True)]
        return _joined(singles, reading)

    def check(self, path: Path, reading: ReadOptions) -> list[str]:
        """Everything that is wrong with a file, one line each."""
        try:
            table = load_table(path)
            layout = self.layout(path, table)
        except FormatError as problem:
            return [str(problem)]
        if self._clips([table], layout, reading) is not None:
            return []
        return problems(path, table, layout, reading.class_limit, repeats=not reading.tolerant)

    def write(self, annotations: Annotations, path: Path, **options: Any) -> None:
        """One clip to one file."""
        self.save(annotations, path, **options)

    def _single(self, path: Path, table: NumberTable, reading: ReadOptions) -> ClipTable:
        layout = self.layout(path, table)
        clips = self._clips([table], layout, reading)
        if clips is not None:
            return clips
        found = problems(path, table, layout, reading.class_limit, repeats=not reading.tolerant)
        clips = None if found else self._clips([_without_blank_lines(table)], layout, reading)
        if clips is None:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise FormatError(
                found[0] + more if found else f"{path}: expected rows of numbers, got something else"
            )
        return clips

    def _clips(
        self, tables: Sequence[NumberTable], layout: ColumnLayout, reading: ReadOptions
    ) -> ClipTable | None:
        """The rows of files of one layout, or None where any row of them is not as it should be."""
        bodies = [table.body for table in tables]
        lengths = np.array([body.count(b"\n") + 1 if body else 0 for body in bodies], np.int64)
        values = parse_numbers(b"\n".join(filter(None, bodies)), len(layout.columns))
        if values is None or layout.wrong(values, reading.class_limit).any():
            return None
        if not reading.tolerant:
            clip = np.repeat(np.arange(len(bodies)), lengths)
            if find_repeated_sources(layout, values, clip.astype(np.float64)).any():
                return None
        return self._converted(values, layout, lengths, reading)

    def _converted(
        self, values: Floats, layout: ColumnLayout, lengths: Integers, reading: ReadOptions
    ) -> ClipTable:
        azimuth, elevation = _direction(values, layout)
        class_id = layout.find(values, "class").astype(np.int64)
        return ClipTable(
            lengths=lengths,
            frame=layout.find(values, "frame").astype(np.int64),
            class_id=class_id,
            source=layout.find(values, "source").astype(np.int64),
            azimuth=azimuth,
            elevation=elevation,
            distance=self._distance(values, layout, reading),
            onscreen=_onscreen(values, layout).astype(np.int8),
            classes=reading.classes.with_size(int(class_id.max(initial=-1)) + 1),
        )

    def _distance(self, values: Floats, layout: ColumnLayout, reading: ReadOptions) -> Floats:
        if "distance" not in layout.columns:
            return np.full(len(values), np.nan)
        written = layout.find(values, "distance")
        unknown = self.unknown_distance(layout)
        centimetres = self.centimetres(layout) if reading.centimetres is None else reading.centimetres
        metres = written / 100 if centimetres else written.copy()
        if unknown is not None:
            metres[written == unknown] = np.nan
        return metres


def _distinct(kind: CsvFormat, paths: Sequence[Path], tables: Sequence[NumberTable]) -> list[ColumnLayout]:
    """The layouts among the files that have rows or a header."""
    firsts: dict[tuple[tuple[str, ...] | None, int], int] = {}
    for index, table in enumerate(tables):
        if table.body or table.header is not None:
            firsts.setdefault((table.header, table.columns), index)
    if not firsts and tables:
        firsts[None, 0] = 0
    found: list[ColumnLayout] = []
    for index in firsts.values():
        layout = kind.layout(paths[index], tables[index])
        if layout not in found:
            found.append(layout)
    return found


def _joined(parts: list[ClipTable], reading: ReadOptions) -> ClipTable:
    if not parts:
        return ClipTable.empty()
    names = ("lengths", "frame", "class_id", "source", "azimuth", "elevation", "distance", "onscreen")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    longest = max((part.classes for part in parts), key=len)
    return ClipTable(**columns, classes=longest if len(longest) > len(reading.classes) else reading.classes)


def _direction(values: Floats, layout: ColumnLayout) -> tuple[Floats, Floats]:
    """Azimuth and elevation in degrees, elevation NaN where the file has none."""
    if "x" in layout.columns:
        x, y, z = (layout.find(values, axis) for axis in "xyz")
        return np.arctan2(y, x) * 180 / np.pi, np.arctan2(z, np.sqrt(x**2 + y**2)) * 180 / np.pi
    azimuth = layout.find(values, "azimuth").copy()
    if "elevation" in layout.columns:
        return azimuth, layout.find(values, "elevation").copy()
    return azimuth, np.full(len(values), np.nan)


def _onscreen(values: Floats, layout: ColumnLayout) -> Floats:
    if "onscreen" in layout.columns:
        return layout.find(values, "onscreen")
    return np.full(len(values), float(UNKNOWN_ONSCREEN))


def _without_blank_lines(table: NumberTable) -> NumberTable:
    kept = b"\n".join(line for line in table.body.split(b"\n") if line.strip())
    return replace(table, body=kept)


def known(column: Floats) -> Floats:
    """A column for a format that cannot say "unknown": 0 there."""
    return np.nan_to_num(column, nan=0.0)


def flags(onscreen: Flags | None, rows: int) -> Integers:
    """The on-screen column for a format that cannot leave it out: 0 there."""
    return np.zeros(rows, np.int64) if onscreen is None else onscreen.astype(np.int64)

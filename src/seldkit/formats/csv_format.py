"""Reader and checker of the DCASE metadata files, vectorized over files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.errors import FormatError
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN, ClipTable
from seldkit.formats.column_layout import (
    MAX_CLASS_NUMBER,
    ColumnLayout,
    find_problems,
    find_repeated_sources,
)
from seldkit.formats.number_table import NumberTable, load_table, parse_numbers
from seldkit.types import Flags, Floats, Integers

CSV_SUFFIX: Final = ".csv"
"""Suffix of all formats of comma-separated numbers."""


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading files.

    Attributes:
        classes: Class vocabulary.
        tolerant: Whether class numbers beyond the vocabulary and repeated sources are read instead of being
            errors.
        centimetres: Whether distances are in centimetres (True) or metres (False); None for the unit of the
            format.
    """

    classes: ClassVocabulary = STARSS23
    tolerant: bool = False
    centimetres: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", ClassVocabulary.from_names(self.classes))

    @property
    def class_limit(self) -> int:
        """Number of class numbers that are read."""
        return MAX_CLASS_NUMBER + 1 if self.tolerant else len(self.classes)


@dataclass(frozen=True)
class CsvFormat:
    """A format of comma-separated numbers.

    Attributes:
        layout: Function that returns the columns of a file; it raises FormatError if the file does not follow
            the format.
        centimetres: Function that returns whether the distances of a layout are in centimetres; otherwise
            they are in metres.
        unknown_distance: Function that returns the value of unknown distances of a layout, or None.
        save: Function that writes one clip. It may have further keyword arguments.
        suffix: Suffix of the files.
    """

    layout: Callable[[Path, NumberTable], ColumnLayout]
    centimetres: Callable[[ColumnLayout], bool]
    unknown_distance: Callable[[ColumnLayout], float | None]
    save: Callable[..., None]
    suffix: str = CSV_SUFFIX

    def read(self, path: Path, options: ReadOptions, frames: int) -> Annotations:
        """Reads one file.

        Args:
            path: The file.
            options: Class vocabulary, tolerance and unit.
            frames: Smallest length of the clip in frames of 100 ms.

        Returns:
            The annotations.

        Raises:
            FormatError: The file cannot be read or does not follow the format.
        """
        return self.read_many([path], options).annotations(0, frames)

    def read_many(self, paths: Sequence[Path], options: ReadOptions) -> ClipTable:
        """Reads many files.

        Args:
            paths: The files.
            options: Class vocabulary, tolerance and unit.

        Returns:
            The rows of all files.

        Raises:
            FormatError: A file cannot be read or does not follow the format.
        """
        tables = [load_table(path) for path in paths]
        layouts = _distinct_layouts(self, paths, tables)
        if len(layouts) == 1:
            clips = self._parse(tables, layouts[0], options)
            if clips is not None:
                return clips
        files = zip(paths, tables, strict=True)
        return _concatenate([self._parse_single(path, table, options) for path, table in files], options)

    def check(self, path: Path, options: ReadOptions) -> list[str]:
        """Lists the errors in a file.

        Args:
            path: The file.
            options: Class vocabulary, tolerance and unit.

        Returns:
            Error messages of one line.
        """
        try:
            table = load_table(path)
            layout = self.layout(path, table)
        except FormatError as problem:
            return [str(problem)]
        if self._parse([table], layout, options) is not None:
            return []
        return find_problems(path, table, layout, options.class_limit, repeats=not options.tolerant)

    def write(self, annotations: Annotations, path: Path, **options: Any) -> None:
        """Writes one clip.

        Args:
            annotations: The annotations.
            path: File to write.
            options: Options of the format.
        """
        self.save(annotations, path, **options)

    def _parse_single(self, path: Path, table: NumberTable, options: ReadOptions) -> ClipTable:
        layout = self.layout(path, table)
        clips = self._parse([table], layout, options)
        if clips is not None:
            return clips
        problems = find_problems(path, table, layout, options.class_limit, repeats=not options.tolerant)
        clips = None if problems else self._parse([_without_blank_lines(table)], layout, options)
        if clips is None:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise FormatError(
                problems[0] + more if problems else f"{path}: expected rows of numbers, got something else"
            )
        return clips

    def _parse(
        self, tables: Sequence[NumberTable], layout: ColumnLayout, options: ReadOptions
    ) -> ClipTable | None:
        """Rows of files with the same layout; None if any row is invalid."""
        bodies = [table.body for table in tables]
        lengths = np.array([body.count(b"\n") + 1 if body else 0 for body in bodies], np.int64)
        values = parse_numbers(b"\n".join(filter(None, bodies)), len(layout.columns))
        if values is None or layout.find_invalid(values, options.class_limit).any():
            return None
        if not options.tolerant:
            clip = np.repeat(np.arange(len(bodies)), lengths)
            if find_repeated_sources(layout, values, clip.astype(np.float64)).any():
                return None
        return self._convert(values, layout, lengths, options)

    def _convert(
        self, values: Floats, layout: ColumnLayout, lengths: Integers, options: ReadOptions
    ) -> ClipTable:
        azimuth, elevation = _direction(values, layout)
        class_id = layout.column(values, "class").astype(np.int64)
        return ClipTable(
            lengths=lengths,
            frame=layout.column(values, "frame").astype(np.int64),
            class_id=class_id,
            source=layout.column(values, "source").astype(np.int64),
            azimuth=azimuth,
            elevation=elevation,
            distance=self._distance(values, layout, options),
            onscreen=_onscreen(values, layout).astype(np.int8),
            classes=options.classes.with_size(int(class_id.max(initial=-1)) + 1),
        )

    def _distance(self, values: Floats, layout: ColumnLayout, options: ReadOptions) -> Floats:
        if "distance" not in layout.columns:
            return np.full(len(values), np.nan)
        distance = layout.column(values, "distance")
        unknown = self.unknown_distance(layout)
        centimetres = self.centimetres(layout) if options.centimetres is None else options.centimetres
        metres = distance / 100 if centimetres else distance.copy()
        if unknown is not None:
            metres[distance == unknown] = np.nan
        return metres


def zero_if_unknown(column: Floats) -> Floats:
    """Replaces unknown values for a format that cannot store them.

    Args:
        column: Values; NaN if unknown. Shape ``(rows,)``.

    Returns:
        Values with 0 instead of NaN. Same shape.
    """
    return np.nan_to_num(column, nan=0.0)


def onscreen_numbers(onscreen: Flags | None, rows: int) -> Integers:
    """Converts on-screen flags for a format that requires them.

    Args:
        onscreen: Flags, shape ``(rows,)``; None if unknown.
        rows: Number of rows.

    Returns:
        1 (on-screen) or 0 (off-screen or unknown). Shape ``(rows,)``.
    """
    return np.zeros(rows, np.int64) if onscreen is None else onscreen.astype(np.int64)


def separator_hint(text: str) -> str:
    """Returns a hint for rows that are not separated by commas.

    Args:
        text: First row of a file.

    Returns:
        The end of an error message; empty if the row has other errors.
    """
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if separator in text:
            return f"; it is separated by {name}: save it with commas"
    return ""


def _distinct_layouts(
    format: CsvFormat, paths: Sequence[Path], tables: Sequence[NumberTable]
) -> list[ColumnLayout]:
    """The layouts of the files that have rows or a header."""
    first_index: dict[tuple[tuple[str, ...] | None, int], int] = {}
    for index, table in enumerate(tables):
        if table.body or table.header is not None:
            first_index.setdefault((table.header, table.columns), index)
    if not first_index and tables:
        first_index[None, 0] = 0
    layouts: list[ColumnLayout] = []
    for index in first_index.values():
        layout = format.layout(paths[index], tables[index])
        if layout not in layouts:
            layouts.append(layout)
    return layouts


def _concatenate(parts: list[ClipTable], options: ReadOptions) -> ClipTable:
    if not parts:
        return ClipTable.empty()
    names = ("lengths", "frame", "class_id", "source", "azimuth", "elevation", "distance", "onscreen")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    longest = max((part.classes for part in parts), key=len)
    return ClipTable(**columns, classes=longest if len(longest) > len(options.classes) else options.classes)


def _direction(values: Floats, layout: ColumnLayout) -> tuple[Floats, Floats]:
    """Azimuth and elevation in degrees; the elevation is NaN if the file has none."""
    if "x" in layout.columns:
        x, y, z = (layout.column(values, axis) for axis in "xyz")
        return np.arctan2(y, x) * 180 / np.pi, np.arctan2(z, np.sqrt(x**2 + y**2)) * 180 / np.pi
    azimuth = layout.column(values, "azimuth").copy()
    if "elevation" in layout.columns:
        return azimuth, layout.column(values, "elevation").copy()
    return azimuth, np.full(len(values), np.nan)


def _onscreen(values: Floats, layout: ColumnLayout) -> Floats:
    if "onscreen" in layout.columns:
        return layout.column(values, "onscreen")
    return np.full(len(values), float(UNKNOWN_ONSCREEN))


def _without_blank_lines(table: NumberTable) -> NumberTable:
    lines = (line for line in table.body.split(b"\n") if line.strip())
    return replace(table, body=b"\n".join(lines))

"""Summary of a metadata file or folder, and the errors in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.classes import CLASSES_FILE, vocabulary_for
from seldkit.errors import FormatError
from seldkit.files import is_temporary
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN, ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.event_formats import is_event_file
from seldkit.formats.number_table import require_annotation_file
from seldkit.formats.registry import FORMATS, detect_format
from seldkit.formats.unit_check import median_known_distance, unit_correction, unit_error_text
from seldkit.types import Floats, Integers

TEXT_SUFFIX: Final = ".txt"
"""Further suffix of metadata files that are searched for in a folder."""


@dataclass(frozen=True)
class AnnotationReport:
    """Summary of a metadata file or of all files of a folder. Files with errors are not counted.

    Attributes:
        files: Number of files without errors.
        empty_files: Number of files without rows.
        rows: Number of rows.
        frames: Number of frames with at least one row.
        rows_by_class: Number of rows by class name.
        azimuth: Smallest and largest azimuth in degrees; None if all are unknown.
        distance: Smallest and largest distance in metres; None if all are unknown.
        median_distance: Median of the distances above 0 in metres; None if all are unknown.
        unknown_distances: Number of rows without distance or with distance 0, which means unknown; None if
            all are.
        onscreen_share: Share of on-screen rows in the rows with a flag; None without flags.
        most_at_once: Largest number of rows in one frame.
        repeated_sources: Number of rows that repeat the class and source number of another row of their
            frame; None if there are none. Predictions without source numbers repeat the number 0.
        formats: Names of the formats.
        problems: Errors of one line with file and line, and suspected errors of the whole: distances in the
            wrong unit, one source at several positions.
    """

    files: int
    empty_files: int
    rows: int
    frames: int
    rows_by_class: dict[str, int]
    azimuth: tuple[float, float] | None
    distance: tuple[float, float] | None
    median_distance: float | None
    unknown_distances: int | None
    onscreen_share: float | None
    most_at_once: int
    repeated_sources: int | None
    formats: tuple[str, ...]
    problems: list[str]


def check_annotations(
    path: str | Path, format: str | None = None, classes: Sequence[str] | None = None
) -> AnnotationReport:
    """Reads a metadata file, or all files below a folder (.csv, .txt, .json), and lists the errors.

    Args:
        path: File or folder.
        format: Name of the format; None: recognized from the content of each file.
        classes: Class names in the order of their numbers; None: those of the nearest ``classes.txt``, or of
            STARSS23.

    Returns:
        The summary and the errors.

    Raises:
        FormatError: The file or folder does not exist, the file is not a regular one, or the folder has no
            metadata files.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError(f"{path}: expected a metadata file or a folder of them, found nothing")
    if not path.is_dir():
        require_annotation_file(path)
    options = ReadOptions(vocabulary_for(path, classes))
    by_format: dict[str, list[Path]] = {}
    problems: list[str] = []
    for file in _files_below(path) if path.is_dir() else [path]:
        try:
            by_format.setdefault(format or detect_format(file), []).append(file)
        except FormatError as problem:
            problems.append(str(problem))
    tables: list[ClipTable] = []
    for name, files in by_format.items():
        table, errors = _read_valid_files(name, files, options)
        tables.append(table)
        problems += errors
    problems += _unit_problems(path, tables, by_format) + _source_problems(path, tables)
    return _summarize(tables, tuple(sorted(by_format)), problems)


def _files_below(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if _is_annotation_file(path) and path.is_file())
    if not files:
        raise FormatError(f"{folder}: expected a folder with metadata files (.csv, .json), found none")
    return files


def _is_annotation_file(path: Path) -> bool:
    suffixes = {TEXT_SUFFIX, *(FORMATS[name].suffix for name in FORMATS.names())}
    is_other = path.name == CLASSES_FILE or is_event_file(path) or is_temporary(path)
    return path.suffix.lower() in suffixes and not is_other


def _read_valid_files(name: str, paths: Sequence[Path], options: ReadOptions) -> tuple[ClipTable, list[str]]:
    """The rows of the files without errors, and the errors of the others."""
    format = FORMATS[name]
    try:
        return format.read_many(paths, options), []
    except FormatError:
        pass
    by_file = {path: format.check(path, options) for path in paths}
    valid = [path for path, problems in by_file.items() if not problems]
    problems = [problem for problems in by_file.values() for problem in problems]
    return format.read_many(valid, options) if valid else ClipTable.empty(), problems


def _summarize(
    tables: Sequence[ClipTable], formats: tuple[str, ...], problems: list[str]
) -> AnnotationReport:
    lengths = np.concatenate([table.lengths for table in tables] or [np.empty(0, np.int64)])
    onscreen = np.concatenate([table.onscreen for table in tables] or [np.empty(0, np.int8)])
    known = onscreen[onscreen != UNKNOWN_ONSCREEN]
    frame_rows = [_rows_by_frame(table) for table in tables]
    distance = np.concatenate([table.distance for table in tables] or [np.empty(0)])
    repeated = sum(int(table.repeated_sources().sum()) for table in tables)
    return AnnotationReport(
        files=len(lengths),
        empty_files=int((lengths == 0).sum()),
        rows=int(lengths.sum()),
        frames=sum(len(counts) for counts in frame_rows),
        rows_by_class=_rows_by_class(tables),
        azimuth=_limits([table.azimuth for table in tables]),
        distance=_limits([distance]),
        median_distance=median_known_distance(distance) if (distance > 0).any() else None,
        unknown_distances=int((~(distance > 0)).sum()) if (distance > 0).any() else None,
        onscreen_share=float(known.mean()) if len(known) else None,
        most_at_once=max((int(counts.max(initial=0)) for counts in frame_rows), default=0),
        repeated_sources=repeated or None,
        formats=formats,
        problems=problems,
    )


def _unit_problems(
    path: Path, tables: Sequence[ClipTable], by_format: Mapping[str, Sequence[Path]]
) -> list[str]:
    """Formats whose distances are probably in the other unit, one line each."""
    problems = []
    for name, table in zip(by_format, tables, strict=True):
        median = median_known_distance(table.distance)
        correction = unit_correction(median)
        if correction != 1.0:
            problems.append(
                f"{path}: suspected unit error: the distances read as {name} (median {median:.3g} m) "
                f"{unit_error_text(correction)}; in the other unit, the median is {median * correction:.3g} m"
            )
    return problems


def _source_problems(path: Path, tables: Sequence[ClipTable]) -> list[str]:
    """Sources with several positions in one frame; source number 0 counts if other numbers are used."""
    rows = sum(int(table.repeated_sources().sum()) for table in tables if table.source.any())
    if not rows:
        return []
    return [
        f"{path}: one source at several positions: {rows} rows repeat the class and source number of another "
        "row of their frame; number the sources"
    ]


def _rows_by_frame(clips: ClipTable) -> Integers:
    frames = np.stack([clips.clip, clips.frame])
    return np.asarray(np.unique(frames, axis=1, return_counts=True)[1])


def _rows_by_class(tables: Sequence[ClipTable]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for table in tables:
        counts = np.bincount(table.class_id, minlength=len(table.classes))
        for name, count in zip(table.classes, counts.tolist(), strict=True):
            totals[name] = totals.get(name, 0) + count
    return {name: count for name, count in totals.items() if count}


def _limits(columns: list[Floats]) -> tuple[float, float] | None:
    values = np.concatenate(columns or [np.empty(0)])
    values = values[~np.isnan(values)]
    return (float(values.min()), float(values.max())) if len(values) else None

"""What a metadata file or folder holds, and everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.classes import CLASSES_FILE, vocabulary_for
from seldkit.errors import FormatError
from seldkit.formats.clip_table import UNKNOWN_ONSCREEN, ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.event_formats import is_event_file
from seldkit.formats.registry import FORMATS, detect_format
from seldkit.types import Floats

ANNOTATION_SUFFIXES = frozenset({".csv", ".json", ".txt"})


@dataclass(frozen=True)
class AnnotationReport:
    """What a metadata file, or all of a folder, holds. Files with problems are not in the counts.

    files: read without a problem. empty_files: those without a row. frames: frames in which anything sounds.
    rows_by_class: rows by class name. azimuth in degrees and distance in metres: least and greatest, None
    where nothing is known. onscreen_share: on-screen rows among those that say, or None. most_at_once: the
    most rows in one frame. formats: the formats met. problems: one line each, naming file and line.
    """

    files: int
    empty_files: int
    rows: int
    frames: int
    rows_by_class: dict[str, int]
    azimuth: tuple[float, float] | None
    distance: tuple[float, float] | None
    onscreen_share: float | None
    most_at_once: int
    formats: tuple[str, ...]
    problems: list[str]


def check_annotations(
    path: str | Path, format: str | None = None, classes: Sequence[str] | None = None
) -> AnnotationReport:
    """Read a metadata file, or every one below a folder (.csv, .txt, .json), and say all that is wrong.

    format: None tells it by each file's content. Raises FormatError where there is no such file.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError(f"{path}: expected a metadata file or a folder of them, found nothing")
    paths = [path] if not path.is_dir() else _below(path)
    reading = ReadOptions(vocabulary_for(path, classes))
    by_format: dict[str, list[Path]] = {}
    problems: list[str] = []
    for one in paths:
        try:
            by_format.setdefault(format or detect_format(one), []).append(one)
        except FormatError as problem:
            problems.append(str(problem))
    parts: list[ClipTable] = []
    for name, members in by_format.items():
        found, bad = _read_what_can_be(name, members, reading)
        parts.append(found)
        problems += bad
    return _report(parts, tuple(sorted(by_format)), problems)


def _below(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if _may_hold_frames(path) and path.is_file())
    if not found:
        raise FormatError(f"{folder}: expected a folder with metadata files (.csv, .json), found none")
    return found


def _may_hold_frames(path: Path) -> bool:
    return (
        path.suffix.lower() in ANNOTATION_SUFFIXES and path.name != CLASSES_FILE and not is_event_file(path)
    )


def _read_what_can_be(name: str, paths: Sequence[Path], reading: ReadOptions) -> tuple[ClipTable, list[str]]:
    """The rows of the good files, and the problems of the others."""
    kind = FORMATS[name]
    try:
        return kind.read_many(paths, reading), []
    except FormatError:
        pass
    by_file = {path: kind.check(path, reading) for path in paths}
    good = [path for path, found in by_file.items() if not found]
    problems = [problem for found in by_file.values() for problem in found]
    return kind.read_many(good, reading) if good else ClipTable.empty(), problems


def _report(parts: Sequence[ClipTable], formats: tuple[str, ...], problems: list[str]) -> AnnotationReport:
    lengths = np.concatenate([part.lengths for part in parts] or [np.empty(0, np.int64)])
    said = np.concatenate(
        [part.onscreen[part.onscreen != UNKNOWN_ONSCREEN] for part in parts] or [np.empty(0)]
    )
    at_once = [_rows_by_frame(part) for part in parts]
    return AnnotationReport(
        files=len(lengths),
        empty_files=int((lengths == 0).sum()),
        rows=int(lengths.sum()),
        frames=sum(len(counts) for counts in at_once),
        rows_by_class=_by_class(parts),
        azimuth=_range([part.azimuth for part in parts]),
        distance=_range([part.distance for part in parts]),
        onscreen_share=float(said.mean()) if len(said) else None,
        most_at_once=max((int(counts.max(initial=0)) for counts in at_once), default=0),
        formats=formats,
        problems=problems,
    )


def _rows_by_frame(clips: ClipTable) -> Floats:
    frames = np.stack([clips.clip, clips.frame])
    return np.asarray(np.unique(frames, axis=1, return_counts=True)[1])


def _by_class(parts: Sequence[ClipTable]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in parts:
        for name, count in zip(
            part.classes, np.bincount(part.class_id, minlength=len(part.classes)), strict=True
        ):
            counts[name] = counts.get(name, 0) + int(count)
    return {name: count for name, count in counts.items() if count}


def _range(columns: list[Floats]) -> tuple[float, float] | None:
    values = np.concatenate(columns or [np.empty(0)])
    values = values[~np.isnan(values)]
    return (float(values.min()), float(values.max())) if len(values) else None

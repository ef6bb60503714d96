"""Reading and writing of annotation files, frame by frame and event by event.

>>> annotations = read_annotations("clip.csv")  # doctest: +SKIP
>>> write_annotations(annotations, "clip.json")  # doctest: +SKIP
>>> write_events(scene.events, "clip.vtt")  # doctest: +SKIP
"""

from collections.abc import Sequence
from pathlib import Path

from seldkit.annotations import Annotations
from seldkit.classes import vocabulary_for
from seldkit.formats.annotation_report import AnnotationReport, check_annotations
from seldkit.formats.clip_table import ClipTable
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.event_formats import (
    EVENT_FORMATS,
    EventFormat,
    detect_event_format,
    is_event_file,
    read_events,
    write_events,
)
from seldkit.formats.event_report import EventReport, check_events
from seldkit.formats.file_conversion import convert_file, format_names, format_suffix
from seldkit.formats.jsonlines import event_line
from seldkit.formats.registry import FORMATS, Format, detect_format

__all__ = [
    "EVENT_FORMATS",
    "FORMATS",
    "AnnotationReport",
    "ClipTable",
    "EventFormat",
    "EventReport",
    "Format",
    "ReadOptions",
    "check_annotations",
    "check_events",
    "convert_file",
    "detect_event_format",
    "detect_format",
    "event_line",
    "format_names",
    "format_suffix",
    "is_event_file",
    "read_annotations",
    "read_events",
    "write_annotations",
    "write_events",
]


def read_annotations(
    path: str | Path,
    format: str | None = "dcase2025",
    frames: int = 50,
    classes: Sequence[str] | None = None,
) -> Annotations:
    """The annotations of one clip.

    format: "dcase2025", "dcase2024", "dcase2023" or "json"; a file named .json is always read as JSON, and
        None tells the format by the content.
    frames: length of the clip in 100 ms frames, for the DCASE formats, which do not say it; a file whose last
        row is later makes the clip longer. The scores do not depend on it: both readings go by the rows.
    classes: the vocabulary; class numbers beyond it are an error.

    Raises FormatError with file, line, what was expected and what was got.
    """
    path = Path(path)
    name = "json" if path.suffix.lower() == ".json" else format or detect_format(path)
    return FORMATS[name].read(path, ReadOptions(vocabulary_for(path, classes)), frames)


def write_annotations(
    annotations: Annotations, path: str | Path, format: str = "dcase2025", **options: object
) -> None:
    """Write one clip; a file named .json is always written as JSON.

    The DCASE formats have no blanks: unknown azimuth, distance and on-screen flags are written as 0, and
    confidences are left out; JSON keeps all. options: JSON takes `events` and `notes`, the formats of 2023
    and 2024 take `coordinates="polar"` (the labels' way) or "cartesian" (their evaluators' for predictions).
    """
    path = Path(path)
    name = "json" if path.suffix.lower() == ".json" else format
    FORMATS[name].write(annotations, path, **options)

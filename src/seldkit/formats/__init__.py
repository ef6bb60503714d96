"""Reading and writing of annotation files: frame tables and lists of events.

Examples:
    >>> annotations = read_annotations("clip.csv")  # doctest: +SKIP
    >>> write_annotations(annotations, "clip.json")  # doctest: +SKIP
    >>> write_events(scene.events, "clip.vtt")  # doctest: +SKIP
"""

from collections.abc import Sequence
from pathlib import Path

from seldkit.annotations import Annotations
from seldkit.classes import vocabulary_for
from seldkit.deprecation import renamed_attributes
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
from seldkit.formats.registry import FORMATS, Format, detect_format, format_by_suffix

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
    """Reads the annotations of one clip.

    Args:
        path: The file. Files with the suffix of one format only (.json) are always read in this format.
        format: Name of the format, a key of `FORMATS`; None: recognized from the content.
        frames: Smallest length of the clip in frames of 100 ms, for the DCASE formats, which do not store the
            length. Scores do not depend on it.
        classes: Class names in the order of their numbers; None: those of the nearest ``classes.txt``, or of
            STARSS23. JSON files store their own.

    Returns:
        The annotations, in degrees and metres.

    Raises:
        FormatError: The file cannot be read, does not follow the format, or has class numbers beyond the
            vocabulary.
        UnknownNameError: The format is unknown.
    """
    path = Path(path)
    name = format_by_suffix(path) or format or detect_format(path)
    return FORMATS[name].read(path, ReadOptions(vocabulary_for(path, classes)), frames)


def write_annotations(
    annotations: Annotations, path: str | Path, format: str = "dcase2025", **options: object
) -> None:
    """Writes the annotations of one clip. The file is replaced as a whole.

    The DCASE formats have no empty cells: unknown azimuths, distances and on-screen flags are written as 0,
    and confidences are not written. JSON stores everything.

    Args:
        annotations: The annotations.
        path: File to write. Files with the suffix of one format only (.json) are always written in it.
        format: Name of the format, a key of `FORMATS`.
        options: JSON: `events` and `notes`. Formats of 2023 and 2024: `coordinates`, "polar" (labels) or
            "cartesian" (predictions for the evaluators).

    Raises:
        UnknownNameError: The format is unknown.
    """
    path = Path(path)
    name = format_by_suffix(path) or format
    FORMATS[name].write(annotations, path, **options)


__getattr__ = renamed_attributes(
    __name__,
    {
        "Reading": "ReadOptions",
        "Report": "AnnotationReport",
        "event_format_of": "detect_event_format",
        "format_of": "detect_format",
        "holds_events": "is_event_file",
    },
)

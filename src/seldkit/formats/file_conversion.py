"""Conversion of annotation files from one format to another."""

from collections.abc import Sequence
from pathlib import Path

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.classes import store_vocabulary, vocabulary_for
from seldkit.errors import FormatError
from seldkit.events import events_to_annotations, source_events
from seldkit.formats.csv_format import ReadOptions
from seldkit.formats.event_formats import EVENT_FORMATS, is_event_file, read_events, write_events
from seldkit.formats.registry import FORMATS, detect_format
from seldkit.registry import nearest


def format_names() -> list[str]:
    """Lists the names of all formats, for frame tables and for events.

    Returns:
        Names in alphabetical order.
    """
    return sorted({*FORMATS.names(), *EVENT_FORMATS.names()})


def format_suffix(format: str) -> str:
    """Returns the suffix of the files of a format.

    Args:
        format: Name of the format.

    Returns:
        The suffix with its dot, such as ``".csv"`` or ``".labels.txt"``.

    Raises:
        FormatError: There is no such format.
    """
    if format in EVENT_FORMATS:
        return EVENT_FORMATS[format].suffix
    if format in FORMATS:
        return FORMATS[format].suffix
    raise FormatError(f"unknown format '{format}'; {nearest(format, format_names())}")


def convert_file(
    source: str | Path,
    target: str | Path,
    target_format: str,
    *,
    source_format: str | None = None,
    frames: int = 1,
    classes: Sequence[str] | None = None,
) -> None:
    """Converts an annotation file to another format.

    A frame table becomes events by joining consecutive frames of one source; events become a frame table
    with one row for each frame of their trajectory. What the target format cannot store is lost, see the
    documentation of the formats. Class names that a target of class numbers requires are written to
    ``classes.txt`` in its folder, see `seldkit.classes.store_vocabulary`.

    Args:
        source: The file to read.
        target: The file to write.
        target_format: Name of the format to write, one of `format_names`.
        source_format: Name of the format to read; None to recognize it by the suffix or the content.
        frames: Smallest length of the clip in frames of 100 ms, for formats that do not store the length.
        classes: Class names, for files that do not store them; None for ``classes.txt`` near the file, else
            the classes of STARSS23.

    Raises:
        FormatError: The file cannot be read, or a format is unknown.
    """
    source, target = Path(source), Path(target)
    format_suffix(target_format)
    if _is_event_file(source, source_format):
        vocabulary = vocabulary_for(source, classes)
        _write_events(read_events(source, source_format, classes), vocabulary, target, target_format, frames)
        return
    options = ReadOptions(vocabulary_for(source, classes))
    annotations = FORMATS[source_format or detect_format(source)].read(source, options, frames)
    if target_format in EVENT_FORMATS:
        write_events(source_events(annotations), target, target_format, seconds=annotations.seconds)
    else:
        _write_annotations(annotations, target, target_format)


def _is_event_file(path: Path, format: str | None) -> bool:
    if format is None:
        return is_event_file(path)
    format_suffix(format)
    return format in EVENT_FORMATS


def _write_events(
    events: Sequence[Event], classes: Sequence[str], target: Path, target_format: str, frames: int
) -> None:
    length = max([frames, *(round(event.offset / FRAME_SECONDS) for event in events)])
    if target_format in EVENT_FORMATS:
        write_events(events, target, target_format, seconds=length * FRAME_SECONDS)
    else:
        _write_annotations(events_to_annotations(events, length, classes), target, target_format)


def _write_annotations(annotations: Annotations, target: Path, target_format: str) -> None:
    FORMATS[target_format].write(annotations, target)
    if target_format != "json":
        store_vocabulary(target.parent, annotations.classes)

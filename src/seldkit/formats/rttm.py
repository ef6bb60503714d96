"""RTTM, the segment format of the NIST Rich Transcription evaluations, with columns for the direction.

`SPEAKER recording 1 onset duration <NA> <NA> class confidence <NA> azimuth elevation distance onscreen`: the
ten fields of the format (RT-09 evaluation plan, appendix A), followed by azimuth and elevation in degrees,
distance in metres, and 1 or 0 for the on-screen flag; <NA> means unknown. Some readers of RTTM accept only
ten fields; with `ExportOptions.spatial` False, the others are left out. In names, spaces are written as
underscores; underscores and other characters that could end a field are written as %XX (UTF-8). Lines of
other types and comments (;;) are skipped.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from seldkit.annotations import Event
from seldkit.formats.entries import (
    EntryError,
    EventEntry,
    ExportOptions,
    at_line,
    milliseconds,
    parse_number,
    shorten,
)

_UNKNOWN: Final = "<NA>"
_STANDARD_FIELDS: Final = 10
_FIELD_COUNTS: Final = (9, _STANDARD_FIELDS, 14)
_SPATIAL_FIELDS: Final = (
    "an azimuth in degrees",
    "an elevation in degrees",
    "a distance in metres",
    "on-screen",
)


def write_rttm(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes RTTM.

    Args:
        events: The events.
        options: The name of the source without suffix is the name of the recording; `spatial` adds four
            fields for direction, distance and on-screen flag.

    Returns:
        One line for each event, in the given order.
    """
    name = _encode_field("recording" if options.source is None else options.source.stem)
    fields = (_fields(event, name) for event in events)
    return "".join(" ".join(one if options.spatial else one[:_STANDARD_FIELDS]) + "\n" for one in fields)


def read_rttm(text: str) -> Iterator[EventEntry]:
    """Reads RTTM.

    Args:
        text: Content of the file.

    Yields:
        The events of SPEAKER lines with 9, 10 or 14 fields.

    Raises:
        EntryError: A line is not valid.
    """
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        fields = content.split()
        if fields and fields[0] == "SPEAKER":
            with at_line(line):
                yield _parse_fields(fields, content)
        elif fields and not re.fullmatch(r"[A-Z][A-Z/-]*|;.*", fields[0]):
            raise EntryError(f"expected a line of RTTM (SPEAKER …), got {shorten(content)}", line)


def _fields(event: Event, recording: str) -> list[str]:
    onset, offset = milliseconds(event.onset), milliseconds(event.offset)
    times = [f"{onset / 1000:.3f}", f"{(offset - onset) / 1000:.3f}"]
    name, confidence = _encode_field(event.name), _format(event.confidence)
    direction = [_format(value) for value in (event.azimuth, event.elevation, event.distance)]
    onscreen = _UNKNOWN if event.onscreen is None else str(int(event.onscreen))
    unknown = [_UNKNOWN, _UNKNOWN]
    return ["SPEAKER", recording, "1", *times, *unknown, name, confidence, _UNKNOWN, *direction, onscreen]


def _format(value: float | None) -> str:
    return _UNKNOWN if value is None or math.isnan(value) else repr(float(value))


def _encode_field(text: str) -> str:
    """A name without spaces; characters that are not printable or could end the field become %XX."""
    encoded = "".join(
        character if character.isprintable() and character not in '%_<>";' else _percent_encode(character)
        for character in text
    )
    return encoded.replace(" ", "_") or "%"


def _percent_encode(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _decode_field(field: str) -> str:
    return unquote_to_bytes(field.replace("_", " ")).decode("utf-8", "surrogatepass")


def _parse_fields(fields: list[str], line: str) -> EventEntry:
    if len(fields) not in _FIELD_COUNTS:
        raise ValueError(f"expected 10 fields, or 14 with the direction, got {len(fields)}: {shorten(line)}")
    onset = parse_number(fields[3], "an onset in seconds")
    duration = parse_number(fields[4], "a duration in seconds")
    spatial = fields[_STANDARD_FIELDS:] or [_UNKNOWN] * len(_SPATIAL_FIELDS)
    azimuth, elevation, distance, onscreen = map(_parse_field, spatial, _SPATIAL_FIELDS)
    if onscreen not in (None, 0.0, 1.0):
        raise ValueError(f"expected 1, 0 or {_UNKNOWN} as on-screen, got {shorten(fields[13])}")
    return EventEntry(
        name=_decode_field(fields[7]),
        onset=onset,
        offset=round(onset + duration, 9),
        azimuth=math.nan if azimuth is None else azimuth,
        distance=math.nan if distance is None else distance,
        elevation=elevation,
        onscreen=None if onscreen is None else bool(onscreen),
        confidence=_parse_field(fields[8], "a confidence of 0 to 1"),
    )


def _parse_field(field: str, expected: str) -> float | None:
    return None if field == _UNKNOWN else parse_number(field, f"{expected} or {_UNKNOWN}")

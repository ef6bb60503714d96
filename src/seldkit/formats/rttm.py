"""RTTM, the segments of NIST's Rich Transcription evaluations, with columns for the direction.

`SPEAKER recording 1 onset duration <NA> <NA> class confidence <NA> azimuth elevation distance onscreen`: the
ten fields of the format (RT-09 evaluation plan, appendix A), then azimuth and elevation in degrees, distance
in metres and 1 or 0 for the screen, <NA> where unknown. Readers of plain RTTM take the first ten or refuse
more; `spatial=False` leaves the others out. Blanks in names are written as underscores, underscores and
other signs that could end a field as %XX (UTF-8). Lines of other types and comments (;;) are passed over.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, at_line, milliseconds, number, shorten
from seldkit.formats.recording_info import RecordingInfo

_BLANK: Final = "<NA>"
_FIELDS: Final = (9, 10, 14)


def write_rttm(events: Sequence[Event], recording: RecordingInfo, spatial: bool = True) -> str:
    """RTTM; the recording's name without suffix is the file's name within it.

    spatial: whether the four columns of the direction follow the ten of the format.
    """
    name = _field("recording" if recording.source is None else recording.source.stem)
    return "".join(" ".join(_fields(event, name)[: 14 if spatial else 10]) + "\n" for event in events)


def read_rttm(text: str) -> Iterator[EventEntry]:
    """The events of lines with 9, 10 or 14 fields."""
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        fields = content.split()
        if fields and fields[0] == "SPEAKER":
            with at_line(line):
                yield _entry(fields, content)
        elif fields and not re.fullmatch(r"[A-Z][A-Z/-]*|;.*", fields[0]):
            with at_line(line):
                raise ValueError(f"expected a line of RTTM (SPEAKER …), got {shorten(content)}")


def _fields(event: Event, recording: str) -> list[str]:
    onset, offset = milliseconds(event.onset), milliseconds(event.offset)
    times = [f"{onset / 1000:.3f}", f"{(offset - onset) / 1000:.3f}"]
    name, confidence = _field(event.name), _cell(event.confidence)
    direction = [_cell(value) for value in (event.azimuth, event.elevation, event.distance)]
    screen = _BLANK if event.onscreen is None else str(int(event.onscreen))
    return ["SPEAKER", recording, "1", *times, _BLANK, _BLANK, name, confidence, _BLANK, *direction, screen]


def _cell(value: float | None) -> str:
    return _BLANK if value is None or math.isnan(value) else repr(float(value))


def _field(text: str) -> str:
    """A name without blanks: what is not printable in one field becomes %XX."""
    kept = "".join(sign if sign.isprintable() and sign not in '%_<>";' else _escaped(sign) for sign in text)
    return kept.replace(" ", "_") or "%"


def _escaped(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))


def _name(field: str) -> str:
    return unquote_to_bytes(field.replace("_", " ")).decode("utf-8", "surrogatepass")


def _entry(fields: list[str], line: str) -> EventEntry:
    if len(fields) not in _FIELDS:
        raise ValueError(f"expected 10 fields, or 14 with the direction, got {len(fields)}: {shorten(line)}")
    onset = number(fields[3], "an onset in seconds")
    length = number(fields[4], "a duration in seconds")
    azimuth, elevation, distance, onscreen = (
        _value(*cell) for cell in zip((*fields[10:], *[_BLANK] * 4), _DIRECTION, strict=False)
    )
    if onscreen not in (None, 0.0, 1.0):
        raise ValueError(f"expected 1, 0 or {_BLANK} as on-screen, got {shorten(fields[13])}")
    return EventEntry(
        _name(fields[7]),
        onset,
        round(onset + length, 9),
        math.nan if azimuth is None else azimuth,
        math.nan if distance is None else distance,
        elevation,
        None if onscreen is None else bool(onscreen),
        _value(fields[8], "a confidence of 0 to 1"),
    )


_DIRECTION: Final = ("an azimuth in degrees", "an elevation in degrees", "a distance in metres", "on-screen")


def _value(field: str, what: str) -> float | None:
    return None if field == _BLANK else number(field, f"{what} or {_BLANK}")

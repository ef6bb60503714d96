"""Text of one event: 'telephone, 34.2° left, 1.8 m, off screen, confidence 0.83'.

A *label* has numbers with three decimals (0.001°, millimetres) and is meant for annotation programs; a
*caption* is shorter and meant for viewers: 'telephone, left, 1.8 m, off screen'. Both are parsed by one
grammar. Unknown values are left out. A class name with a comma, a quote, a control character or the first
character of a spreadsheet formula is written as a JSON string, so that it cannot be misread.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, shorten
from seldkit.text_format import side_text

EXPECTED_LABEL: Final = (
    "'class, 34.2° left, 1.8 m, off screen, confidence 0.83' (all but the class may be missing)"
)
"""Description of a valid label for error messages."""

FORMULA_CHARACTERS: Final = "=+-@＝＋－＠"
"""First characters of cells that spreadsheets compute as formulas (OWASP, CSV injection)."""

_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_DETAILS: Final = re.compile(
    rf"(?:, (?:(?P<degrees>{_NUMBER})° )?(?P<side>left, behind|right, behind|left|right|ahead|behind))?"
    rf"(?:, (?P<height>{_NUMBER})° (?P<upwards>up|down))?"
    rf"(?:, (?P<distance>{_NUMBER}) m)?"
    r"(?:, (?P<screen>on|off) screen)?"
    rf"(?:, confidence (?P<confidence>{_NUMBER}))?",
    re.ASCII,
)
_SIDE_AZIMUTH_DEG: Final = {
    "left": 50.0,
    "right": -50.0,
    "ahead": 0.0,
    "left, behind": 130.0,
    "right, behind": -130.0,
    "behind": 180.0,
}
_QUOTED_FIRST: Final = FORMULA_CHARACTERS + '"'


def label_text(event: Event | EventEntry, avoid: str = "") -> str:
    """Formats the label of an event.

    Args:
        event: The event.
        avoid: Characters that the label must not contain; a class name with one becomes a JSON string.

    Returns:
        The label.
    """
    height = None if event.elevation is None else abs(event.elevation)
    upwards = event.elevation is not None and math.copysign(1.0, event.elevation) > 0
    return _join(
        quote_name(event.name, avoid),
        _direction(event.azimuth),
        _format_known(height, "{}° up" if upwards else "{}° down"),
        _format_known(event.distance, "{} m"),
        _screen(event.onscreen),
        _format_known(event.confidence, "confidence {}"),
    )


def caption_text(event: Event | EventEntry, avoid: str = "") -> str:
    """Formats the caption of an event: class, side, distance to 0.1 m, and on-screen flag.

    Args:
        event: The event.
        avoid: Characters that the caption must not contain; a class name with one becomes a JSON string.

    Returns:
        The caption.
    """
    return _join(
        quote_name(event.name, avoid),
        None if math.isnan(event.azimuth) else side_text(event.azimuth),
        _format_known(event.distance, "{} m", decimals=1),
        _screen(event.onscreen),
    )


def parse_label(text: str, onset: float, offset: float) -> EventEntry:
    """Parses a label or a caption.

    A side without degrees becomes the azimuth in the middle of its range; "left" is 50°.

    Args:
        text: The label or caption.
        onset: Start of the event in seconds.
        offset: End of the event in seconds.

    Returns:
        The event.

    Raises:
        ValueError: The text is neither a label nor a caption.
    """
    name, details = _split(text.strip())
    match = _DETAILS.fullmatch(details)
    if match is None:
        raise ValueError(f"expected {EXPECTED_LABEL}, got {shorten(text)}; put the class into double quotes")
    return EventEntry(name, onset, offset, **_values(match.groupdict()))


def quote_name(name: str, avoid: str = "") -> str:
    """Formats a class name for a label.

    Args:
        name: The class name.
        avoid: Characters that the result must not contain.

    Returns:
        The name, or a JSON string if the name could be misread.
    """
    printable = name.isprintable() and name == name.strip()
    if printable and name[:1] not in _QUOTED_FIRST and not set(name) & {",", *avoid}:
        return name
    text = json.dumps(name, ensure_ascii=not name.isprintable())[1:-1]
    escaped = {*avoid, *name[:1]} & {*avoid, *FORMULA_CHARACTERS}
    characters = (f"\\u{ord(character):04x}" if character in escaped else character for character in text)
    return '"' + "".join(characters) + '"'


def _split(text: str) -> tuple[str, str]:
    """The class name of a label, and the rest."""
    if not text.startswith('"'):
        name, comma, rest = text.partition(",")
        return name, comma + rest
    try:
        name, end = json.JSONDecoder().raw_decode(text)
    except ValueError as problem:
        raise ValueError(f"expected a class name in double quotes, got {shorten(text)}") from problem
    return name, text[end:]


def _values(parts: Mapping[str, str | None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if parts["side"] is not None:
        values["azimuth"] = _azimuth(parts["degrees"], parts["side"])
    if parts["height"] is not None:
        values["elevation"] = float(parts["height"]) * (1 if parts["upwards"] == "up" else -1)
    if parts["screen"] is not None:
        values["onscreen"] = parts["screen"] == "on"
    for name in ("distance", "confidence"):
        text = parts[name]
        if text is not None:
            values[name] = float(text)
    return values


def _azimuth(degrees: str | None, side: str) -> float:
    if degrees is None:
        return _SIDE_AZIMUTH_DEG[side]
    return float(degrees) * (-1 if side.startswith("right") else 1)


def _direction(azimuth: float) -> str | None:
    """Degrees and side. An azimuth of -0° or -180° keeps its side, which is its sign."""
    if math.isnan(azimuth):
        return None
    degrees = _format_number(abs(azimuth))
    if float(degrees) in (0.0, 180.0) and azimuth >= 0:
        return f"{degrees}° {'ahead' if azimuth < 90 else 'behind'}"
    side = "left" if azimuth > 0 else "right"
    return f"{degrees}° {side}, behind" if abs(azimuth) > 90 else f"{degrees}° {side}"


def _screen(onscreen: bool | None) -> str | None:
    return None if onscreen is None else "on screen" if onscreen else "off screen"


def _format_known(value: float | None, template: str, decimals: int = 3) -> str | None:
    return None if value is None or math.isnan(value) else template.format(_format_number(value, decimals))


def _format_number(value: float, decimals: int = 3) -> str:
    """A number without trailing zeros."""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part is not None)

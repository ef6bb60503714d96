"""An event in one line of words: 'telephone, 34.2° left, 1.8 m, off screen, confidence 0.83'.

A *label* has numbers to three decimals (a thousandth of a degree, millimetres) and suits programs that
annotate; a *caption* has what a viewer wants to read: 'telephone, left, 1.8 m, off screen'. Both read back by
one grammar; what is unknown is left out. A class name with a comma, a quote, a control sign or the beginning
of a formula is written as a JSON string, so that no name can be taken for anything else.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, shorten
from seldkit.text_format import side_text

EXPECTED: Final = "'class, 34.2° left, 1.8 m, off screen, confidence 0.83' (all but the class may be missing)"

_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_DETAILS: Final = re.compile(
    rf"(?:, (?:(?P<degrees>{_NUMBER})° )?(?P<side>left, behind|right, behind|left|right|ahead|behind))?"
    rf"(?:, (?P<height>{_NUMBER})° (?P<upwards>up|down))?"
    rf"(?:, (?P<distance>{_NUMBER}) m)?"
    r"(?:, (?P<screen>on|off) screen)?"
    rf"(?:, confidence (?P<confidence>{_NUMBER}))?",
    re.ASCII,
)
_MIDDLES: Final = {
    "left": 50.0,
    "right": -50.0,
    "ahead": 0.0,
    "left, behind": 130.0,
    "right, behind": -130.0,
    "behind": 180.0,
}
"""The azimuth in the middle of what a side without degrees may mean."""

FORMULA_CHARACTERS: Final = "=+-@＝＋－＠"
"""What a cell of a spreadsheet begins with when it is computed instead of shown (OWASP, CSV injection)."""

_LEADING: Final = FORMULA_CHARACTERS + '"'


def label_text(event: Event | EventEntry, avoid: str = "") -> str:
    """The label of an event. avoid: signs that must not stand in it; a name with one is a JSON string."""
    upwards = event.elevation is not None and event.elevation >= 0
    return _joined(
        quote_name(event.name, avoid),
        _direction(event.azimuth),
        _said(event.elevation and abs(event.elevation), "{}° up" if upwards else "{}° down"),
        _said(event.distance, "{} m"),
        _screen(event.onscreen),
        _said(event.confidence, "confidence {}"),
    )


def caption_text(event: Event | EventEntry, avoid: str = "") -> str:
    """The caption of an event: its side, the distance to 0.1 m, and whether it is in the picture."""
    return _joined(
        quote_name(event.name, avoid),
        None if math.isnan(event.azimuth) else side_text(event.azimuth),
        _said(event.distance, "{} m", decimals=1),
        _screen(event.onscreen),
    )


def parse_label(text: str, onset: float, offset: float) -> EventEntry:
    """The event that a label or a caption says, between two times in seconds.

    A side without degrees becomes the azimuth in the middle of what it means: 'left' is 50°. Raises
    ValueError where the text is neither.
    """
    name, details = _split(text.strip())
    found = _DETAILS.fullmatch(details)
    if found is None:
        raise ValueError(f"expected {EXPECTED}, got {shorten(text)}; put the class into double quotes")
    return EventEntry(name, onset, offset, **_values(found.groupdict()))


def quote_name(name: str, avoid: str = "") -> str:
    """A class name as it stands in a label: plain, or a JSON string if it could be taken for more."""
    clean = name.isprintable() and name == name.strip()
    if clean and name[:1] not in _LEADING and not set(name) & {",", *avoid}:
        return name
    text = json.dumps(name, ensure_ascii=not name.isprintable())[1:-1]
    escaped = {*avoid, *name[:1]} & {*avoid, *FORMULA_CHARACTERS}
    return '"' + "".join(f"\\u{ord(sign):04x}" if sign in escaped else sign for sign in text) + '"'


def unquote_name(text: str) -> str:
    """The class name that `quote_name` wrote."""
    name, rest = _split(text)
    if rest:
        raise ValueError(f"expected the name of a class, got {shorten(text)}")
    return name


def _split(text: str) -> tuple[str, str]:
    """A label's class name, and the rest."""
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
        return _MIDDLES[side]
    return float(degrees) * (-1 if side.startswith("right") else 1)


def _direction(azimuth: float) -> str | None:
    """Degrees and the side; also straight ahead the side is named, for it is the azimuth's sign."""
    if math.isnan(azimuth):
        return None
    degrees = _plain(abs(azimuth))
    if float(degrees) in (0.0, 180.0) and azimuth >= 0:
        return f"{degrees}° {'ahead' if azimuth < 90 else 'behind'}"
    side = "left" if azimuth > 0 else "right"
    return f"{degrees}° {side}, behind" if abs(azimuth) > 90 else f"{degrees}° {side}"


def _screen(onscreen: bool | None) -> str | None:
    return None if onscreen is None else "on screen" if onscreen else "off screen"


def _said(value: float | None, words: str, decimals: int = 3) -> str | None:
    """Words around a number that is known."""
    return None if value is None or math.isnan(value) else words.format(_plain(value, decimals))


def _plain(value: float, decimals: int = 3) -> str:
    """A number without needless zeros."""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part is not None)

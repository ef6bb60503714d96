"""Captions for video players: WebVTT and SubRip (.srt), one cue for each event.

The text of a cue is '[telephone, left, 1.8 m, off screen]'. WebVTT (https://www.w3.org/TR/webvtt1/) has
comments too: one before each cue holds the event's label with the numbers behind the words, which is read
again as long as nobody changed the cue's text. SubRip has neither comments nor a way to escape markup, so
there the words are all, and class names with markup are JSON strings.
"""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import EntryError, EventEntry, at_line, shorten, span_ms
from seldkit.formats.label_text import caption_text, label_text, parse_label
from seldkit.formats.recording_info import RecordingInfo

SUBRIP_MARKUP: Final = "<>{}"
"""Signs that players of SubRip take for markup."""

_TIMES: Final = re.compile(r"(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t].*)?", re.ASCII)
_CLOCK: Final = re.compile(r"(?:(\d{1,6}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})", re.ASCII)
_SKIPPED: Final = ("STYLE", "REGION")

Block = tuple[int, list[str]]
"""Lines without a blank one among them, and the number of the first."""


def write_vtt(events: Sequence[Event], recording: RecordingInfo) -> str:
    """WebVTT."""
    cues = [f"{_note(event)}\n\n{_times(event, '.')}\n{_escaped(event)}\n" for event in sort_by_onset(events)]
    return "\n".join(["WEBVTT\n", *cues])


def write_srt(events: Sequence[Event], recording: RecordingInfo) -> str:
    """SubRip."""
    cues = enumerate(sort_by_onset(events), start=1)
    return "\n".join(
        f"{number}\n{_times(event, ',')}\n[{caption_text(event, SUBRIP_MARKUP)}]\n" for number, event in cues
    )


def sort_by_onset(events: Sequence[Event]) -> list[Event]:
    """Events in the order that players want: by onset, then as given."""
    return sorted(events, key=lambda event: span_ms(event)[0])


def read_vtt(text: str) -> Iterator[EventEntry]:
    """The events of WebVTT."""
    first, *blocks = _blocks(text) or [(1, [""])]
    if not re.match(r"WEBVTT([ \t]|$)", first[1][0]) or first[0] != 1:
        raise EntryError(f"expected the line WEBVTT, got {shorten(first[1][0])}", 1)
    note = ""
    for line, lines in blocks:
        head = lines[0].split(maxsplit=1)
        if head[0] == "NOTE":
            note = "\n".join(lines)[4:].strip()
        elif head[0] not in _SKIPPED or any("-->" in one for one in lines[:2]):
            yield _noted(_cue(line, lines, markup=True), note)
            note = ""


def read_srt(text: str) -> Iterator[EventEntry]:
    """The events of SubRip."""
    for line, lines in _blocks(text):
        yield _cue(line, lines, markup=False)


def _note(event: Event) -> str:
    """The comment before a cue; it must not hold an arrow."""
    return "NOTE " + label_text(event, avoid="<>")


def _escaped(event: Event) -> str:
    return html.escape(f"[{caption_text(event)}]", quote=False)


def _times(event: Event, mark: str) -> str:
    return " --> ".join(_clock(time, mark) for time in span_ms(event))


def _clock(milliseconds: int, mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{thousandths:03}"


def _blocks(text: str) -> list[Block]:
    blocks: list[Block] = []
    before = ""
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            if not before.strip():
                blocks.append((number, []))
            blocks[-1][1].append(line)
        before = line
    return blocks


def _cue(line: int, lines: list[str], markup: bool) -> EventEntry:
    """The event of a cue: an identifier or number (may be missing), the times, the text."""
    at = 0 if "-->" in lines[0] or len(lines) == 1 else 1
    with at_line(line + at):
        times = _TIMES.fullmatch(lines[at].strip())
        if times is None:
            expected = "a cue's times such as 00:00:01.500 --> 00:00:02.700"
            raise ValueError(f"expected {expected}, got {shorten(lines[at])}")
        text = " ".join(lines[at + 1 :]).strip()
        if not (text.startswith("[") and text.endswith("]") and len(text) > 2):
            raise ValueError(f"expected a caption such as '[telephone, left, 1.8 m]', got {shorten(text)}")
        caption = html.unescape(text[1:-1]) if markup else text[1:-1]
        return parse_label(caption, _seconds(times[1]), _seconds(times[2]))


def _seconds(text: str) -> float:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a time such as 00:00:01.500, got {shorten(text)}")
    hours, minutes, seconds, thousandths = (int(part or 0) for part in found.groups())
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 1000


def _noted(entry: EventEntry, note: str) -> EventEntry:
    """The cue's event with the numbers of its comment, if that is a label which says the same."""
    try:
        noted = parse_label(note, entry.onset, entry.offset)
    except ValueError:
        return entry
    return noted if caption_text(noted) == caption_text(entry) else entry

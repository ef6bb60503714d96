"""Captions for video players: WebVTT (.vtt) and SubRip (.srt), one cue per event.

The text of a cue is '[telephone, left, 1.8 m, off screen]'. In WebVTT (https://www.w3.org/TR/webvtt1/), a
comment before each cue holds the label with all numbers; it is used for reading as long as it agrees with
the text of the cue. Cues of other programs may name the class as a voice (`<v telephone>`). SubRip has no
comments and cannot escape markup: only the text is stored, and class names with markup are written as JSON
strings.
"""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import (
    EntryError,
    EventEntry,
    ExportOptions,
    at_line,
    shorten,
    span_ms,
)
from seldkit.formats.label_text import caption_text, label_text, parse_label

SUBRIP_MARKUP: Final = "<>{}"
"""Characters that players of SubRip interpret as markup."""

_TIMES: Final = re.compile(r"(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t].*)?", re.ASCII)
_TIMESTAMP: Final = re.compile(r"(?:(\d{1,6}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})", re.ASCII)
_TAG: Final = re.compile(r"<[^<>]*>")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>")
_SKIPPED_BLOCKS: Final = ("STYLE", "REGION")

_Block = tuple[int, list[str]]
"""Number of the first line of a block, and its lines. Blocks are separated by blank lines."""

_TextParser = Callable[[str, float, float], Iterator[EventEntry]]
"""Function that parses the text of a cue; the further arguments are its onset and offset in seconds."""


def write_vtt(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes WebVTT.

    Args:
        events: The events.
        options: Not used.

    Returns:
        One cue for each event, ordered by onset.
    """
    labels = ((event, label_text(event, avoid="<>")) for event in sort_by_onset(events))
    cues = [f"NOTE {label}\n\n{_times(event, '.')}\n{_caption_of(label)}\n" for event, label in labels]
    return "\n".join(["WEBVTT\n", *cues])


def write_srt(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes SubRip.

    Args:
        events: The events.
        options: Not used.

    Returns:
        One cue for each event, ordered by onset.
    """
    return "\n".join(
        f"{number}\n{_times(event, ',')}\n[{caption_text(event, SUBRIP_MARKUP)}]\n"
        for number, event in enumerate(sort_by_onset(events), start=1)
    )


def sort_by_onset(events: Sequence[Event]) -> list[Event]:
    """Sorts events by onset, as players require.

    Args:
        events: The events.

    Returns:
        The events; those with the same onset keep their order.
    """
    return sorted(events, key=lambda event: span_ms(event)[0])


def read_vtt(text: str) -> Iterator[EventEntry]:
    """Reads WebVTT.

    Args:
        text: Content of the file.

    Yields:
        The events of the cues.

    Raises:
        EntryError: The text is not WebVTT, or a cue is not a caption.
    """
    first, *blocks = _split_blocks(text) or [(1, [""])]
    if not re.match(r"WEBVTT([ \t]|$)", first[1][0]) or first[0] != 1:
        raise EntryError(f"expected the line WEBVTT, got {shorten(first[1][0])}", 1)
    comment = ""
    for line, lines in blocks:
        keyword = lines[0].split(maxsplit=1)[0]
        if keyword == "NOTE":
            comment = "\n".join(lines)[4:].strip()
        elif keyword not in _SKIPPED_BLOCKS or any("-->" in one for one in lines[:2]):
            for entry in _parse_cue(line, lines, _parse_markup):
                yield _with_comment(entry, comment)
            comment = ""


def read_srt(text: str) -> Iterator[EventEntry]:
    """Reads SubRip.

    Args:
        text: Content of the file.

    Yields:
        The events of the cues.

    Raises:
        EntryError: A cue is not a caption.
    """
    for line, lines in _split_blocks(text):
        yield from _parse_cue(line, lines, _parse_caption)


def _caption_of(label: str) -> str:
    """The caption of a label. Its numbers are those of the label, so that both agree when they are read."""
    return html.escape(f"[{caption_text(parse_label(label, 0.0, 0.0))}]", quote=False)


def _times(event: Event, decimal_mark: str) -> str:
    return " --> ".join(_timestamp(time, decimal_mark) for time in span_ms(event))


def _timestamp(milliseconds: int, decimal_mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}{decimal_mark}{thousandths:03}"


def _split_blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    previous = ""
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            if not previous.strip():
                blocks.append((number, []))
            blocks[-1][1].append(line)
        previous = line
    return blocks


def _parse_cue(line: int, lines: list[str], parse_text: _TextParser) -> list[EventEntry]:
    """The events of a cue: an optional identifier or number, the times, the text."""
    times_index = 0 if "-->" in lines[0] or len(lines) == 1 else 1
    with at_line(line + times_index):
        times = _TIMES.fullmatch(lines[times_index].strip())
        if times is None:
            expected = "the times of a cue such as 00:00:01.500 --> 00:00:02.700"
            raise ValueError(f"expected {expected}, got {shorten(lines[times_index])}")
        text = " ".join(lines[times_index + 1 :]).strip()
        return list(parse_text(text, _parse_timestamp(times[1]), _parse_timestamp(times[2])))


def _parse_caption(text: str, onset: float, offset: float) -> Iterator[EventEntry]:
    if not (text.startswith("[") and text.endswith("]") and len(text) > 2):
        raise ValueError(f"expected a caption such as '[telephone, left, 1.8 m]', got {shorten(text)}")
    yield parse_label(text[1:-1], onset, offset)


def _parse_markup(text: str, onset: float, offset: float) -> Iterator[EventEntry]:
    """The events of the text of a WebVTT cue: a caption, or without one, the voices (`<v Name>`)."""
    voices = [html.unescape(name).strip() for name in _VOICE.findall(text)]
    content = html.unescape(_TAG.sub("", text)).strip()
    if not any(voices) or (content.startswith("[") and content.endswith("]")):
        yield from _parse_caption(content, onset, offset)
        return
    for name in dict.fromkeys(filter(None, voices)):
        yield _parse_voice(name, onset, offset)


def _parse_voice(name: str, onset: float, offset: float) -> EventEntry:
    """The event of a voice: its name is a label, or the name of the class."""
    try:
        return parse_label(name, onset, offset)
    except ValueError:
        return EventEntry(name, onset, offset)


def _parse_timestamp(text: str) -> float:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time such as 00:00:01.500, got {shorten(text)}")
    hours, minutes, seconds, thousandths = (int(part or 0) for part in match.groups())
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 1000


def _with_comment(entry: EventEntry, comment: str) -> EventEntry:
    """The event of the comment if it is a label that agrees with the cue, otherwise that of the cue."""
    try:
        labelled = parse_label(comment, entry.onset, entry.offset)
    except ValueError:
        return entry
    return labelled if caption_text(labelled) == caption_text(entry) else entry

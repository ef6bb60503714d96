"""TextGrid format of Praat: one interval tier per class, labels as texts of the intervals.

Written in the long text format; the long and the short one are read, in UTF-8 or UTF-16. Both have the same
tokens: free-standing numbers, texts in double quotes and flags in angle brackets; Praat ignores everything
else. Point tiers are skipped. Source: Praat manual, "TextGrid file formats".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import (
    EntryError,
    EventEntry,
    ExportOptions,
    at_line,
    milliseconds,
    parse_number,
    shorten,
    span_ms,
)
from seldkit.formats.label_text import label_text, parse_label
from seldkit.formats.tiers import Tier, assign_tiers

_TOKEN: Final = re.compile(
    r'"(?P<text>[^"]*(?:""[^"]*)*)"|(?P<flag><\w+>)|(?<!\S)(?P<number>[-+]?\d[\d.eE+-]*)(?!\S)|(?P<broken>")'
)


def write_textgrid(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes a TextGrid.

    Args:
        events: The events.
        options: The TextGrid is as long as `seconds`, or longer if an event is.

    Returns:
        The TextGrid in the long text format.
    """
    tiers = assign_tiers(events)
    end = max([milliseconds(options.seconds or 0), 1, *(tier.end for tier in tiers)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end / 1000}"]
    if tiers:
        lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    else:
        lines += ["tiers? <absent>"]
    for index, tier in enumerate(tiers, start=1):
        lines += [f"    item [{index}]:", *_tier_lines(tier, end)]
    return "\n".join(lines) + "\n"


def read_textgrid(text: str) -> Iterator[EventEntry]:
    """Reads a TextGrid.

    Args:
        text: Content of the file.

    Yields:
        The events of the interval tiers, tier by tier. Empty intervals are skipped.

    Raises:
        EntryError: The text is not a TextGrid, or an interval is not a label.
    """
    tokens = _Tokens(text)
    if tokens.next_text() != "ooTextFile" or tokens.next_text() != "TextGrid":
        raise tokens.error('expected a Praat text file (File type = "ooTextFile", class "TextGrid")')
    _skip_limits(tokens)
    if tokens.next_flag() != "<exists>":
        return
    for _ in range(tokens.next_count("tiers")):
        kind = tokens.next_text()
        if kind not in ("IntervalTier", "TextTier"):
            raise tokens.error(f"expected an IntervalTier or a TextTier, got {shorten(kind)}")
        yield from _read_tier(tokens, intervals=kind == "IntervalTier")


def _tier_lines(tier: Tier, end: int) -> Iterator[str]:
    intervals = list(_intervals_without_gaps(tier, end))
    yield '        class = "IntervalTier"'
    yield f"        name = {_quote(tier.name)}"
    yield "        xmin = 0"
    yield f"        xmax = {end / 1000}"
    yield f"        intervals: size = {len(intervals)}"
    for index, (onset, offset, text) in enumerate(intervals, start=1):
        yield f"        intervals [{index}]:"
        yield f"            xmin = {onset / 1000}"
        yield f"            xmax = {offset / 1000}"
        yield f"            text = {_quote(text)}"


def _intervals_without_gaps(tier: Tier, end: int) -> Iterator[tuple[int, int, str]]:
    """Intervals of a tier from 0 to the end in milliseconds; those between events are empty."""
    previous_end = 0
    for event in tier.events:
        onset, offset = span_ms(event)
        if onset > previous_end:
            yield previous_end, onset, ""
        yield onset, offset, label_text(event)
        previous_end = offset
    if previous_end < end:
        yield previous_end, end, ""


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _read_tier(tokens: "_Tokens", intervals: bool) -> Iterator[EventEntry]:
    tokens.next_text()  # the name of the tier: the labels contain the classes
    _skip_limits(tokens)
    for _ in range(tokens.next_count("intervals")):
        onset = tokens.next_number("xmin")
        offset = tokens.next_number("xmax") if intervals else onset
        label = tokens.next_text().strip()
        if label and intervals:
            with at_line(tokens.line):
                yield parse_label(label, onset, offset)


def _skip_limits(tokens: "_Tokens") -> None:
    for name in ("xmin", "xmax"):
        tokens.next_number(name)


class _Tokens:
    """The tokens of a Praat text file in their order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._matches = _TOKEN.finditer(text)
        self._position = 0
        self.line = 1

    def next_text(self) -> str:
        """The next token, which must be a text in double quotes."""
        return self._next("text", "a text in double quotes").replace('""', '"')

    def next_flag(self) -> str:
        """The next token, which must be a flag such as <exists>."""
        return self._next("flag", "the flag <exists> or <absent>")

    def next_number(self, name: str) -> float:
        """The next token, which must be a number."""
        text = self._next("number", f"a number ({name})")
        with at_line(self.line):
            return parse_number(text, f"a number ({name})")

    def next_count(self, name: str) -> int:
        """The next token, which must be a whole number from 0."""
        value = self.next_number(name)
        if value < 0 or value != int(value):
            raise self.error(f"expected a number of {name}, got {value:g}")
        return int(value)

    def error(self, message: str) -> EntryError:
        """An error at the last token."""
        return EntryError(message, self.line)

    def _next(self, kind: str, expected: str) -> str:
        match = next(self._matches, None)
        position = len(self._text) if match is None else match.start()
        self.line += self._text.count("\n", self._position, position)
        self._position = position
        if match is None:
            raise self.error(f"expected {expected}, got the end of the file; it may be cut short")
        if match[kind] is None:
            raise self.error(f"expected {expected}, got {shorten(match[0])}")
        return match[kind]

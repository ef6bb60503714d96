"""Praat's TextGrid: interval tiers by class, the labels as the intervals' texts.

Written in the long text format; the long and the short one are read, in UTF-8 or UTF-16. Praat's own rule
makes both one: freestanding numbers, texts in double quotes and flags in angle brackets count, everything
else is for people. Point tiers are passed over. Source: Praat's manual, "TextGrid file formats".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import EntryError, EventEntry, at_line, number, shorten, span_ms
from seldkit.formats.label_text import label_text, parse_label
from seldkit.formats.recording_info import RecordingInfo
from seldkit.formats.tiers import Tier, assign_tiers

_TOKEN: Final = re.compile(
    r'"(?P<text>[^"]*(?:""[^"]*)*)"|(?P<flag><\w+>)|(?<!\S)(?P<number>[-+]?\d[\d.eE+-]*)(?!\S)|(?P<broken>")'
)


def write_textgrid(events: Sequence[Event], recording: RecordingInfo) -> str:
    """A TextGrid as long as the recording, or up to the last event's end."""
    tiers = assign_tiers(events)
    end = max([round((recording.seconds or 0) * 1000), 1, *(tier.end for tier in tiers)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end / 1000}"]
    if tiers:
        lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    else:
        lines += ["tiers? <absent>"]
    for index, tier in enumerate(tiers, start=1):
        lines += [f"    item [{index}]:", *_tier_lines(tier, end)]
    return "\n".join(lines) + "\n"


def read_textgrid(text: str) -> Iterator[EventEntry]:
    """The events of the interval tiers, tier by tier; empty intervals are silence."""
    tokens = _Tokens(text)
    if tokens.text() != "ooTextFile" or tokens.text() != "TextGrid":
        raise tokens.damage('expected a Praat text file (File type = "ooTextFile", class "TextGrid")')
    tokens.number("xmin"), tokens.number("xmax")
    if tokens.flag() != "<exists>":
        return
    for _ in range(tokens.count("tiers")):
        kind = tokens.text()
        if kind not in ("IntervalTier", "TextTier"):
            raise tokens.damage(f"expected an IntervalTier or a TextTier, got {shorten(kind)}")
        yield from _tier(tokens, intervals=kind == "IntervalTier")


def _tier_lines(tier: Tier, end: int) -> Iterator[str]:
    intervals = list(_filled(tier, end))
    yield '        class = "IntervalTier"'
    yield f"        name = {_quoted(tier.name)}"
    yield "        xmin = 0"
    yield f"        xmax = {end / 1000}"
    yield f"        intervals: size = {len(intervals)}"
    for index, (onset, offset, text) in enumerate(intervals, start=1):
        yield f"        intervals [{index}]:"
        yield f"            xmin = {onset / 1000}"
        yield f"            xmax = {offset / 1000}"
        yield f"            text = {_quoted(text)}"


def _filled(tier: Tier, end: int) -> Iterator[tuple[int, int, str]]:
    """The tier's intervals without a gap from 0 to the end, in milliseconds."""
    heard = 0
    for event in tier.events:
        onset, offset = span_ms(event)
        if onset > heard:
            yield heard, onset, ""
        yield onset, offset, label_text(event)
        heard = offset
    if heard < end:
        yield heard, end, ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _tier(tokens: "_Tokens", intervals: bool) -> Iterator[EventEntry]:
    tokens.text()  # the tier's name: the labels say the classes themselves
    tokens.number("xmin"), tokens.number("xmax")
    for _ in range(tokens.count("intervals")):
        onset = tokens.number("xmin")
        offset = tokens.number("xmax") if intervals else onset
        label = tokens.text().strip()
        if label and intervals:
            with at_line(tokens.line):
                yield parse_label(label, onset, offset)


class _Tokens:
    """What counts in a Praat text file, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = _TOKEN.finditer(text)
        self._at = 0
        self.line = 1

    def text(self) -> str:
        """The next one, which must be a text in double quotes."""
        return self._next("text", "a text in double quotes").replace('""', '"')

    def flag(self) -> str:
        """The next one, which must be a flag such as <exists>."""
        return self._next("flag", "the flag <exists> or <absent>")

    def number(self, what: str) -> float:
        """The next one, which must be a number."""
        text = self._next("number", f"a number ({what})")
        with at_line(self.line):
            return number(text, f"a number ({what})")

    def count(self, what: str) -> int:
        """The next one, which must be a whole number from 0."""
        value = self.number(what)
        if value < 0 or value != int(value):
            raise self.damage(f"expected a number of {what}, got {value:g}")
        return int(value)

    def damage(self, what: str) -> EntryError:
        """An error at the last token."""
        return EntryError(what, self.line)

    def _next(self, kind: str, expected: str) -> str:
        found = next(self._found, None)
        at = len(self._text) if found is None else found.start()
        self.line += self._text.count("\n", self._at, at)
        self._at = at
        if found is None:
            raise self.damage(f"expected {expected}, got the end of the file; it may be cut short")
        if found[kind] is None:
            raise self.damage(f"expected {expected}, got {shorten(found[0])}")
        return found[kind]

"""Audacity's label tracks: onset, offset and a label between tabs, one line for each event.

Lines that begin with a backslash, which Audacity adds for spectral selections, are passed over. Source:
Audacity's manual, "Importing and Exporting Labels".
"""

from collections.abc import Iterator, Sequence

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, at_line, milliseconds, number, shorten
from seldkit.formats.label_text import label_text, parse_label
from seldkit.formats.recording_info import RecordingInfo


def write_labels(events: Sequence[Event], recording: RecordingInfo) -> str:
    """A label track."""
    return "".join(
        f"{milliseconds(event.onset) / 1000:.6f}\t{milliseconds(event.offset) / 1000:.6f}\t{label_text(event)}\n"
        for event in events
    )


def read_labels(text: str) -> Iterator[EventEntry]:
    """The events of a label track."""
    for line, content in enumerate(text.splitlines(), start=1):
        if content.strip() and not content.startswith("\\"):
            with at_line(line):
                yield _entry(content)


def _entry(line: str) -> EventEntry:
    cells = line.split("\t", 2)
    if len(cells) != 3:
        raise ValueError(f"expected onset, offset and label between tabs, got {shorten(line)}")
    onset, offset = (number(cell.strip(), "seconds with a decimal point") for cell in cells[:2])
    return parse_label(cells[2], onset, offset)

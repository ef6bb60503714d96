"""Label tracks of Audacity: onset, offset and label, separated by tabs, one line per event.

Lines that start with a backslash, which Audacity adds for spectral selections, are skipped. Source: Audacity
manual, "Importing and Exporting Labels".
"""

from collections.abc import Iterator, Sequence

from seldkit.annotations import Event
from seldkit.formats.entries import (
    EventEntry,
    ExportOptions,
    at_line,
    milliseconds,
    parse_number,
    shorten,
)
from seldkit.formats.label_text import label_text, parse_label


def write_labels(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes a label track.

    Args:
        events: The events.
        options: Not used.

    Returns:
        One line for each event, in the given order.
    """
    return "".join(
        f"{_seconds_text(event.onset)}\t{_seconds_text(event.offset)}\t{label_text(event)}\n"
        for event in events
    )


def read_labels(text: str) -> Iterator[EventEntry]:
    """Reads a label track.

    Args:
        text: Content of the file.

    Yields:
        The events.

    Raises:
        EntryError: A line is not a label.
    """
    for line, content in enumerate(text.splitlines(), start=1):
        if content.strip() and not content.startswith("\\"):
            with at_line(line):
                yield _parse_line(content)


def _seconds_text(seconds: float) -> str:
    return f"{milliseconds(seconds) / 1000:.6f}"


def _parse_line(line: str) -> EventEntry:
    cells = line.split("\t", 2)
    if len(cells) != 3:
        raise ValueError(f"expected onset, offset and label between tabs, got {shorten(line)}")
    onset, offset = (parse_number(cell.strip(), "seconds with a decimal point") for cell in cells[:2])
    return parse_label(cells[2], onset, offset)

"""Events as JSON lines (.jsonl): one object per line, as in the JSON format of seldkit, without loss.

The lines contain only ASCII characters, so that no character of a class name can end a line.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, ExportOptions, at_line
from seldkit.formats.event_json import entry_from_json, event_to_json

STARTED_STATE: Final = "began"
"""Value of the key ``state`` of an event that has not ended."""


def event_line(event: Event, *, state: str | None = None, **more: object) -> str:
    """Converts an event to one line of JSON, for programs that print each event as soon as it ends.

    Args:
        event: The event.
        state: State of an event of a stream, "began" or "ended". Events that have not ended are written
            without their trajectory.
        more: Further keys and their values, before those of the event. None is left out.

    Returns:
        The line without a line end.
    """
    extra = {"state": state} | more
    head = {key: value for key, value in extra.items() if value is not None}
    content = event_to_json(event)
    if state == STARTED_STATE:
        del content["trajectory"]
    return json.dumps(head | content, allow_nan=False)


def write_lines(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes JSON lines.

    Args:
        events: The events.
        options: Not used.

    Returns:
        One line for each event, in the given order.
    """
    return "".join(event_line(event) + "\n" for event in events)


def read_lines(text: str) -> Iterator[EventEntry]:
    """Reads JSON lines.

    Args:
        text: Content of the file.

    Yields:
        The events. Lines of events that have not ended are skipped.

    Raises:
        EntryError: A line is not an event.
    """
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if content.strip():
            with at_line(line):
                event = _parse(content)
                if not (isinstance(event, dict) and event.get("state") == STARTED_STATE):
                    yield entry_from_json(event)


def _parse(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"expected an event as JSON, got {problem}; it may be cut short") from problem

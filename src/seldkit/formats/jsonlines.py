"""Events as JSON lines (.jsonl): one object a line, as they stand in seldkit's JSON, without loss.

`event_line` gives the line of one event, so that a program which listens can print each as soon as it ends.
Lines hold ASCII alone: no sign of a class name can end one.
"""

import json
import re
from collections.abc import Iterator, Sequence

from seldkit.annotations import Event
from seldkit.formats.entries import Entry, at_line
from seldkit.formats.event_json import entry_of_object, event_object
from seldkit.formats.recording import Recording


def event_line(event: Event) -> str:
    """One event as one line of JSON, without the line's end."""
    return json.dumps(event_object(event), allow_nan=False)


def write_lines(events: Sequence[Event], recording: Recording) -> str:
    """A line for each event, in the order given."""
    return "".join(event_line(event) + "\n" for event in events)


def read_lines(text: str) -> Iterator[Entry]:
    """The events of the lines."""
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if content.strip():
            with at_line(line):
                yield entry_of_object(_parsed(content))


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"expected an event as JSON, got {problem}; it may be cut short") from problem

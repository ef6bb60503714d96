"""Events as JSON lines (.jsonl): one object a line, as they stand in seldkit's JSON, without loss.

`event_line` gives the line of one event, so that a program which listens can print each as soon as it ends.
Lines hold ASCII alone: no sign of a class name can end one.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from seldkit.annotations import Event
from seldkit.formats.entries import EventEntry, at_line
from seldkit.formats.event_json import entry_from_json, event_to_json
from seldkit.formats.recording_info import RecordingInfo

STARTED: Final = "began"
"""The state of an event that goes on."""


def event_line(event: Event, *, state: str | None = None, **more: object) -> str:
    """One event as one line of JSON, without the line's end.

    state: of an event that is told while it happens: "ended", or "began" for one that goes on, of which no
    trajectory is written yet. more: what else there is to say of it. They stand first; None is left out.
    """
    said = {"state": state} | more
    head = {key: value for key, value in said.items() if value is not None}
    content = event_to_json(event)
    if state == STARTED:
        del content["trajectory"]
    return json.dumps(head | content, allow_nan=False)


def write_lines(events: Sequence[Event], recording: RecordingInfo) -> str:
    """A line for each event, in the order given."""
    return "".join(event_line(event) + "\n" for event in events)


def read_lines(text: str) -> Iterator[EventEntry]:
    """The events of the lines; those that had only begun have another line when they ended."""
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if content.strip():
            with at_line(line):
                found = _parsed(content)
                if not (isinstance(found, dict) and found.get("state") == STARTED):
                    yield entry_from_json(found)


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"expected an event as JSON, got {problem}; it may be cut short") from problem

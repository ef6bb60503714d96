"""Which events are meant by their numbers or the names of their classes."""

from collections.abc import Sequence
from pathlib import Path

from seldkit.annotations import Event
from seldkit.errors import SeldkitError
from seldkit.media.containers import printable


def chosen_events(events: Sequence[Event], solo: Sequence[int | str], source: Path) -> list[Event]:
    """The events of these numbers or classes (a text of digits is a number); all where none is asked for.

    source: the recording, for errors. Raises SeldkitError for a number or class that no event has.
    """
    if not solo:
        return list(events)
    chosen: dict[int, Event] = {}
    for asked in solo:
        found = [event for event in events if _is_meant(event, asked)]
        if not found:
            raise SeldkitError(
                f"{printable(source)}: no event '{printable(Path(str(asked)))}' to solo; {_known(events)}"
            )
        chosen |= {id(event): event for event in found}
    return list(chosen.values())


def _is_meant(event: Event, asked: int | str) -> bool:
    if isinstance(asked, int) or asked.isdecimal():
        return event.number == int(asked)
    return event.name == asked


def _known(events: Sequence[Event]) -> str:
    if not events:
        return "none was found"
    numbers = sorted(event.number for event in events)
    classes = ", ".join(sorted({event.name for event in events}))
    return f"there are the numbers {numbers[0]} to {numbers[-1]} of {classes}"

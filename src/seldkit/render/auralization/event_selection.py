"""Selection of events by number or class name."""

from collections.abc import Sequence
from pathlib import Path

from seldkit.annotations import Event
from seldkit.errors import SeldkitError
from seldkit.media.containers import printable


def select_events(events: Sequence[Event], solo: Sequence[int | str], source: Path) -> list[Event]:
    """Selects events by their numbers or class names.

    Args:
        events: Events to select from.
        solo: Event numbers or class names; a string of digits is a number. Empty: all events.
        source: Recording, for error messages.

    Returns:
        Selected events, each once.

    Raises:
        SeldkitError: No event has one of the numbers or names.
    """
    if not solo:
        return list(events)
    selected: dict[int, Event] = {}
    for key in solo:
        matches = [event for event in events if _matches(event, key)]
        if not matches:
            name = printable(Path(str(key)))
            raise SeldkitError(f"{printable(source)}: no event '{name}' to solo; {_available(events)}")
        selected |= {id(event): event for event in matches}
    return list(selected.values())


def _matches(event: Event, key: int | str) -> bool:
    if isinstance(key, int) or key.isdecimal():
        return event.number == int(key)
    return event.name == key


def _available(events: Sequence[Event]) -> str:
    if not events:
        return "no events were detected"
    numbers = sorted(event.number for event in events)
    classes = ", ".join(sorted({event.name for event in events}))
    return f"available: numbers {numbers[0]} to {numbers[-1]}, classes {classes}"

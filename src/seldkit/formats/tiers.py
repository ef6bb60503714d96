"""Events in tiers that know no overlap: one for each class, and more where sources of a class overlap."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from seldkit.annotations import Event
from seldkit.formats.entries import span_ms
from seldkit.formats.label_text import quote_name


@dataclass
class Tier:
    """Events of one class that do not overlap, in the order of their time."""

    name: str
    events: list[Event] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Where the last event ends, in milliseconds."""
        return span_ms(self.events[-1])[1] if self.events else 0


def assign_tiers(events: Sequence[Event]) -> list[Tier]:
    """The tiers by class, named 'bell', 'bell (2)' and so on; no name is there twice."""
    by_class: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: (event.class_id, event.name, span_ms(event))):
        by_class.setdefault(event.name, []).append(event)
    taken: set[str] = set()
    found: list[Tier] = []
    for name, members in by_class.items():
        tracks: list[Tier] = []
        for event in members:
            tier = next((track for track in tracks if track.end <= span_ms(event)[0]), None)
            if tier is None:
                tier = Tier(_free_name(quote_name(name), len(tracks) + 1, taken))
                tracks.append(tier)
            tier.events.append(event)
        found += tracks
    return found


def _free_name(name: str, number: int, taken: set[str]) -> str:
    """A name for a class's tier of this number that no other tier has; it is taken from now on."""
    wanted = name if number == 1 else f"{name} ({number})"
    while wanted in taken:
        number += 1
        wanted = f"{name} ({number})"
    taken.add(wanted)
    return wanted

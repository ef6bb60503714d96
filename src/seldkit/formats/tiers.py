"""Tiers of events that do not overlap: one for each class, and further ones for overlapping sources."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from seldkit.annotations import Event
from seldkit.formats.entries import span_ms
from seldkit.formats.label_text import quote_name


@dataclass
class Tier:
    """Events of one class that do not overlap, in temporal order.

    Attributes:
        name: Name of the tier.
        events: The events.
    """

    name: str
    events: list[Event] = field(default_factory=list)

    @property
    def end(self) -> int:
        """End of the last event in milliseconds."""
        return span_ms(self.events[-1])[1] if self.events else 0


def assign_tiers(events: Sequence[Event]) -> list[Tier]:
    """Distributes events to tiers.

    Args:
        events: The events.

    Returns:
        Tiers by class with distinct names: "bell", "bell (2)", and so on.
    """
    by_class: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: (event.class_id, event.name, span_ms(event))):
        by_class.setdefault(event.name, []).append(event)
    used_names: set[str] = set()
    tiers: list[Tier] = []
    for name, class_events in by_class.items():
        class_tiers: list[Tier] = []
        for event in class_events:
            tier = next((one for one in class_tiers if one.end <= span_ms(event)[0]), None)
            if tier is None:
                tier = Tier(_unused_name(quote_name(name), len(class_tiers) + 1, used_names))
                class_tiers.append(tier)
            tier.events.append(event)
        tiers += class_tiers
    return tiers


def _unused_name(name: str, number: int, used_names: set[str]) -> str:
    """A name for the tier with this number of a class; it is added to the used names."""
    candidate = name if number == 1 else f"{name} ({number})"
    while candidate in used_names:
        number += 1
        candidate = f"{name} ({number})"
    used_names.add(candidate)
    return candidate

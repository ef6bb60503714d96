"""The events of a whole frame table."""

from seldkit.annotations import Annotations, Event
from seldkit.detection.tracks import EventTracker
from seldkit.models.tracking import TrackingConfig


def track_events(
    annotations: Annotations,
    config: TrackingConfig | None = None,
    *,
    folded: bool | None = None,
) -> tuple[Event, ...]:
    """Join the rows of one source into events, as a person would write them down, ordered by onset.

    A row continues the event of its class that is expected where the row is (motion gate of `config`), if it
    has not paused for longer than its class may; otherwise it begins one. What stays shorter than its class's
    minimum is dropped, directions and distances are smoothed, and pauses are filled. Rows whose direction is
    unknown continue any event of their class. folded: whether azimuths are
    those of stereo sound, −90 to 90 degrees; by default so where there is no elevation.

    What labels state is no work for a tracker: `seldkit.events.source_events`.
    """
    stereo = annotations.elevation is None if folded is None else folded
    tracker = EventTracker(annotations.classes, config, folded=stereo)
    events = tracker.push(annotations) + tracker.finish()
    return tuple(sorted(events, key=lambda event: (event.onset, event.class_id, event.number)))

"""Events of a recording that is still going on."""

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.calibration.prediction_intervals import add_intervals
from seldkit.models import ModelConfig
from seldkit.tracking import EventTracker


class EventStream:
    """Follows a model's frames, stretch by stretch, and gives the events that `Detector.detect` would.

    longest: seconds after which an event that goes on is given out as it is, and the rest of it becomes the
    next one, so that memory does not grow with it; by default no event is cut.
    """

    def __init__(self, config: ModelConfig, *, longest: float | None = None) -> None:
        self._calibration, self._folded = config.calibration, config.features.layout.folded
        self._classes, self._told = config.classes, 0
        frames = None if longest is None else round(longest / FRAME_SECONDS)
        self._tracker = EventTracker(config.classes, config.tracking, folded=self._folded, max_frames=frames)

    def push(self, annotations: Annotations) -> tuple[Event, ...]:
        """The next stretch, its frames counted from its beginning; gives the events that it ended."""
        return self._given(self._tracker.push(annotations))

    def pass_over(self, frames: int) -> tuple[Event, ...]:
        """So many frames of the recording are lost; gives the events that ended with that."""
        return self.push(Annotations.empty(frames, self._classes))

    def begun(self) -> tuple[Event, ...]:
        """The events that go on and were not told before, as far as they are known."""
        fresh = sorted(self._tracker.current(after=self._told), key=lambda event: event.number)
        self._told = fresh[-1].number if fresh else self._told
        return self._given(fresh)

    def finish(self) -> tuple[Event, ...]:
        """The recording is over: the events that were still going on."""
        return self._given(self._tracker.finish())

    def _given(self, events: list[Event]) -> tuple[Event, ...]:
        return add_intervals(tuple(events), self._calibration, folded=self._folded)

"""Events of a recording that has not ended yet."""

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.calibration.prediction_intervals import add_intervals
from seldkit.models import ModelConfig
from seldkit.tracking import EventTracker


class EventStream:
    """Joins the frames of a model into events, segment by segment.

    The events equal those of `Detector.detect`.

    Args:
        config: Configuration of the model.
        max_seconds: Length in seconds after which an event is divided, which bounds the memory; None for no
            limit.
    """

    def __init__(self, config: ModelConfig, *, max_seconds: float | None = None) -> None:
        self._calibration, self._folded = config.calibration, config.features.layout.folded
        self._classes, self._last_started = config.classes, 0
        frames = None if max_seconds is None else round(max_seconds / FRAME_SECONDS)
        self._tracker = EventTracker(config.classes, config.tracking, folded=self._folded, max_frames=frames)

    def push(self, annotations: Annotations) -> tuple[Event, ...]:
        """Adds the next segment.

        Args:
            annotations: Frame table of the segment; frame 0 is the first frame of the segment.

        Returns:
            The events that have ended.
        """
        return self._with_intervals(self._tracker.push(annotations))

    def skip(self, frames: int) -> tuple[Event, ...]:
        """Adds a segment of lost audio.

        Args:
            frames: Length of the segment in frames.

        Returns:
            The events that have ended.
        """
        return self.push(Annotations.empty(frames, self._classes))

    def started(self) -> tuple[Event, ...]:
        """Reports events that have started.

        Returns:
            The open events that this method has not returned before, as known so far.
        """
        fresh = sorted(self._tracker.current(after=self._last_started), key=lambda event: event.number)
        self._last_started = fresh[-1].number if fresh else self._last_started
        return self._with_intervals(fresh)

    def finish(self) -> tuple[Event, ...]:
        """Ends the recording.

        Returns:
            The events that were still open.
        """
        return self._with_intervals(self._tracker.finish())

    def _with_intervals(self, events: list[Event]) -> tuple[Event, ...]:
        return add_intervals(tuple(events), self._calibration, folded=self._folded)

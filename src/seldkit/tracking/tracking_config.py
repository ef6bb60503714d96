"""Configuration of the tracker, with defaults for each class."""

from typing import Annotated, Final

from pydantic import Field

from seldkit.settings import Settings

Seconds = Annotated[float, Field(ge=0.0, le=60.0)]


class SpanSettings(Settings):
    """Gap and minimum duration of the events of one class.

    Attributes:
        gap: Longest gap within an event, in seconds, 0 to 60.
        minimum: Shortest total duration of detections in an event, in seconds, 0 to 60.
    """

    gap: Seconds = 0.5
    minimum: Seconds = 0.3


CLASS_SPANS: Final = {
    "female speech": SpanSettings(gap=0.5, minimum=0.3),
    "male speech": SpanSettings(gap=0.5, minimum=0.3),
    "clapping": SpanSettings(gap=0.5, minimum=0.2),
    "telephone": SpanSettings(gap=0.5, minimum=0.3),
    "laughter": SpanSettings(gap=0.5, minimum=0.3),
    "domestic sounds": SpanSettings(gap=1.0, minimum=0.5),
    "footsteps": SpanSettings(gap=1.0, minimum=0.3),
    "door": SpanSettings(gap=0.5, minimum=0.2),
    "music": SpanSettings(gap=2.0, minimum=1.0),
    "musical instrument": SpanSettings(gap=0.8, minimum=0.5),
    "water tap": SpanSettings(gap=1.0, minimum=0.5),
    "bell": SpanSettings(gap=0.8, minimum=0.4),
    "knock": SpanSettings(gap=0.3, minimum=0.2),
}
"""Defaults for the classes of STARSS23. In the labels of STARSS22, 1 % of the events are shorter than 5.8 s
(music), 1.5 s (bells), 0.4 s (knocks), 0.3 s (doors) or 0.2 s (speech), and 1 % of the gaps between two
events of one source are shorter than 0.5 s (speech), 1.5 s (footsteps) or 5.7 s (music). The values are well
below, because models detect only parts of an event."""


class TrackingConfig(Settings):
    """Configuration of the tracker.

    Attributes:
        gate: Largest angle between the predicted direction of a source and a row that continues it, in
            degrees, above 0 and at most 180.
        smoothing: Standard deviation of the smoothing kernel for directions and distances, in seconds, 0 to
            10; 0 disables smoothing.
        classes: Gaps and minimum durations by class name, instead of the defaults.
    """

    gate: Annotated[float, Field(gt=0.0, le=180.0)] = 30.0
    smoothing: Annotated[float, Field(ge=0.0, le=10.0)] = 0.3
    classes: dict[str, SpanSettings] = Field(default={})

    def spans(self, name: str) -> SpanSettings:
        """Returns the gap and minimum duration of a class.

        Args:
            name: Class name.

        Returns:
            The configured settings, else the defaults of the class, else the general defaults.
        """
        return self.classes.get(name) or CLASS_SPANS.get(name) or SpanSettings()

"""How frames become events: numbers of a model's configuration, and their defaults for each class."""

from typing import Annotated, Final

from pydantic import Field

from seldkit.settings import Settings

Seconds = Annotated[float, Field(ge=0.0, le=60.0)]


class SpanSettings(Settings):
    """gap: seconds that an event of the class may pause. minimum: seconds that it must be heard in all."""

    gap: Seconds = 0.5
    minimum: Seconds = 0.3


SPANS: Final = {
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
"""Of the classes of STARSS23. In the labels of STARSS22 one event of a hundred is shorter than the minimum
(music: 5.8 s, bells 1.5 s, knocks 0.4 s, doors 0.3 s, speech 0.2 s), and one pause between two events of a
source in a hundred is as short as the gap (speech 0.5 s, footsteps 1.5 s, music 5.7 s); models hear less of
an event than there is, so that both are kept well below the labels'."""


class TrackingConfig(Settings):
    """gate: degrees between a source's expected direction and a row that may continue it. smoothing: seconds
    over which directions and distances are smoothed (standard deviation of the kernel; 0 leaves them alone).
    classes: spans instead of the defaults', by class name.
    """

    gate: Annotated[float, Field(gt=0.0, le=180.0)] = 30.0
    smoothing: Annotated[float, Field(ge=0.0, le=10.0)] = 0.3
    classes: dict[str, SpanSettings] = Field(default={})

    def spans(self, name: str) -> SpanSettings:
        """What holds for a class; unknown ones have the general defaults."""
        return self.classes.get(name) or SPANS.get(name) or SpanSettings()

"""Events for drawing tests."""

from collections.abc import Sequence

import numpy as np

from seldkit.annotations import Annotations, Event


def event(
    name: str = "bell",
    class_id: int = 11,
    onset: float = 0.0,
    offset: float = 1.0,
    azimuth: Sequence[float] = (0.0,),
    distance: float = 2.0,
    elevation: float | None = None,
    onscreen: bool | None = None,
) -> Event:
    """Creates an event whose azimuth is interpolated linearly between the values."""
    frame = np.arange(round(10 * onset), round(10 * offset))
    count = len(frame)
    values = np.interp(np.linspace(0.0, 1.0, count), np.linspace(0.0, 1.0, len(azimuth)), azimuth)
    rows = Annotations(
        frame,
        np.full(count, class_id),
        np.zeros(count, int),
        values,
        np.full(count, distance),
        int(frame[-1]) + 1,
        elevation=None if elevation is None else np.full(count, elevation),
        onscreen=None if onscreen is None else np.full(count, onscreen),
        classes=(*(f"class {number}" for number in range(class_id)), name),
    )
    middle = float(np.median(values))
    return Event(class_id, name, onset, offset, middle, distance, elevation, onscreen, 0.8, rows)

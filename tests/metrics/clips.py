"""Clips for the tests of metrics."""

import numpy as np

from seldkit.annotations import Annotations


def random_clip(seed: int, rows: int = 40, frames: int = 25, classes: int = 4, step: int = 5) -> Annotations:
    """Sources of few classes in few frames, with angles for which equal costs are common."""
    random = np.random.default_rng(seed)
    frame = np.sort(random.integers(0, frames, rows))
    class_id = random.integers(0, classes, rows)
    cell = frame * 100 + class_id
    nth = np.array([np.sum(cell[:row] == cell[row]) for row in range(rows)], np.int64)
    clip = Annotations(
        frame=frame,
        class_id=class_id,
        source=nth + 1,
        azimuth=random.integers(-180 // step, 180 // step + 1, rows) * step,
        elevation=random.integers(-3, 4, rows) * 15.0,
        distance=random.integers(1, 8, rows) * 0.5,
        onscreen=random.random(rows) < 0.4,
        frame_count=frames,
    )
    return clip.take(nth < 4)


def clip(*rows: tuple[float, ...]) -> Annotations:
    """A clip of at least 50 frames from (frame, class, azimuth, distance in metres, on-screen) rows."""
    if not rows:
        return Annotations.empty(50)
    frame, class_id, azimuth, distance, onscreen = (list(column) for column in zip(*rows, strict=True))
    frames = max(50, 1 + max(int(value) for value in frame))
    return Annotations(frame, class_id, [0] * len(frame), azimuth, distance, frames, onscreen=onscreen)

"""Random selection of clips: recording, start and view direction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from random import Random
from typing import Final

import numpy as np

OFFICIAL_SEED: Final = 20250305
"""Random seed of the DCASE 2025 Task 3 stereo dataset."""
VIEW_COUNT: Final = 360
"""Number of view directions: whole degrees, which are part of the clips' names."""


@dataclass(frozen=True)
class Cut:
    """One clip to be cut from a recording.

    Attributes:
        recording: Number of the recording.
        start: First frame of 100 ms.
        view: Rotation of the scene to the left in degrees.
    """

    recording: int
    start: int
    view: int


def draw_cuts(lengths: Sequence[int], frames: int, seed: int) -> Iterator[Cut]:
    """Draws cuts without end. Every segment of every recording has the same probability.

    Cut number n depends on the seed and n only.

    Args:
        lengths: Lengths of the recordings in frames of 100 ms. Recordings shorter than a clip are not drawn.
        frames: Length of a clip in frames of 100 ms.
        seed: Random seed.

    Yields:
        The cuts.

    Raises:
        ValueError: No recording is long enough.
    """
    ends = list(accumulate(max(0, length - frames + 1) for length in lengths))
    if not ends or not ends[-1]:
        raise ValueError(f"expected a recording of at least {frames} frames, all are shorter")
    for number in count():
        rng = np.random.default_rng((seed, number))
        position = int(rng.integers(ends[-1]))
        recording = int(np.searchsorted(ends, position, side="right"))
        start = position - (ends[recording - 1] if recording else 0)
        yield Cut(recording, start, int(rng.integers(VIEW_COUNT)))


def draw_official_cuts(lengths: Sequence[int], frames: int, seed: int = OFFICIAL_SEED) -> Iterator[Cut]:
    """Draws the cuts of the official generator of the DCASE 2025 dataset without end.

    It draws a recording with a probability proportional to its length, then a start and a view, with Python's
    `random` module.

    Args:
        lengths: Lengths of the recordings in frames of 100 ms.
        frames: Length of a clip in frames of 100 ms.
        seed: Random seed.

    Yields:
        The cuts.

    Raises:
        ValueError: A recording is shorter than a clip.
    """
    if not lengths or min(lengths) < frames:
        raise ValueError(
            f"expected recordings of at least {frames} frames, got one of {min(lengths, default=0)}"
        )
    random = Random(seed)
    numbers = range(len(lengths))
    while True:
        recording = random.choices(numbers, weights=lengths)[0]
        start = random.randint(0, lengths[recording] - frames)
        yield Cut(recording, start, random.randint(0, VIEW_COUNT - 1))


def count_cuts(lengths: Sequence[int], frames: int) -> int:
    """Returns the number of different cuts.

    Args:
        lengths: Lengths of the recordings in frames of 100 ms.
        frames: Length of a clip in frames of 100 ms.

    Returns:
        Number of cuts.
    """
    return VIEW_COUNT * sum(max(0, length - frames + 1) for length in lengths)

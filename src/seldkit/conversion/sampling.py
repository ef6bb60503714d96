"""Which stretch of which recording is looked at from which side: a conversion's clips, drawn by a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from random import Random
from typing import Final

import numpy as np

OFFICIAL_SEED: Final = 20250305
"""The seed of the DCASE 2025 Task 3 stereo data set."""
VIEWS: Final = 360
"""Views are whole degrees, which the clips' names hold."""


@dataclass(frozen=True)
class Cut:
    """A clip to be: number of the recording, first 100 ms frame, degrees that the scene turns to the left."""

    recording: int
    start: int
    view: int


def draw_cuts(lengths: Sequence[int], frames: int, seed: int) -> Iterator[Cut]:
    """Cuts without end: every stretch of `frames` frames of every recording is as likely as any other.

    lengths: of the recordings, in frames of 100 ms; shorter ones than a clip are never drawn. Cut number n
    depends on the seed and n alone. Raises ValueError where no recording is long enough.
    """
    ends = list(accumulate(max(0, length - frames + 1) for length in lengths))
    if not ends or not ends[-1]:
        raise ValueError(f"no recording is as long as {frames} frames")
    for number in count():
        rng = np.random.default_rng((seed, number))
        place = int(rng.integers(ends[-1]))
        recording = int(np.searchsorted(ends, place, side="right"))
        start = place - (ends[recording - 1] if recording else 0)
        yield Cut(recording, start, int(rng.integers(VIEWS)))


def draw_official_cuts(lengths: Sequence[int], frames: int, seed: int = OFFICIAL_SEED) -> Iterator[Cut]:
    """Cuts without end, the same ones as the DCASE 2025 data set's own generator draws.

    It takes a recording as likely as it is long, a start within it and a view, one after the other, from
    Python's own random numbers. Raises ValueError for a recording that is shorter than a clip.
    """
    if not lengths or min(lengths) < frames:
        raise ValueError(f"a recording is shorter than {frames} frames")
    random = Random(seed)
    numbers = range(len(lengths))
    while True:
        recording = random.choices(numbers, weights=lengths)[0]
        start = random.randint(0, lengths[recording] - frames)
        yield Cut(recording, start, random.randint(0, VIEWS - 1))


def count_cuts(lengths: Sequence[int], frames: int) -> int:
    """How many different cuts there are."""
    return VIEWS * sum(max(0, length - frames + 1) for length in lengths)

"""When a dry sound is audible: an energy gate that works as annotators do."""

from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.types import Flags, Floats

ACTIVITY_THRESHOLD_DB: Final = -32.0
"""A sound is audible where its short-term level is within this many decibels of its loudest moment."""
MAX_PAUSE_SECONDS: Final = 0.5
"""Pauses up to this long inside an event are part of it; longer ones end it."""
ACTIVITY_STEP_SECONDS: Final = 0.01


def active_steps(signal: Floats, sample_rate: int) -> Flags:
    """Whether a dry signal (samples,) is audible in each step of 10 ms, short pauses included."""
    step = int(ACTIVITY_STEP_SECONDS * sample_rate)
    count = -(-len(signal) // step)
    padded = np.pad(signal, (0, count * step - len(signal)))
    energy = np.square(padded.reshape(count, step)).mean(axis=1)
    loud = energy > max(float(energy.max(initial=0.0)), 1e-20) * 10.0 ** (ACTIVITY_THRESHOLD_DB / 10.0)
    return _bridged(loud, int(MAX_PAUSE_SECONDS / ACTIVITY_STEP_SECONDS))


def active_frames(steps: Flags, frame_count: int) -> Flags:
    """Which 100 ms frames hold the event: at least half of the frame, or the event's fullest frame.

    `steps` of 10 ms start with the clip.
    """
    per_frame = round(FRAME_SECONDS / ACTIVITY_STEP_SECONDS)
    steps = steps[: frame_count * per_frame]
    steps = np.pad(steps, (0, frame_count * per_frame - len(steps)))
    share = steps.reshape(frame_count, per_frame).mean(axis=1)
    fullest = share.max(initial=0.0)
    return np.asarray((share >= 0.5) | ((share == fullest) & (fullest >= 0.2)))


def _bridged(loud: Flags, gap: int) -> Flags:
    """Fill the pauses between loud steps that are no longer than `gap` steps."""
    where = np.flatnonzero(loud)
    if len(where) == 0:
        return loud
    edges = np.zeros(len(loud) + 1, dtype=np.int64)
    pause = np.diff(where)
    short = (pause > 1) & (pause - 1 <= gap)
    np.add.at(edges, where[:-1][short] + 1, 1)
    np.add.at(edges, where[1:][short], -1)
    return loud | (np.cumsum(edges[:-1]) > 0)

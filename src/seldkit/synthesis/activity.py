"""Activity of dry sound events by an energy threshold, similar to the annotation of recordings."""

from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.types import Flags, Floats

ACTIVITY_THRESHOLD_DB: Final = -32.0
"""A step is active if its level is above the highest level of the event plus this value."""
MAX_PAUSE_SECONDS: Final = 0.5
"""Pauses up to this length are part of an event; longer ones end it."""
ACTIVITY_STEP_SECONDS: Final = 0.01
"""Length of a step."""


def active_steps(signal: Floats, sample_rate: int) -> Flags:
    """Finds the steps of 10 ms in which a dry signal is active, including short pauses.

    Args:
        signal: Dry signal, shape ``(samples,)``.
        sample_rate: Sample rate in Hz.

    Returns:
        Activity of each step, shape ``(steps,)``.
    """
    step = int(ACTIVITY_STEP_SECONDS * sample_rate)
    count = -(-len(signal) // step)
    padded = np.pad(signal, (0, count * step - len(signal)))
    energy = np.square(padded.reshape(count, step)).mean(axis=1)
    threshold = max(float(energy.max(initial=0.0)), 1e-20) * 10.0 ** (ACTIVITY_THRESHOLD_DB / 10.0)
    return _fill_pauses(energy > threshold, int(MAX_PAUSE_SECONDS / ACTIVITY_STEP_SECONDS))


def active_frames(steps: Flags, frame_count: int) -> Flags:
    """Finds the frames of 100 ms in which an event is active.

    A frame is active if at least half of it is. If there is none, it is the frame with the largest active
    share, provided this is at least 20 %.

    Args:
        steps: Activity of each step of 10 ms from the start of the clip, shape ``(steps,)``.
        frame_count: Number of frames of the clip.

    Returns:
        Activity of each frame, shape ``(frame_count,)``.
    """
    per_frame = round(FRAME_SECONDS / ACTIVITY_STEP_SECONDS)
    steps = steps[: frame_count * per_frame]
    steps = np.pad(steps, (0, frame_count * per_frame - len(steps)))
    share = steps.reshape(frame_count, per_frame).mean(axis=1)
    largest = share.max(initial=0.0)
    return np.asarray((share >= 0.5) | ((share == largest) & (largest >= 0.2)))


def _fill_pauses(active: Flags, max_pause: int) -> Flags:
    """Marks the pauses between active steps as active that are at most `max_pause` steps long."""
    places = np.flatnonzero(active)
    if len(places) == 0:
        return active
    changes = np.zeros(len(active) + 1, dtype=np.int64)
    gaps = np.diff(places)
    short = (gaps > 1) & (gaps - 1 <= max_pause)
    np.add.at(changes, places[:-1][short] + 1, 1)
    np.add.at(changes, places[1:][short], -1)
    return active | (np.cumsum(changes[:-1]) > 0)

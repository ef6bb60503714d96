"""A source's path without the jitter of single frames, and through the frames in which it was not heard."""

from typing import Final

import numpy as np

from seldkit.geometry import fold_azimuth, wrap_azimuth
from seldkit.types import Flags, Floats, Integers

REACH: Final = 3.0
"""Standard deviations of the kernel on either side."""
RIDGE: Final = 1e-9
"""Frames squared; a line is level where all neighbours lie in one frame."""
OUTLIER: Final = 3.0
"""Typical residuals (at least the values' own noise) from which a value counts half."""
ANGLE_NOISE: Final = 2.0
"""Degrees."""


def smooth(frame: Integers, value: Floats, weight: Floats, width: float, noise: float = 0.1) -> Floats:
    """The values of all frames from the first to the last, (last − first + 1,).

    frame: rising, (rows,). value: NaN where unknown, (rows,). weight: how much a row counts, (rows,). width:
    standard deviation of the kernel in frames; at 0, known values stay and those between are interpolated.
    noise: how much values are off at least.

    Straight lines are fitted around each frame by weighted least squares and once more with outliers weighed
    down (LOWESS; Cleveland 1979), so that steady motion is followed without lag, at the ends too.
    """
    count = int(frame[-1] - frame[0]) + 1
    known = np.isfinite(value)
    if not known.any():
        return np.full(count, np.nan)
    at, value, weight = (frame - frame[0])[known], value[known], weight[known]
    if width == 0.0:
        return np.interp(np.arange(count), at, value)
    fitted = _lines(at, value, weight, width, count)
    off = np.abs(value - fitted[at])
    typical = max(float(np.median(off)), noise)
    return _lines(at, value, weight / (1.0 + (off / (OUTLIER * typical)) ** 2), width, count)


def smooth_azimuth(frame: Integers, azimuth: Floats, weight: Floats, width: float, *, folded: bool) -> Floats:
    """`smooth` for azimuths in degrees; folded ones stay within −90 to 90, others go round."""
    known = np.isfinite(azimuth)
    steady = azimuth.copy()
    if not folded:
        steady[known] = np.unwrap(azimuth[known], period=360.0)
    smoothed = smooth(frame, steady, weight, width, ANGLE_NOISE)
    return np.asarray(fold_azimuth(smoothed) if folded else wrap_azimuth(smoothed))


def smooth_flags(frame: Integers, flag: Flags, width: float) -> Flags:
    """The majority around each frame from the first to the last, (last − first + 1,)."""
    count, at = int(frame[-1] - frame[0]) + 1, frame - frame[0]
    if width == 0.0:
        return np.asarray(flag[np.searchsorted(at, np.arange(count), side="right") - 1])
    offsets = np.arange(-_reach(width), _reach(width) + 1)
    votes = np.zeros(count)
    votes[at] = np.where(flag, 1.0, -1.0)
    majority = np.convolve(votes, _kernel(offsets, width))[offsets[-1] : offsets[-1] + count]
    nearest = flag[np.clip(np.searchsorted(at, np.arange(count), side="right") - 1, 0, None)]
    return np.asarray(np.where(np.abs(majority) < 1e-9, nearest, majority > 0))


def _lines(at: Integers, value: Floats, weight: Floats, width: float, count: int) -> Floats:
    """Local lines at every frame, in closed form from five running sums."""
    middle = float(np.median(value))
    offsets = np.arange(-_reach(width), _reach(width) + 1)
    kernel = _kernel(offsets, width)
    given, moved = np.zeros(count), np.zeros(count)
    given[at], moved[at] = weight, weight * (value - middle)

    def summed(values: Floats, power: int) -> Floats:
        # A neighbour k frames later meets the kernel's value at −k.
        taps = kernel * (-offsets).astype(np.float64) ** power
        return np.convolve(values, taps)[offsets[-1] : offsets[-1] + count]

    s0, s1, s2 = (summed(given, power) for power in range(3))
    t0, t1 = (summed(moved, power) for power in range(2))
    s2 = s2 + RIDGE * s0
    bottom = s0 * s2 - s1**2
    with np.errstate(invalid="ignore", divide="ignore"):
        fitted = np.where(s0 > 1e-12, (s2 * t0 - s1 * t1) / bottom, np.nan)
    alone = ~np.isfinite(fitted)  # in a pause longer than the kernel
    if alone.any():
        fitted[alone] = np.interp(np.flatnonzero(alone), np.flatnonzero(~alone), fitted[~alone])
    return np.asarray(fitted + middle)


def _reach(width: float) -> int:
    return max(1, int(np.ceil(REACH * width)))


def _kernel(offsets: Integers, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (offsets / width) ** 2))

"""Smoothing of a source's trajectory, and interpolation over frames without a detection."""

from typing import Final

import numpy as np

from seldkit.geometry import fold_azimuth, wrap_azimuth
from seldkit.types import Flags, Floats, Integers

KERNEL_RADIUS_SIGMAS: Final = 3.0
"""Half length of the Gaussian kernel in standard deviations."""
RIDGE_FRAMES2: Final = 1e-9
"""Regularization of the local slope in squared frames: the line is level if all neighbours share a frame."""
OUTLIER_RESIDUALS: Final = 3.0
"""Multiple of the typical residual at which the weight of a value is halved."""
AZIMUTH_NOISE_DEG: Final = 2.0
"""Smallest typical residual of azimuths in degrees."""


def smooth(frame: Integers, value: Floats, weight: Floats, width: float, noise: float = 0.1) -> Floats:
    """Smooths a series and evaluates it at every frame from the first to the last.

    Fits weighted straight lines around each frame, then once more with reduced weights for outliers (LOWESS,
    Cleveland 1979). Steady motion is therefore followed without lag, also at the ends.

    Args:
        frame: Increasing frame numbers, shape ``(rows,)``.
        value: Values, NaN where unknown, shape ``(rows,)``.
        weight: Positive weights, shape ``(rows,)``.
        width: Standard deviation of the Gaussian kernel in frames. At 0, known values are kept and the frames
            in between are interpolated linearly.
        noise: Smallest typical residual, in the unit of the values.

    Returns:
        Smoothed values, shape ``(last - first + 1,)``; all NaN if no value is known.
    """
    count = int(frame[-1] - frame[0]) + 1
    known = np.isfinite(value)
    if not known.any():
        return np.full(count, np.nan)
    index, value, weight = (frame - frame[0])[known], value[known], weight[known]
    if width == 0.0:
        return np.interp(np.arange(count), index, value)
    fitted = _local_lines(index, value, weight, width, count)
    residual = np.abs(value - fitted[index])
    typical = max(float(np.median(residual)), noise)
    robust_weight = weight / (1.0 + (residual / (OUTLIER_RESIDUALS * typical)) ** 2)
    return _local_lines(index, value, robust_weight, width, count)


def smooth_azimuth(frame: Integers, azimuth: Floats, weight: Floats, width: float, *, folded: bool) -> Floats:
    """Smooths azimuths.

    Args:
        frame: Increasing frame numbers, shape ``(rows,)``.
        azimuth: Degrees, NaN where unknown, shape ``(rows,)``.
        weight: Positive weights, shape ``(rows,)``.
        width: Standard deviation of the Gaussian kernel in frames.
        folded: Whether azimuths are folded to [-90, 90]. Otherwise they are unwrapped before smoothing.

    Returns:
        Degrees, shape ``(last - first + 1,)``.
    """
    known = np.isfinite(azimuth)
    unwrapped = azimuth.copy()
    if not folded:
        unwrapped[known] = np.unwrap(azimuth[known], period=360.0)
    smoothed = smooth(frame, unwrapped, weight, width, AZIMUTH_NOISE_DEG)
    return np.asarray(fold_azimuth(smoothed) if folded else wrap_azimuth(smoothed))


def smooth_flags(frame: Integers, flag: Flags, width: float) -> Flags:
    """Takes the weighted majority of flags around each frame.

    Args:
        frame: Increasing frame numbers, shape ``(rows,)``.
        flag: Flags, shape ``(rows,)``.
        width: Standard deviation of the Gaussian kernel in frames; 0 repeats the last flag.

    Returns:
        Flags of every frame from the first to the last, shape ``(last - first + 1,)``.
    """
    count, index = int(frame[-1] - frame[0]) + 1, frame - frame[0]
    previous = np.searchsorted(index, np.arange(count), side="right") - 1
    if width == 0.0:
        return np.asarray(flag[previous])
    offsets = _kernel_offsets(width)
    votes = np.zeros(count)
    votes[index] = np.where(flag, 1.0, -1.0)
    majority = np.convolve(votes, _gaussian(offsets, width))[offsets[-1] : offsets[-1] + count]
    previous_flag = flag[np.clip(previous, 0, None)]
    return np.asarray(np.where(np.abs(majority) < 1e-9, previous_flag, majority > 0))


def _local_lines(index: Integers, value: Floats, weight: Floats, width: float, count: int) -> Floats:
    """Weighted local linear regression at every frame, in closed form from five convolutions."""
    median = float(np.median(value))
    offsets = _kernel_offsets(width)
    kernel = _gaussian(offsets, width)
    weights, weighted_values = np.zeros(count), np.zeros(count)
    weights[index], weighted_values[index] = weight, weight * (value - median)

    def moment(values: Floats, power: int) -> Floats:
        # The neighbour k frames later is multiplied by the kernel at -k.
        taps = kernel * (-offsets).astype(np.float64) ** power
        return np.convolve(values, taps)[offsets[-1] : offsets[-1] + count]

    s0, s1, s2 = (moment(weights, power) for power in range(3))
    t0, t1 = (moment(weighted_values, power) for power in range(2))
    s2 = s2 + RIDGE_FRAMES2 * s0
    determinant = s0 * s2 - s1**2
    with np.errstate(invalid="ignore", divide="ignore"):
        fitted = np.where(s0 > 1e-12, (s2 * t0 - s1 * t1) / determinant, np.nan)
    missing = ~np.isfinite(fitted)  # in gaps longer than the kernel
    if missing.any():
        fitted[missing] = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), fitted[~missing])
    return np.asarray(fitted + median)


def _kernel_offsets(width: float) -> Integers:
    radius = max(1, int(np.ceil(KERNEL_RADIUS_SIGMAS * width)))
    return np.arange(-radius, radius + 1)


def _gaussian(offsets: Integers, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (offsets / width) ** 2))

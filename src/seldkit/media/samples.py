"""Decoded sound as floating-point samples, and its channels mixed to the layout asked for."""

from __future__ import annotations

import numpy as np
from av.audio.frame import AudioFrame

from seldkit.media.channel_mixing import STEREO_GAINS
from seldkit.types import Samples

_SCALES = {np.dtype(np.int16): 2.0**-15, np.dtype(np.int32): 2.0**-31}
_ABSURD = 1e6  # 120 dB above full scale: a damaged float and no sound


def frame_samples(frame: AudioFrame) -> Samples:
    """A decoded frame as (channels, samples), integer formats scaled to ±1, floats as they are.

    Raises ValueError for a sample format that NumPy has no type for.
    """
    array = frame.to_ndarray()
    if not frame.format.is_planar:
        array = array.reshape(-1, frame.layout.nb_channels).T
    if array.dtype == np.uint8:
        return np.ascontiguousarray((array.astype(np.float32) - 128.0) / 128.0)
    scale = _SCALES.get(array.dtype, 1.0)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32) * np.float32(scale)


def zero_invalid_samples(samples: Samples) -> int:
    """Set what is no number, or beyond all reason, to 0 in place; gives how many samples that were."""
    if np.abs(samples).max(initial=0.0) <= _ABSURD:  # false for NaN too
        return 0
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(samples) <= _ABSURD)
    samples[bad] = 0.0
    return int(bad.sum())


def channel_names(frame: AudioFrame) -> tuple[str, ...]:
    """The frame's loudspeakers (FL, FR, FC …) or ambisonic components, "?" where the file does not say."""
    known = tuple(channel.name for channel in frame.layout.channels)
    return tuple(name if name in STEREO_GAINS or name.startswith("AMBI") else "?" for name in known)

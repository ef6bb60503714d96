"""Samples and channel names of decoded audio frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from seldkit.media.channel_mixing import LOUDSPEAKER_GAINS
from seldkit.types import Samples

MAX_AMPLITUDE: Final = 1e6
"""Largest amplitude of a valid floating-point sample, 120 dB above full scale."""
MAX_PLANES: Final = 6
"""Largest number of planes of a frame that PyAV is allowed to access.

With more planes, PyAV 18.1.0 can end the process with a memory fault, without an exception.
"""
_SCALES: Final = {np.dtype(np.int16): 2.0**-15, np.dtype(np.int32): 2.0**-31}


def frame_samples(frame: AudioFrame) -> Samples:
    """Converts a decoded frame to floating-point samples.

    Args:
        frame: Decoded frame of any sample format.

    Returns:
        Samples, ``(channels, samples)``; integers are scaled to [-1, 1], floating-point numbers are
        unchanged.

    Raises:
        ValueError: If NumPy has no type for the sample format, or many planes cannot be interleaved.
    """
    frame = _with_few_planes(frame)
    array = frame.to_ndarray()
    if not frame.format.is_planar:
        array = array.reshape(-1, frame.layout.nb_channels).T
    if array.dtype == np.uint8:
        return np.ascontiguousarray((array.astype(np.float32) - 128.0) / 128.0)
    scale = _SCALES.get(array.dtype, 1.0)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32) * np.float32(scale)


def _with_few_planes(frame: AudioFrame) -> AudioFrame:
    """Interleaves the channels of a frame with more than `MAX_PLANES` planes without accessing them."""
    if not frame.format.is_planar or frame.layout.nb_channels <= MAX_PLANES:
        return frame
    converter = AudioResampler(frame.format.packed.name, frame.layout, frame.sample_rate)
    converted = [*converter.resample(frame), *converter.resample(None)]
    if len(converted) != 1 or converted[0].format.is_planar or converted[0].samples != frame.samples:
        raise ValueError(f"audio of {frame.layout.nb_channels} channels cannot be interleaved")
    return converted[0]


def zero_invalid_samples(samples: Samples) -> int:
    """Sets samples to 0, in place, that are not finite or larger than `MAX_AMPLITUDE`.

    Args:
        samples: Samples of any shape.

    Returns:
        Number of samples that were set to 0.
    """
    if np.abs(samples).max(initial=0.0) <= MAX_AMPLITUDE:  # False for NaN too
        return 0
    with np.errstate(invalid="ignore"):
        invalid = ~(np.abs(samples) <= MAX_AMPLITUDE)
    samples[invalid] = 0.0
    return int(invalid.sum())


def channel_names(frame: AudioFrame) -> tuple[str, ...]:
    """Returns the names of a frame's channels.

    Args:
        frame: Decoded frame.

    Returns:
        Loudspeakers (FL, FR, FC, ...) or ambisonic components (AMBI0, ...); "?" for undeclared channels.
    """
    return known_names(channel.name for channel in frame.layout.channels)


def known_names(names: Iterable[str]) -> tuple[str, ...]:
    """Replaces names without a meaning by "?".

    Args:
        names: FFmpeg's names of channels.

    Returns:
        The names of loudspeakers and ambisonic components, "?" for others.
    """
    return tuple(name if name in LOUDSPEAKER_GAINS or name.startswith("AMBI") else "?" for name in names)

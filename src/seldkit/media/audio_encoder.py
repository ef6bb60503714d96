"""Encoding of audio blocks, shared by all writers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from seldkit.types import Samples

DEFAULT_FRAME_SAMPLES = 4096
"""Samples per encoded frame for codecs that accept any number."""

AAC_OPTIONS: Final = {"aac_is": "0", "aac_ms": "0", "aac_pns": "0"}
"""Options of FFmpeg's AAC encoder that encode each channel on its own.

Intensity coding and perceptual noise substitution replace parts of the channels, and mid/side coding shares
the quantization noise. They change the level and phase differences from which the direction is estimated.
"""


def encode_audio(
    stream: Any, blocks: Iterable[Samples], sample_rate: int, *, as_integers: bool
) -> Iterator[Any]:
    """Encodes consecutive blocks of audio.

    Args:
        stream: Output stream of PyAV. The audio is resampled to its sampling rate; its channels must match.
        blocks: Audio, ``(channels, samples)`` each, clipped to [-1, 1].
        sample_rate: Sampling rate of the blocks in Hz.
        as_integers: Whether samples are rounded to 16 bits before encoding.

    Yields:
        Packets of the stream.
    """
    frame_samples = stream.frame_size or DEFAULT_FRAME_SAMPLES
    resampler = av.AudioResampler(stream.format, stream.layout, stream.rate, frame_size=frame_samples)
    position = 0
    for block in blocks:
        if not block.shape[1]:
            continue
        packed = np.ascontiguousarray(np.clip(block, -1.0, 1.0).T.reshape(1, -1), dtype=np.float32)
        if as_integers:
            packed = np.rint(packed * 32767.0).astype(np.int16)
        sample_format = "s16" if as_integers else "flt"
        frame = av.AudioFrame.from_ndarray(packed, format=sample_format, layout=stream.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, position, Fraction(1, sample_rate)
        position += block.shape[1]
        for resampled in resampler.resample(frame):
            yield from stream.encode(resampled)
    for resampled in resampler.resample(None):
        yield from stream.encode(resampled)
    yield from stream.encode(None)

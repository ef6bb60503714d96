"""Conversion of multichannel audio to the mono input of an encoder."""

from typing import Final, Literal

import numpy as np

from seldkit.types import Samples

MonoChannel = Literal["mid", "left", "right"]

_HALF: Final = np.float32(0.5)


def select_channel(audio: Samples, channel: MonoChannel) -> Samples:
    """Derives a mono signal.

    The mid of stereo audio is the mean of both channels. Four channels are first-order ambisonics in ACN
    order: mid is W, left and right are the cardioids ``(W ± Y) / 2``. Mono audio is returned unchanged.

    Args:
        audio: Audio, shape ``(batch, channels, samples)``.
        channel: Signal to derive.

    Returns:
        Mono audio, shape ``(batch, samples)``.
    """
    if audio.shape[1] == 1:
        return audio[:, 0]
    if audio.shape[1] == 2:
        left, right = audio[:, 0], audio[:, 1]
        signals = {"mid": _HALF * (left + right), "left": left, "right": right}
    else:
        omni, side = audio[:, 0], audio[:, 1]
        signals = {"mid": omni, "left": _HALF * (omni + side), "right": _HALF * (omni - side)}
    return signals[channel].astype(np.float32, copy=False)


def resample(audio: Samples, rate: int, new_rate: int) -> Samples:
    """Resamples mono audio.

    Args:
        audio: Audio, shape ``(batch, samples)``.
        rate: Sample rate in Hz.
        new_rate: New sample rate in Hz.

    Returns:
        Audio, shape ``(batch, round(samples * new_rate / rate))``.
    """
    if rate == new_rate:
        return audio
    import soxr

    length = round(audio.shape[1] * new_rate / rate)
    resampled = soxr.resample(np.ascontiguousarray(audio.T), rate, new_rate, quality="HQ").T
    padded = np.zeros((len(audio), length), np.float32)
    kept = min(length, resampled.shape[1])
    padded[:, :kept] = resampled[:, :kept]
    return padded

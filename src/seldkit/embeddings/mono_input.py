"""One channel of a model's sound for an encoder of mono sound, at the encoder's rate."""

from typing import Final, Literal

import numpy as np

from seldkit.types import Samples

MonoChannel = Literal["mid", "left", "right"]
HALF: Final = np.float32(0.5)


def select_channel(sound: Samples, channel: MonoChannel) -> Samples:
    """(batch, channels, samples) -> (batch, samples).

    Of two channels mid is their mean. Of four, taken as first-order ambisonics in ACN order (W Y Z X), mid is
    W, and left and right are the cardioids that point there, (W ± Y) / 2.
    """
    if sound.shape[1] == 1:
        return sound[:, 0]
    if sound.shape[1] == 2:
        left, right = sound[:, 0], sound[:, 1]
        chosen = {"mid": HALF * (left + right), "left": left, "right": right}
    else:
        omni, side = sound[:, 0], sound[:, 1]
        chosen = {"mid": omni, "left": HALF * (omni + side), "right": HALF * (omni - side)}
    return chosen[channel].astype(np.float32, copy=False)


def resample(sound: Samples, rate: int, to: int) -> Samples:
    """(batch, samples) at another rate, round(samples · to / rate) of them."""
    if rate == to:
        return sound
    import soxr

    length = round(sound.shape[1] * to / rate)
    new = soxr.resample(np.ascontiguousarray(sound.T), rate, to, quality="HQ").T
    fitted = np.zeros((len(sound), length), np.float32)
    kept = min(length, new.shape[1])
    fitted[:, :kept] = new[:, :kept]
    return fitted

"""Level and equaliser: other loudness and colour, the same in all channels, so that directions stay."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.types import Floats

LOWEST_HERTZ = 50.0
"""Below the equaliser's lowest knot its curve is flat."""
_PADDING = 4096
"""Samples of silence that catch the filter's ringing at both ends."""


@dataclass(frozen=True)
class Level:
    """All channels louder or quieter by `low` to `high` decibels, but never beyond full scale by it.

    Distances stay: a level says little of them by itself, as no one knows how loud a source is.
    """

    low: float = -6.0
    high: float = 6.0

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        gain = 10.0 ** (rng.uniform(self.low, self.high) / 20.0)
        peak = float(np.abs(clip.sound).max(initial=0.0))
        if gain * peak > 1.0:
            gain = min(gain, max(1.0, 1.0 / peak))
        return replace(clip, sound=clip.sound * np.float32(gain))


@dataclass(frozen=True)
class Equaliser:
    """A random smooth filter of all channels: `knots` gains of up to ±decibels, in equal steps of pitch.

    It has no phase: it delays nothing and leaves level and phase differences between channels as they were.
    """

    decibels: float = 6.0
    knots: int = 6

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        gains = rng.uniform(-self.decibels, self.decibels, self.knots)
        size = clip.sound.shape[1] + 2 * _PADDING
        spectrum = np.fft.rfft(np.pad(clip.sound, ((0, 0), (_PADDING, _PADDING))))
        hertz = np.fft.rfftfreq(size, 1.0 / clip.sample_rate)
        filtered = np.fft.irfft(spectrum * equaliser_curve(hertz, gains, clip.sample_rate / 2.0), size)
        return replace(clip, sound=filtered[:, _PADDING:-_PADDING].astype(np.float32))


def equaliser_curve(hertz: NDArray[np.floating], decibels: NDArray[np.floating], highest: float) -> Floats:
    """Gains (as factors) at some frequencies of a curve through `decibels`, which lie from `LOWEST_HERTZ` to
    `highest` in equal steps of pitch, straight between them."""
    knots = np.linspace(np.log(LOWEST_HERTZ), np.log(highest), len(decibels))
    pitch = np.log(np.maximum(hertz, LOWEST_HERTZ))
    curve: Floats = 10.0 ** (np.interp(pitch, knots, decibels) / 20.0)
    return curve

"""Random level and equaliser, identical in all channels, so that directions do not change."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.types import Floats

MIN_EQUALISER_HZ: Final = 50.0
"""Lowest knot of the equaliser. Its gain is constant below."""
_PADDING_SAMPLES: Final = 4096
"""Silence that is added at both ends for the decay of the filter."""


@dataclass(frozen=True)
class Level:
    """Changes the level of all channels by a random gain, limited to full scale.

    Distances in the labels do not change: the level alone does not determine the distance of a source.

    Attributes:
        min_gain_db: Lowest gain in dB.
        max_gain_db: Highest gain in dB.
    """

    min_gain_db: float = -6.0
    max_gain_db: float = 6.0

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Changes the level of a clip. See `Augmentation`."""
        gain = 10.0 ** (rng.uniform(self.min_gain_db, self.max_gain_db) / 20.0)
        peak = float(np.abs(clip.audio).max(initial=0.0))
        if gain * peak > 1.0:
            gain = min(gain, max(1.0, 1.0 / peak))
        return replace(clip, audio=clip.audio * np.float32(gain))


@dataclass(frozen=True)
class Equaliser:
    """Filters all channels with a random smooth frequency response.

    The filter has zero phase: delays, level differences and phase differences between channels do not change.

    Attributes:
        max_gain_db: The gain of each knot is drawn from ±max_gain_db, in dB.
        knots: Number of knots, equally spaced in log frequency from 50 Hz to half the sample rate.
    """

    max_gain_db: float = 6.0
    knots: int = 6

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Filters a clip. See `Augmentation`."""
        gains = rng.uniform(-self.max_gain_db, self.max_gain_db, self.knots)
        size = clip.audio.shape[1] + 2 * _PADDING_SAMPLES
        spectrum = np.fft.rfft(np.pad(clip.audio, ((0, 0), (_PADDING_SAMPLES, _PADDING_SAMPLES))))
        frequencies = np.fft.rfftfreq(size, 1.0 / clip.sample_rate)
        response = equaliser_curve(frequencies, gains, clip.sample_rate / 2.0)
        filtered = np.fft.irfft(spectrum * response, size)
        return replace(clip, audio=filtered[:, _PADDING_SAMPLES:-_PADDING_SAMPLES].astype(np.float32))


def equaliser_curve(
    frequencies: NDArray[np.floating], gains_db: NDArray[np.floating], max_frequency: float
) -> Floats:
    """Interpolates gains between knots that are equally spaced in log frequency.

    Args:
        frequencies: Frequencies in Hz. Shape ``(bins,)``.
        gains_db: Gains of the knots in dB. Shape ``(knots,)``.
        max_frequency: Frequency of the last knot in Hz. That of the first one is 50 Hz.

    Returns:
        Gains as amplitude factors. Shape ``(bins,)``.
    """
    knots = np.linspace(np.log(MIN_EQUALISER_HZ), np.log(max_frequency), len(gains_db))
    log_frequencies = np.log(np.maximum(frequencies, MIN_EQUALISER_HZ))
    curve: Floats = 10.0 ** (np.interp(log_frequencies, knots, gains_db) / 20.0)
    return curve

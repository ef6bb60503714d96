"""Faults of recordings whose two channels are not those of a stereo pair, with the measured figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from seldkit.types import Floats, Samples

BLOCK_SECONDS: Final = 0.5
"""Length of the blocks that are compared."""
MAX_BLOCKS: Final = 2400
"""Number of blocks that are used, 20 minutes; memory and computation do not grow with longer recordings."""
MIN_BLOCKS: Final = 4
"""Number of active blocks that are required for a level offset or a delay."""
ACTIVE_AMPLITUDE: Final = 1e-4
"""Smallest RMS of an active block, -80 dBFS."""
SILENT_LEVEL_DB: Final = -60.0
"""Level of a channel relative to the other one below which it counts as silent."""
OPPOSITE_CORRELATION: Final = -0.9
"""Correlation of the channels below which their polarity counts as opposite."""
MIN_OFFSET_DB: Final = 3.0
"""Level difference from which a constant one is reported."""
MAX_OFFSET_SPREAD_DB: Final = 1.5
"""Largest interquartile range of the level differences of blocks that counts as constant."""
MAX_DELAY_SECONDS: Final = 0.05
"""Largest delay that is searched."""
MIN_DELAY_SECONDS: Final = 1e-4
"""Delay from which a constant one is reported."""
MIN_DELAYED_SHARE: Final = 0.8
"""Share of the active blocks that must have the same delay."""
_MIN_PEAK_RATIO: Final = 0.3
_SIDES: Final = ("left", "right")
_UNKNOWN: Final = "the direction is unknown"


@dataclass(frozen=True)
class PairFault:
    """A fault of a stereo pair.

    Attributes:
        kind: "silent": one channel is silent. "polarity": the channels have opposite polarity. "level" and
            "delay": one channel is louder or later throughout.
        message: Description with the figure, one line.
    """

    kind: Literal["silent", "polarity", "level", "delay"]
    message: str


class StereoPairCheck:
    """Compares the channels of a stereo signal block by block.

    Args:
        sample_rate: Sampling rate in Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate, self._block = sample_rate, max(1, round(BLOCK_SECONDS * sample_rate))
        self._rest: Samples = np.zeros((2, 0), np.float32)
        self._peaks, self._energy, self._cross = np.zeros(2), np.zeros(2), 0.0
        self._levels: list[float] = []
        self._delays: list[int] = []

    def add(self, samples: Samples) -> None:
        """Adds consecutive audio.

        Args:
            samples: Left and right, ``(2, samples)``; signals with other numbers of channels are ignored.
        """
        if len(samples) != 2 or not samples.shape[1]:
            return
        self._peaks = np.maximum(self._peaks, np.abs(samples).max(axis=1))
        self._energy += np.square(samples, dtype=np.float64).sum(axis=1)
        self._cross += float(np.dot(samples[0].astype(np.float64), samples[1].astype(np.float64)))
        if len(self._levels) >= MAX_BLOCKS:
            return
        audio = np.concatenate([self._rest, samples], axis=1)
        whole = audio.shape[1] - audio.shape[1] % self._block
        for start in range(0, whole, self._block):
            self._add_block(audio[:, start : start + self._block].astype(np.float64))
        self._rest = audio[:, whole:]

    def problems(self) -> list[str]:
        """Describes the faults of the audio so far.

        Returns:
            One line each; none for silence and for channels that are equal.
        """
        return [fault.message for fault in self.faults()]

    def faults(self) -> list[PairFault]:
        """Finds the faults of the audio so far.

        Returns:
            The faults; none for silence and for channels that are equal.
        """
        if not self._energy.any():
            return []
        quiet = int(np.argmin(self._energy))
        if self._peaks[quiet] == 0.0:
            return [PairFault("silent", f"the {_SIDES[quiet]} channel is digital silence: {_UNKNOWN}")]
        difference = 10.0 * np.log10(self._energy[quiet] / self._energy[1 - quiet])
        if difference < SILENT_LEVEL_DB:
            level = f"{difference:.1f} dB relative to the other one"
            return [PairFault("silent", f"the {_SIDES[quiet]} channel is silent ({level}): {_UNKNOWN}")]
        correlation = self._cross / float(np.sqrt(self._energy.prod()))
        if correlation < OPPOSITE_CORRELATION:
            figure = f"correlation {correlation:.2f}"
            return [PairFault("polarity", f"the channels have opposite polarity ({figure}): invert one")]
        return [*self._level_faults(), *self._delay_faults()]

    def _add_block(self, block: Floats) -> None:
        rms = np.sqrt((block**2).mean(axis=1))
        if rms.min() < ACTIVE_AMPLITUDE:
            return
        self._levels.append(float(20.0 * np.log10(rms[0] / rms[1])))
        delay = _delay(block, round(MAX_DELAY_SECONDS * self._rate))
        if delay is not None:
            self._delays.append(delay)

    def _level_faults(self) -> list[PairFault]:
        if len(self._levels) < MIN_BLOCKS:
            return []
        low, middle, high = np.percentile(self._levels, (25, 50, 75))
        if abs(middle) < MIN_OFFSET_DB or high - low > MAX_OFFSET_SPREAD_DB:
            return []
        figure = f"the {_SIDES[int(middle < 0)]} channel is {abs(middle):.1f} dB louder throughout"
        return [PairFault("level", f"{figure}: check the gains, unless all sources are on this side")]

    def _delay_faults(self) -> list[PairFault]:
        if len(self._delays) < MIN_BLOCKS:
            return []
        middle = int(np.median(self._delays))
        share = float(np.mean(np.abs(np.array(self._delays) - middle) <= 1))
        seconds = abs(middle) / self._rate
        if seconds < MIN_DELAY_SECONDS or share < MIN_DELAYED_SHARE:
            return []
        figure = f"the {_SIDES[int(middle > 0)]} channel is {1000 * seconds:.2f} ms late throughout"
        remedy = "check the recording, unless the microphones are apart and all sources on one side"
        return [PairFault("delay", f"{figure}: {remedy}")]


def _delay(block: Floats, limit: int) -> int | None:
    """Delay of the right channel in samples by GCC-PHAT; None without a clear peak."""
    size = 2 * block.shape[1]
    spectra = np.fft.rfft(block, size)
    cross = np.conj(spectra[0]) * spectra[1]
    strong = np.abs(cross) > 1e-6 * np.abs(cross).max(initial=0.0)
    phase = np.where(strong, cross / np.maximum(np.abs(cross), 1e-300), 0.0)
    correlation = np.fft.irfft(phase, size)
    lags = np.concatenate([correlation[-limit:], correlation[: limit + 1]])
    peak = int(np.argmax(lags))
    share = float(strong.mean())
    return peak - limit if lags[peak] > _MIN_PEAK_RATIO * share else None

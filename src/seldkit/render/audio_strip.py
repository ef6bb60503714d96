"""What a recording sounds like over its whole time: its spectrogram and level difference, in few columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.channels import MONO, ChannelLayout
from seldkit.types import Floats32

RATE, HOP, BANDS = 24000, 480, 64
QUIET = -55.0
"""Decibels about which sound is so quiet that its level difference is that of the noise."""
MOST_COLUMNS = 2400
"""Columns beyond which pairs are averaged, so that memory does not grow with the recording."""


@dataclass(frozen=True, eq=False)
class SoundStrip:
    """A recording's sound over time, drawn from low to high.

    level: log-mel spectrogram in dB, the mean of the channels, (bands, columns). difference: between left and
    right in dB, positive to the left, of the same shape; None for one channel. seconds: of all columns.
    """

    level: Floats32
    difference: Floats32 | None
    seconds: float


def sound_strip(path: str | Path, layout: ChannelLayout | None = None) -> SoundStrip:
    """Read a recording's sound, in constant memory.

    layout: the channel layout of the recording where its file does not declare it. Raises MediaError where
    there is no sound to read.
    """
    import torch

    from seldkit.features import LevelDifference, LogMel
    from seldkit.media import AudioReader

    level, difference = LogMel(top_db=None), LevelDifference(floor_db=QUIET)
    columns, samples = _Columns(), 0
    with AudioReader(path, sample_rate=RATE, recorded_as=layout) as reader:
        for block in reader:
            samples += block.shape[1]
            heard = torch.from_numpy(_whole_hops(block))[None]
            bands = torch.stack([level(heard)[0].mean(dim=0), difference(heard)[0, 0]])
            columns.add(bands.transpose(1, 2).numpy()[..., :-1])  # (2, bands, hops)
        mono = reader.recorded_layout == MONO
    drawn = columns.joined()
    return SoundStrip(drawn[0], None if mono else drawn[1], samples / RATE)


class _Columns:
    """Columns that are averaged in pairs whenever there are too many."""

    def __init__(self) -> None:
        self._step = 1
        self._kept = np.empty((2, BANDS, 0), np.float32)
        self._rest = np.empty((2, BANDS, 0), np.float32)

    def add(self, columns: Floats32) -> None:
        waiting = np.concatenate([self._rest, columns], axis=2)
        whole = waiting.shape[2] // self._step * self._step
        self._rest = waiting[..., whole:]
        self._kept = np.concatenate([self._kept, _averaged(waiting[..., :whole], self._step)], axis=2)
        while self._kept.shape[2] > MOST_COLUMNS:
            odd = self._kept[..., self._kept.shape[2] // 2 * 2 :].repeat(self._step, axis=2)
            self._rest = np.concatenate([odd, self._rest], axis=2)
            self._kept = _averaged(self._kept[..., : self._kept.shape[2] // 2 * 2], 2)
            self._step *= 2

    def joined(self) -> Floats32:
        return np.concatenate([self._kept, *self._ending()], axis=2)

    def _ending(self) -> Iterator[Floats32]:
        if self._rest.shape[2]:
            yield self._rest.mean(axis=2, keepdims=True)


def _averaged(columns: Floats32, step: int) -> Floats32:
    averaged: Floats32 = columns.reshape(*columns.shape[:2], -1, step).mean(axis=3)
    return averaged


def _whole_hops(samples: Floats32) -> Floats32:
    """Filled up with silence to whole hops, two at least, of which the transform's edges are made."""
    count = max(2, -(-samples.shape[1] // HOP))
    return np.pad(samples, ((0, 0), (0, count * HOP - samples.shape[1])))

"""Spectrogram and level difference of a whole recording in a limited number of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.channels import MONO, ChannelLayout
from seldkit.types import Floats32

SAMPLE_RATE_HZ: Final = 24000
HOP_SAMPLES: Final = 480
MEL_BANDS: Final = 64
LEVEL_FLOOR_DB: Final = -55.0
"""Level in dB at which the level difference is attenuated, because it is that of the background noise."""
MAX_COLUMNS: Final = 2400
"""Number of columns above which pairs are averaged, so that memory does not grow with the duration."""


@dataclass(frozen=True, eq=False)
class AudioOverview:
    """Time-frequency overview of a recording.

    Attributes:
        level: Log-mel spectrogram in dB, mean of the channels, bands from low to high. Shape
            ``(bands, columns)``.
        difference: Level difference between left and right in dB, positive if the left is louder, shape
            ``(bands, columns)``. None for a single channel.
        seconds: Duration of all columns in seconds.
    """

    level: Floats32
    difference: Floats32 | None
    seconds: float


def compute_audio_overview(path: str | Path, layout: ChannelLayout | None = None) -> AudioOverview:
    """Reads the audio of a recording and computes its overview in constant memory.

    Args:
        path: Audio or video file.
        layout: Channel layout of the recording if its file does not declare it.

    Returns:
        Spectrogram and level difference.

    Raises:
        MediaError: The file has no audio that can be read.
    """
    import torch

    from seldkit.features import LevelDifference, LogMel
    from seldkit.media import AudioReader

    log_mel, level_difference = LogMel(top_db=None), LevelDifference(floor_db=LEVEL_FLOOR_DB)
    columns, samples = _Columns(), 0
    with AudioReader(path, sample_rate=SAMPLE_RATE_HZ, recorded_as=layout) as reader:
        for block in reader:
            samples += block.shape[1]
            waveform = torch.from_numpy(_pad_to_hops(block))[None]
            bands = torch.stack([log_mel(waveform)[0].mean(dim=0), level_difference(waveform)[0, 0]])
            columns.add(bands.transpose(1, 2).numpy()[..., :-1])  # (2, bands, hops)
        mono = reader.recorded_layout == MONO
    overview = columns.concatenate()
    return AudioOverview(overview[0], None if mono else overview[1], samples / SAMPLE_RATE_HZ)


class _Columns:
    """Collects columns and averages them in pairs whenever there are too many."""

    def __init__(self) -> None:
        self._step = 1
        self._averaged = np.empty((2, MEL_BANDS, 0), np.float32)
        self._remainder = np.empty((2, MEL_BANDS, 0), np.float32)

    def add(self, columns: Floats32) -> None:
        pending = np.concatenate([self._remainder, columns], axis=2)
        whole = pending.shape[2] // self._step * self._step
        self._remainder = pending[..., whole:]
        self._averaged = np.concatenate([self._averaged, _average(pending[..., :whole], self._step)], axis=2)
        while self._averaged.shape[2] > MAX_COLUMNS:
            even_count = self._averaged.shape[2] // 2 * 2
            odd = self._averaged[..., even_count:].repeat(self._step, axis=2)
            self._remainder = np.concatenate([odd, self._remainder], axis=2)
            self._averaged = _average(self._averaged[..., :even_count], 2)
            self._step *= 2

    def concatenate(self) -> Floats32:
        return np.concatenate([self._averaged, *self._last_column()], axis=2)

    def _last_column(self) -> Iterator[Floats32]:
        if self._remainder.shape[2]:
            yield self._remainder.mean(axis=2, keepdims=True)


def _average(columns: Floats32, step: int) -> Floats32:
    averaged: Floats32 = columns.reshape(*columns.shape[:2], -1, step).mean(axis=3)
    return averaged


def _pad_to_hops(samples: Floats32) -> Floats32:
    """Pads with zeros to whole hops; the STFT requires at least two."""
    count = max(2, -(-samples.shape[1] // HOP_SAMPLES))
    return np.pad(samples, ((0, 0), (0, count * HOP_SAMPLES - samples.shape[1])))

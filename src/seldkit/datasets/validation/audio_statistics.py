"""Statistics of an audio file, computed in blocks."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk, AudioTrack
from seldkit.media.containers import open_media
from seldkit.media.stereo_pair import PairFault, StereoPairCheck
from seldkit.types import Floats, Samples

FULL_SCALE_AMPLITUDE: Final = 0.9999
"""Amplitude from which a sample counts as full scale; the maximum of 16-bit samples is above it."""
MAX_DUAL_MONO_DIFFERENCE: Final = 1e-3
"""Maximum difference of identical channels, relative to the peak (-60 dB)."""
_BLOCK_SECONDS: Final = 10.0
_MIN_AMPLITUDE: Final = 1e-10


@dataclass(frozen=True, eq=False)
class AudioStatistics:
    """Statistics of a clip's audio.

    Attributes:
        seconds: Duration in seconds.
        sample_rate: Sample rate of the file in Hz.
        peak: Highest amplitude; 1 is full scale.
        clipped: Fraction of the samples at full scale, in [0, 1].
        dual_mono: Whether all channels are identical.
        faults: Faults of the channels as a stereo pair; none for other layouts.
        content: Hash of the samples with 16 bits.
        level: Mean square, summed over the channels, of each frame of 100 ms. Shape ``(frames,)``, float64.
        side: Lateral position of each frame of 100 ms, see `lateral_position`. Shape ``(frames,)``, float64.
    """

    seconds: float
    sample_rate: int
    peak: float
    clipped: float
    dual_mono: bool
    faults: tuple[PairFault, ...]
    content: str
    level: Floats
    side: Floats


def measure_file(path: Path, input: str) -> AudioStatistics:
    """Computes the statistics of an audio file. Memory does not depend on its duration.

    Args:
        path: Audio file.
        input: Channel layout: "stereo", "foa" or "mic".

    Returns:
        The statistics.

    Raises:
        MediaError: If the file cannot be read or has a different number of channels.
    """
    channels = CHANNEL_LAYOUTS[input].channels
    with open_media(path) as container:
        chunks = iter(AudioTrack(container, path))
        first = next(chunks, None)
        if first is None:
            raise MediaError(f"{path}: expected audio, found none; replace the file")
        return measure_audio(_blocks(chain([first], chunks), channels, path, input), input, first.sample_rate)


def _blocks(chunks: Iterable[AudioChunk], channels: int, path: Path, input: str) -> Iterator[Samples]:
    """Joins chunks, which have a duration of a few milliseconds, to longer blocks."""
    block: list[Samples] = []
    length = 0
    for chunk in chunks:
        if len(chunk.samples) != channels:
            raise MediaError(f"{path}: expected {channels} channels ({input}), got {len(chunk.samples)}")
        block.append(chunk.samples)
        length += chunk.samples.shape[1]
        if length >= _BLOCK_SECONDS * chunk.sample_rate:
            yield np.concatenate(block, axis=1)
            block, length = [], 0
    if block:
        yield np.concatenate(block, axis=1)


def measure_audio(blocks: Iterable[Samples], input: str, sample_rate: int) -> AudioStatistics:
    """Computes the statistics of audio.

    Args:
        blocks: Consecutive blocks of audio. Shape ``(channels, samples)`` each.
        input: Channel layout: "stereo", "foa" or "mic".
        sample_rate: Sample rate in Hz.

    Returns:
        The statistics.
    """
    accumulator = _Accumulator(input, sample_rate)
    for block in blocks:
        accumulator.add(block)
    return accumulator.statistics()


def lateral_position(powers: Floats) -> Floats:
    """Computes the lateral position of frames from the powers to the left and to the right.

    The position is (l - r) / (l + r), where l and r are amplitudes. For one source and coincident cardioids
    it equals sin(azimuth) · cos(elevation).

    Args:
        powers: Powers to the left and to the right. Shape ``(2, frames)``.

    Returns:
        Lateral positions in [-1, 1], positive to the left. Shape ``(frames,)``.
    """
    left, right = np.sqrt(powers[0]), np.sqrt(powers[1])
    return np.asarray((left - right) / np.maximum(left + right, _MIN_AMPLITUDE))


def _side_powers(frames: Samples, input: str) -> Floats:
    """Powers (2, frames) to the left and to the right of frames (channels, frames, samples).

    Stereo: the two channels. FOA (W Y Z X): cardioids to the left and to the right. Tetrahedral array: the
    front left and back left microphones, the front right and back right ones.
    """
    sides: list[tuple[Samples, ...]]
    if input == "foa":
        sides = [(frames[0] + frames[1],), (frames[0] - frames[1],)]
    elif input == "mic":
        sides = [(frames[0], frames[2]), (frames[1], frames[3])]
    else:
        sides = [(frames[0],), (frames[1],)]
    return np.stack([sum(np.square(one).sum(axis=-1, dtype=np.float64) for one in side) for side in sides])


class _Accumulator:
    """Accumulates the statistics of consecutive blocks."""

    def __init__(self, input: str, sample_rate: int) -> None:
        self._input, self._sample_rate = input, sample_rate
        self._frame_samples = round(sample_rate * FRAME_SECONDS)
        self._pair = StereoPairCheck(sample_rate)
        self._rest: Samples | None = None
        self._count = self._clipped = 0
        self._peak = self._difference = 0.0
        self._hash = hashlib.blake2b(digest_size=12)
        self._levels: list[Floats] = []
        self._powers: list[Floats] = []

    def add(self, block: Samples) -> None:
        """Adds a block (channels, samples)."""
        self._pair.add(block)
        amplitude = np.abs(block)
        self._count += block.shape[1]
        self._peak = max(self._peak, float(amplitude.max(initial=0.0)))
        self._clipped += int((amplitude >= FULL_SCALE_AMPLITUDE).any(axis=0).sum())
        self._difference = max(self._difference, float(np.abs(block - block[:1]).max(initial=0.0)))
        self._hash.update(np.ascontiguousarray(np.rint(block.T * 32767).astype("<i2")).data)
        self._add_frames(block if self._rest is None else np.concatenate([self._rest, block], axis=1))

    def _add_frames(self, audio: Samples, last: bool = False) -> None:
        count = audio.shape[1] // self._frame_samples
        if last and audio.shape[1] % self._frame_samples:
            count += 1
            audio = np.pad(audio, ((0, 0), (0, count * self._frame_samples - audio.shape[1])))
        frames = audio[:, : count * self._frame_samples].reshape(len(audio), count, self._frame_samples)
        self._rest = audio[:, count * self._frame_samples :]
        self._levels.append(np.square(frames).sum(axis=(0, 2), dtype=np.float64) / self._frame_samples)
        self._powers.append(_side_powers(frames, self._input))

    def statistics(self) -> AudioStatistics:
        """The statistics of all blocks."""
        if self._rest is not None and self._rest.shape[1]:
            self._add_frames(self._rest, last=True)
        powers = np.concatenate(self._powers or [np.zeros((2, 0))], axis=1)
        dual_mono = self._peak > 0 and self._difference <= MAX_DUAL_MONO_DIFFERENCE * self._peak
        return AudioStatistics(
            seconds=self._count / self._sample_rate,
            sample_rate=self._sample_rate,
            peak=self._peak,
            clipped=self._clipped / max(1, self._count),
            dual_mono=dual_mono,
            faults=() if dual_mono else tuple(self._pair.faults()),
            content=self._hash.hexdigest(),
            level=np.concatenate(self._levels or [np.zeros(0)]),
            side=lateral_position(powers),
        )

"""What the sound of a clip is like, by reading it once in blocks."""

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
from seldkit.types import Floats, Samples

FULL_SCALE_AMPLITUDE: Final = 0.9999
"""What 16 bits reach."""
MAX_DUAL_MONO_DIFFERENCE: Final = 1e-3
"""Channels that differ by less, relative to the peak, are one channel twice (−60 dB)."""
_BLOCK_SECONDS: Final = 10.0
_MIN_AMPLITUDE: Final = 1e-10


@dataclass(frozen=True, eq=False)
class AudioStatistics:
    """A clip's sound.

    seconds; sample_rate: as the file declares. peak: full scale is 1. clipped: share of the samples
    at full scale. dual_mono: whether its channels are one. content: a hash of the samples, as 16 bits.
    level: mean square of all channels in each 100 ms frame, (frames,). side: how far to the left each frame
    sounds, from −1 to 1, (frames,); see `lateral_position`.
    """

    seconds: float
    sample_rate: int
    peak: float
    clipped: float
    dual_mono: bool
    content: str
    level: Floats
    side: Floats


def measure_file(path: Path, input: str) -> AudioStatistics:
    """Read a file's sound, in memory that does not grow with it. Raises MediaError."""
    wanted = CHANNEL_LAYOUTS[input].channels
    with open_media(path) as container:
        pieces = iter(AudioTrack(container, path))
        first = next(pieces, None)
        if first is None:
            raise MediaError(f"{path}: expected sound, found none")
        return measure_audio(_blocks(chain([first], pieces), wanted, path, input), input, first.sample_rate)


def _blocks(pieces: Iterable[AudioChunk], channels: int, path: Path, input: str) -> Iterator[Samples]:
    """The pieces, which are a few milliseconds long each, in longer blocks."""
    held: list[Samples] = []
    length = 0
    for piece in pieces:
        if len(piece.samples) != channels:
            raise MediaError(f"{path}: expected {channels} channels ({input}), got {len(piece.samples)}")
        held.append(piece.samples)
        length += piece.samples.shape[1]
        if length >= _BLOCK_SECONDS * piece.sample_rate:
            yield np.concatenate(held, axis=1)
            held, length = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def measure_audio(blocks: Iterable[Samples], input: str, sample_rate: int) -> AudioStatistics:
    """The facts of a sound that comes in blocks, (channels, samples)."""
    sums = _Accumulator(input, round(sample_rate * FRAME_SECONDS))
    for block in blocks:
        sums.add(block)
    return sums.facts(sample_rate)


def lateral_position(powers: Floats) -> Floats:
    """How far to the left frames sound, from −1 to 1, of the powers to the left and right, (2, frames).

    (l − r) / (l + r) of the amplitudes: sin(azimuth)·cos(elevation) for one source and coincident cardioids.
    """
    left, right = np.sqrt(powers[0]), np.sqrt(powers[1])
    return np.asarray((left - right) / np.maximum(left + right, _MIN_AMPLITUDE))


def _powers(frames: Samples, input: str) -> Floats:
    """Power to the left and to the right of each frame of (channels, frames, samples), (2, frames).

    Stereo: the two channels. FOA (W Y Z X): cardioids to the two sides. Tetrahedral array: front left and
    back left microphones, front right and back right ones.
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
    """Sums over a sound that comes in blocks of whole frames, but for the last."""

    def __init__(self, input: str, per_frame: int) -> None:
        self._input, self._per_frame = input, per_frame
        self._rest: Samples | None = None
        self._count = self._clipped = 0
        self._peak = self._difference = 0.0
        self._hash = hashlib.blake2b(digest_size=12)
        self._levels: list[Floats] = []
        self._powers: list[Floats] = []

    def add(self, block: Samples) -> None:
        """Take in a block, (channels, samples)."""
        size = np.abs(block)
        self._count += block.shape[1]
        self._peak = max(self._peak, float(size.max(initial=0.0)))
        self._clipped += int((size >= FULL_SCALE_AMPLITUDE).any(axis=0).sum())
        self._difference = max(self._difference, float(np.abs(block - block[:1]).max(initial=0.0)))
        self._hash.update(np.ascontiguousarray(np.rint(block.T * 32767).astype("<i2")).data)
        self._add_frames(block if self._rest is None else np.concatenate([self._rest, block], axis=1))

    def _add_frames(self, sound: Samples, last: bool = False) -> None:
        whole = sound.shape[1] // self._per_frame
        if last and sound.shape[1] % self._per_frame:
            whole += 1
            sound = np.pad(sound, ((0, 0), (0, whole * self._per_frame - sound.shape[1])))
        cut = sound[:, : whole * self._per_frame].reshape(len(sound), whole, self._per_frame)
        self._rest = sound[:, whole * self._per_frame :]
        self._levels.append(np.square(cut).sum(axis=(0, 2), dtype=np.float64) / self._per_frame)
        self._powers.append(_powers(cut, self._input))

    def facts(self, sample_rate: int) -> AudioStatistics:
        """What all the blocks come to."""
        if self._rest is not None and self._rest.shape[1]:
            self._add_frames(self._rest, last=True)
        powers = np.concatenate(self._powers or [np.zeros((2, 0))], axis=1)
        return AudioStatistics(
            seconds=self._count / sample_rate,
            sample_rate=sample_rate,
            peak=self._peak,
            clipped=self._clipped / max(1, self._count),
            dual_mono=self._peak > 0 and self._difference <= MAX_DUAL_MONO_DIFFERENCE * self._peak,
            content=self._hash.hexdigest(),
            level=np.concatenate(self._levels or [np.zeros(0)]),
            side=lateral_position(powers),
        )

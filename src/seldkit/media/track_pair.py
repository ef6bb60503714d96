"""Two mono audio tracks of one file as left and right, as cameras write them (MXF, MOV)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk, AudioTrack
from seldkit.media.containers import open_media, printable
from seldkit.media.declared_layout import LayoutDeclaration
from seldkit.media.stream_layout import stream_layout
from seldkit.types import Samples


class TrackPair:
    """Decodes two mono tracks of a file together. Iterable of stereo `AudioChunk`.

    Args:
        path: Path of the file.
        numbers: Numbers of the left and the right audio track, from 1.
        stack: Closes the files.
        is_stated: Whether the user has stated the numbers.

    Attributes:
        declaration: None; mono tracks declare no ambisonics.

    Raises:
        MediaError: On construction or while iterating, if a track does not exist, is not mono, or has another
            sampling rate.
    """

    def __init__(
        self, path: Path, numbers: tuple[int, int], stack: ExitStack, *, is_stated: bool = True
    ) -> None:
        self.declaration: LayoutDeclaration | None = None
        self._path, self._numbers, self._is_stated = path, numbers, is_stated
        self._tracks = tuple(self._open(number, stack) for number in numbers)

    def __iter__(self) -> Iterator[AudioChunk]:
        buffers: list[Samples] = [np.zeros((1, 0), np.float32)] * 2
        sources = [iter(track) for track in self._tracks]
        ended, rate = [False, False], 0
        while not all(ended) or any(buffer.shape[1] for buffer in buffers):
            for side in (0, 1):
                if not ended[side] and not buffers[side].shape[1]:
                    chunk = next(sources[side], None)
                    ended[side] = chunk is None
                    if chunk is not None:
                        rate = self._checked_rate(chunk, rate, side)
                        buffers[side] = chunk.samples
            lengths = [buffer.shape[1] for buffer in buffers]
            count = max(lengths) if any(ended) else min(lengths)
            if count:
                yield AudioChunk(_stereo(buffers, count), ("FL", "FR"), rate)
                buffers = [buffer[:, count:] for buffer in buffers]

    def notes(self) -> list[str]:
        """Describes the tracks and the problems of their audio so far.

        Returns:
            One line each.
        """
        left, right = self._numbers
        first = f"mono audio tracks {left} and {right} are used as left and right"
        if not self._is_stated:
            first += f"; use --pair {right},{left} if they are exchanged"
        others = [note for track in self._tracks for note in track.notes() if " audio tracks: " not in note]
        return [first, *dict.fromkeys(others)]

    def _open(self, number: int, stack: ExitStack) -> AudioTrack:
        container = stack.enter_context(open_media(self._path))
        streams = container.streams.audio
        if not 1 <= number <= len(streams):
            raise MediaError(
                f"{printable(self._path)} has {len(streams)} audio track(s), expected number {number} of "
                "--pair"
            )
        stream = streams[number - 1]
        channels = 0 if stream.codec_context is None else stream_layout(stream).channels
        if channels != 1:
            raise MediaError(
                f"{printable(self._path)}: audio track {number} has {channels} channel(s); --pair expects "
                "mono tracks"
            )
        return AudioTrack(container, self._path, stream)

    def _checked_rate(self, chunk: AudioChunk, rate: int, side: int) -> int:
        if rate not in (0, chunk.sample_rate) or len(chunk.samples) != 1:
            raise MediaError(
                f"{printable(self._path)}: expected mono tracks of one sampling rate, found "
                f"{len(chunk.samples)} channel(s) at {chunk.sample_rate} Hz in track {self._numbers[side]}"
            )
        return chunk.sample_rate


def default_pair(container: InputContainer) -> tuple[int, int] | None:
    """Returns the tracks of a file that are left and right without being stated.

    Args:
        container: Open file.

    Returns:
        (1, 2) for exactly two mono tracks of one codec, sampling rate, start and language; None otherwise.
    """
    streams = container.streams.audio
    if len(streams) != 2 or any(stream.codec_context is None for stream in streams):
        return None
    first, second = map(_properties, streams)
    return (1, 2) if first == second and first[0] == 1 else None


def _properties(stream: AudioStream) -> tuple[object, ...]:
    channels = stream_layout(stream).channels
    language = stream.metadata.get("language")
    return channels, stream.codec_context.name, stream.sample_rate, stream.start_time, language


def _stereo(buffers: list[Samples], count: int) -> Samples:
    return np.concatenate(
        [np.pad(buffer[:, :count], ((0, 0), (0, max(0, count - buffer.shape[1])))) for buffer in buffers]
    )

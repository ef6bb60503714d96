"""Pieces of sound brought to one layout and one rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seldkit.channels import ChannelLayout
from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk
from seldkit.media.channel_mixing import mixing_matrix
from seldkit.types import Samples

if TYPE_CHECKING:
    import soxr


class AudioConverter:
    """Mixes consecutive pieces to a layout and resamples them (soxr, without delay).

    name: of the recording, for errors. sample_rate: wanted. layout, recorded_as: as `AudioReader` has them.
    notes: what was mixed, in lines.
    """

    def __init__(
        self, name: str, sample_rate: int, layout: ChannelLayout, recorded_as: ChannelLayout | None = None
    ) -> None:
        self.notes: list[str] = []
        self._name, self._rate, self._layout, self._recorded_as = name, sample_rate, layout, recorded_as
        self._resampler: _Resampler | None = None

    def push(self, piece: AudioChunk) -> Samples:
        """What can be said so far, (channels, samples). Raises MediaError for channels of no such layout."""
        mixed, rest = self._mixed(piece), None
        if self._resampler is None or self._resampler.rate != piece.rate:
            rest = None if self._resampler is None else self._resampler.finish()
            self._resampler = _Resampler(piece.rate, self._rate, len(mixed))
        fresh = self._resampler.push(mixed)
        return fresh if rest is None else np.concatenate([rest, fresh], axis=1)

    def finish(self) -> Samples:
        """The last samples; the adapter is as new afterwards."""
        resampler, self._resampler = self._resampler, None
        if resampler is None:
            return np.zeros((self._layout.channels, 0), np.float32)
        return resampler.finish()

    def _mixed(self, piece: AudioChunk) -> Samples:
        try:
            matrix, note = mixing_matrix(piece.names, self._layout, self._recorded_as)
        except ValueError as problem:
            raise MediaError(f"{self._name} {problem}") from None
        if note is not None and note not in self.notes:
            self.notes.append(note)
        return _apply(matrix, piece.samples)


def _apply(matrix: Samples, samples: Samples) -> Samples:
    """The product, left out where it would change nothing, so that stereo stays bit-exact and quick."""
    if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return samples
    return matrix @ samples


class _Resampler:
    """One stretch of sound from one rate to another; its total length is right to within a sample."""

    def __init__(self, rate: int, to: int, channels: int) -> None:
        self.rate = rate
        self._to, self._channels = to, channels
        self._in = self._out = 0
        self._stream: soxr.ResampleStream | None = None
        if rate != to:
            import soxr

            self._stream = soxr.ResampleStream(rate, to, channels, dtype="float32", quality="HQ")

    def push(self, samples: Samples) -> Samples:
        self._in += samples.shape[1]
        return self._resample(samples, last=False)

    def finish(self) -> Samples:
        rest = self._resample(np.zeros((self._channels, 0), dtype=np.float32), last=True)
        # A sound of a few samples may come to less than one: then silence, so that its length is right.
        missing = max(1, round(self._in * self._to / self.rate)) - self._out
        return np.pad(rest, ((0, 0), (0, max(0, missing))))

    def _resample(self, samples: Samples, *, last: bool) -> Samples:
        if self._stream is not None:
            samples = self._stream.resample_chunk(np.ascontiguousarray(samples.T), last=last).T
        self._out += samples.shape[1]
        return samples

"""Sound of any file as blocks of samples at one rate and in one layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from seldkit.errors import MediaError
from seldkit.media.opening import SAMPLE_RATES, named, open_media
from seldkit.media.samples import Samples, mixing_matrix
from seldkit.media.track import Piece, Track

if TYPE_CHECKING:
    import soxr

_CHANNELS = {"stereo": 2, "mono": 1, "foa": 4}


class AudioReader:
    """The sound of a video or sound file: a context manager that iterates over float32 blocks.

        with AudioReader("clip.mp4") as reader:
            for block in reader:  # (channels, samples)
                ...
        print(reader.notes)

    The first sample is heard at the presentation's start, which is where the earlier of sound and picture
    begins: late sound is preceded by silence, and so are gaps in the timestamps. The sound is not lengthened
    to the picture's end. Memory does not grow with the file.

    sample_rate: samples a second to resample to (soxr, without delay).
    layout: "stereo" (left, right; a mono file gives two equal channels), "mono" (the mean of the two), or
        "foa", the file's four channels as they are (ACN order is taken for granted). More than two channels
        are mixed to stereo with the matrix of ITU-R BS.775, LFE dropped, nothing normalised, so that the
        result may exceed ±1, as may sound that is stored as floats.
    block_seconds: length of every block but the last.
    Raises MediaError (on entering or while iterating) where there is no sound, or not in that layout.
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate: int = 24000,
        layout: str = "stereo",
        block_seconds: float = 5.0,
    ) -> None:
        if layout not in _CHANNELS:
            raise ValueError(f"expected the layout stereo, mono or foa, got {layout!r}")
        if sample_rate not in SAMPLE_RATES or not block_seconds > 0:
            raise ValueError(f"cannot read {block_seconds} s blocks of {sample_rate} samples a second")
        self.path = Path(path)
        self.sample_rate = sample_rate
        self.layout = layout
        self._block = max(1, round(block_seconds * sample_rate))
        self._stack = ExitStack()
        self._track: Track | None = None
        self._channels = 0
        self._mixing: list[str] = []
        self._notes: list[str] = []

    def __enter__(self) -> AudioReader:
        container = self._stack.enter_context(open_media(self.path))
        try:
            self._track = Track(container, self.path)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._notes = self.notes
        self._stack.close()
        self._track = None

    @property
    def notes(self) -> list[str]:
        """What was lost, replaced or odd so far, one line each; complete after the iteration."""
        if self._track is None:
            return self._notes
        return self._mixing + self._track.notes()

    @property
    def channels_in_file(self) -> int:
        """Channels of the sound in the file, known from the first block on."""
        return self._channels

    def __iter__(self) -> Iterator[Samples]:
        if self._track is None:
            raise ValueError("AudioReader is a context manager: with AudioReader(path) as reader: …")
        yield from _blocks(self._resampled(self._track), self._block, _CHANNELS[self.layout])

    def _resampled(self, track: Track) -> Iterator[Samples]:
        resampler: _Resampler | None = None
        for piece in track:
            self._channels = track.channels
            mixed = self._mixed(piece)
            if resampler is None or resampler.rate != piece.rate:
                if resampler is not None:
                    yield resampler.finish()
                resampler = _Resampler(piece.rate, self.sample_rate, len(mixed))
            yield resampler.push(mixed)
        if resampler is not None:
            yield resampler.finish()

    def _mixed(self, piece: Piece) -> Samples:
        try:
            matrix, note = mixing_matrix(piece.names, self.layout)
        except ValueError as problem:
            raise MediaError(f"{named(self.path)} {problem}") from None
        if note is not None and note not in self._mixing:
            self._mixing.append(note)
        return _apply(matrix, piece.samples)


def read_audio(
    path: str | Path, sample_rate: int = 24000, layout: str = "stereo"
) -> tuple[Samples, list[str]]:
    """A short file's sound at once: the waveform (channels, samples) and the notes. See `AudioReader`."""
    with AudioReader(path, sample_rate, layout) as reader:
        blocks = list(reader)
        return np.concatenate(blocks, axis=1), reader.notes


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


def _blocks(pieces: Iterator[Samples], length: int, channels: int) -> Iterator[Samples]:
    """The same sound cut into arrays of one length (the last may be shorter), none empty."""
    block = np.empty((channels, length), dtype=np.float32)
    filled = 0
    for piece in pieces:
        while piece.shape[1]:
            taken = min(length - filled, piece.shape[1])
            block[:, filled : filled + taken] = piece[:, :taken]
            piece, filled = piece[:, taken:], filled + taken
            if filled == length:
                yield block
                block, filled = np.empty((channels, length), dtype=np.float32), 0
    if filled:
        yield block[:, :filled].copy()

"""Sound of any file as blocks of samples at one rate and in one layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from seldkit.channels import STEREO, ChannelLayout, channel_layout, loudspeaker_layout
from seldkit.media.audio_converter import AudioConverter
from seldkit.media.audio_track import AudioTrack
from seldkit.media.containers import SAMPLE_RATES_HZ, open_media, printable
from seldkit.types import Samples


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
    layout: "stereo" (left, right; a mono file gives two equal channels), "mono" (the mean of the two), "foa"
        or "mic", the file's four channels as they are. More than two channels
        are mixed to stereo with the matrix of ITU-R BS.775, LFE dropped, nothing normalised, so that the
        result may exceed ±1, as may sound that is stored as floats.
    recorded_as: the layout of the file where the file does not declare it: "foa" is decoded to stereo as
        L = W + Y, R = W − Y. None: the loudspeakers that the file declares.
    block_seconds: length of every block but the last.
    Raises MediaError (on entering or while iterating) where there is no sound, or not in that layout.
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate: int = 24000,
        layout: str | ChannelLayout = STEREO,
        block_seconds: float = 5.0,
        *,
        recorded_as: str | ChannelLayout | None = None,
    ) -> None:
        if sample_rate not in SAMPLE_RATES_HZ or not block_seconds > 0:
            raise ValueError(f"cannot read {block_seconds} s blocks of {sample_rate} samples a second")
        self.path = Path(path)
        self.sample_rate = sample_rate
        self.layout = channel_layout(layout)
        self._recorded_as = None if recorded_as is None else channel_layout(recorded_as)
        self._block = max(1, round(block_seconds * sample_rate))
        self._stack = ExitStack()
        self._track: AudioTrack | None = None
        self._names: tuple[str, ...] = ()
        self._adapter = AudioConverter(printable(self.path), sample_rate, self.layout, self._recorded_as)
        self._notes: list[str] = []

    def __enter__(self) -> AudioReader:
        container = self._stack.enter_context(open_media(self.path))
        try:
            self._track = AudioTrack(container, self.path)
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
        return self._adapter.notes + self._track.notes()

    @property
    def recorded_layout(self) -> ChannelLayout:
        """Channel layout of the audio in the file, known from the first block on."""
        if self._recorded_as is not None and self._recorded_as.stereo_gains is not None:
            return self._recorded_as
        return loudspeaker_layout(self._names) if self.layout.stereo_gains is None else self.layout

    def __iter__(self) -> Iterator[Samples]:
        if self._track is None:
            raise ValueError("AudioReader is a context manager: with AudioReader(path) as reader: …")
        yield from _blocks(self._adapted(self._track), self._block, self.layout.channels)

    def _adapted(self, track: AudioTrack) -> Iterator[Samples]:
        for piece in track:
            if len(piece.names) > len(self._names):
                self._names = piece.names
            yield self._adapter.push(piece)
        yield self._adapter.finish()


def read_audio(
    path: str | Path, sample_rate: int = 24000, layout: str | ChannelLayout = STEREO
) -> tuple[Samples, list[str]]:
    """A short file's sound at once: the waveform (channels, samples) and the notes. See `AudioReader`."""
    with AudioReader(path, sample_rate, layout) as reader:
        blocks = list(reader)
        return np.concatenate(blocks, axis=1), reader.notes


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

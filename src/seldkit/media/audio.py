"""Audio of any media file as blocks of samples with one sampling rate and one channel layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from av.container import InputContainer

from seldkit.channels import STEREO, ChannelLayout, channel_layout, layout_from_channel_names
from seldkit.media.audio_converter import AudioConverter
from seldkit.media.audio_track import AudioTrack
from seldkit.media.containers import SAMPLE_RATES_HZ, open_media, printable
from seldkit.media.declared_layout import LayoutDeclaration
from seldkit.media.track_pair import TrackPair, default_pair
from seldkit.types import Samples


class AudioReader:
    """Reads the audio of a media file in blocks. Context manager and iterable of float32 arrays.

        with AudioReader("clip.mp4") as reader:
            for block in reader:  # (channels, samples)
                ...
        print(reader.notes)

    The first sample is at the start of the presentation, which is the earlier of the starts of audio and
    video. Audio that starts late is preceded by silence, and gaps in the timestamps are filled with silence.
    Audio that ends before the video is not extended. Memory does not grow with the length of the file.

    Loudspeaker signals of more than two channels are mixed to stereo with the matrix of ITU-R BS.775. The LFE
    channel is dropped and nothing is normalized, so that samples may exceed ±1, as may samples that are
    stored as floating-point numbers.

    Args:
        path: Path of the file.
        sample_rate: Sampling rate of the output in Hz. Audio is resampled with soxr, without delay.
        layout: Channel layout of the output, or its name. "stereo": left and right; a mono file gives two
            equal channels. "mono": mean of left and right. "foa": first-order ambisonics (AmbiX), converted
            from the ambisonic convention of the file, else its four channels, unchanged. "mic": the four
            channels of the file, unchanged.
        block_seconds: Length of each block in seconds; the last block may be shorter.
        recorded_as: Channel layout of a file that does not declare its layout. "foa" and "mic" are decoded to
            stereo with `ChannelLayout.stereo_gains`. None: the loudspeaker layout that the file declares. An
            ambisonic layout that the file declares is used in any case.
        pair: Numbers, from 1, of the mono audio tracks that are left and right. None: exactly two similar
            mono tracks, else the default track.

    Attributes:
        path: Path of the file.
        sample_rate: Sampling rate of the output in Hz.
        layout: Channel layout of the output.

    Raises:
        MediaError: On entering or while iterating, if the file has no audio or its audio cannot be converted
            to the layout.
        ValueError: If the layout is unknown, or the sampling rate or the block length is out of range.
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate: int = 24000,
        layout: str | ChannelLayout = STEREO,
        block_seconds: float = 5.0,
        *,
        recorded_as: str | ChannelLayout | None = None,
        pair: tuple[int, int] | None = None,
    ) -> None:
        if sample_rate not in SAMPLE_RATES_HZ or not block_seconds > 0:
            raise ValueError(
                f"cannot read blocks of {block_seconds} s at a sampling rate of {sample_rate} Hz"
            )
        self.path = Path(path)
        self.sample_rate = sample_rate
        self.layout = channel_layout(layout)
        self._recorded_as = None if recorded_as is None else channel_layout(recorded_as)
        self._block_samples = max(1, round(block_seconds * sample_rate))
        self._stack = ExitStack()
        self._track: AudioTrack | TrackPair | None = None
        self._pair = pair
        self._channel_names: tuple[str, ...] = ()
        self._converter = AudioConverter(printable(self.path), sample_rate, self.layout, self._recorded_as)
        self._declaration: LayoutDeclaration | None = None
        self._notes: list[str] = []

    def __enter__(self) -> AudioReader:
        container = self._stack.enter_context(open_media(self.path))
        try:
            self._track = self._open_track(container)
        except BaseException:
            self._stack.close()
            raise
        self._declaration = self._track.declaration
        declared = None if self._declaration is None else self._declaration.layout
        name = printable(self.path)
        self._converter = AudioConverter(name, self.sample_rate, self.layout, self._recorded_as, declared)
        return self

    def _open_track(self, container: InputContainer) -> AudioTrack | TrackPair:
        pair = self._pair or default_pair(container)
        if pair is None:
            return AudioTrack(container, self.path)
        return TrackPair(self.path, pair, self._stack, is_stated=self._pair is not None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._notes = self.notes
        self._stack.close()
        self._track = None

    @property
    def notes(self) -> list[str]:
        """Problems of the audio read so far, one line each; complete after the iteration."""
        if self._track is None:
            return self._notes
        notes = self._converter.notes + self._track.notes()
        if self._declaration is None:
            return notes
        return [_declaration_note(self._declaration, self._recorded_as), *notes]

    @property
    def recorded_layout(self) -> ChannelLayout:
        """Channel layout of the audio in the file, known after the first block."""
        stated = self._converter.recorded_layout(self._channel_names)
        if stated is not None and stated.stereo_gains is not None:
            return stated.with_channels(len(self._channel_names))
        named = layout_from_channel_names(self._channel_names)
        return self.layout if named.foa_gains is None and self.layout.stereo_gains is not None else named

    def __iter__(self) -> Iterator[Samples]:
        if self._track is None:
            raise ValueError("AudioReader is a context manager: with AudioReader(path) as reader: ...")
        yield from _equal_blocks(self._converted(self._track), self._block_samples, self.layout.channels)

    def _converted(self, track: AudioTrack | TrackPair) -> Iterator[Samples]:
        for chunk in track:
            if len(chunk.channel_names) > len(self._channel_names):
                self._channel_names = chunk.channel_names
            yield self._converter.push(chunk)
        yield self._converter.finish()


def read_audio(
    path: str | Path, sample_rate: int = 24000, layout: str | ChannelLayout = STEREO
) -> tuple[Samples, list[str]]:
    """Reads the whole audio of a short file; see `AudioReader`.

    Args:
        path: Path of the file.
        sample_rate: Sampling rate of the output in Hz.
        layout: Channel layout of the output, or its name.

    Returns:
        The waveform ``(channels, samples)``, and the notes of the reader.

    Raises:
        MediaError: If the file has no audio or its audio cannot be converted to the layout.
        ValueError: If the layout is unknown or the sampling rate is out of range.
    """
    with AudioReader(path, sample_rate, layout) as reader:
        blocks = list(reader)
        return np.concatenate(blocks, axis=1), reader.notes


def _declaration_note(declaration: LayoutDeclaration, recorded_as: ChannelLayout | None) -> str:
    layout = declaration.layout
    if recorded_as is None or recorded_as.with_channels(layout.channels) == layout:
        return declaration.note
    return f"{declaration.note}; the stated layout '{recorded_as.name}' is not used"


def _equal_blocks(chunks: Iterator[Samples], length: int, channels: int) -> Iterator[Samples]:
    """Cuts a signal into blocks of `length` samples; the last one may be shorter, none is empty."""
    block = np.empty((channels, length), dtype=np.float32)
    filled = 0
    for chunk in chunks:
        while chunk.shape[1]:
            copied = min(length - filled, chunk.shape[1])
            block[:, filled : filled + copied] = chunk[:, :copied]
            chunk, filled = chunk[:, copied:], filled + copied
            if filled == length:
                yield block
                block, filled = np.empty((channels, length), dtype=np.float32), 0
    if filled:
        yield block[:, :filled].copy()

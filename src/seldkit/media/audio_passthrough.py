"""The sound of a file in another file: packet by packet as it is, or encoded again where that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError, InvalidDataError

from seldkit.channels import MONO, STEREO, ChannelLayout
from seldkit.media.audio import AudioReader
from seldkit.media.containers import audio_stream, discard_other_streams, open_media
from seldkit.media.stream_decoder import MAX_READ_ERRORS, StreamClock, stream_duration, stream_start
from seldkit.types import Samples

_MP4: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
COPYABLE_CODECS: Final = {
    ".mp4": _MP4 | {"opus", "flac"},
    ".mov": _MP4 | {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le"},
    ".mkv": _MP4 | {"opus", "flac", "vorbis", "pcm_s16le", "pcm_s24le", "pcm_f32le"},
}
"""Codecs of sound that a container can hold so that players find them, by its suffix."""
AAC_SAMPLE_RATES_HZ: Final = (16000, 22050, 24000, 32000, 44100, 48000)
BITS_PER_SECOND_PER_CHANNEL: Final = 96000
"""Bits a second of each channel that is encoded again."""
MAX_PADDING_SECONDS: Final = Fraction(1, 10)
"""Seconds of sound after a stream's declared end that are its encoder's padding."""


class PassthroughAudio:
    """The sound that seldkit hears of `path`, written into `output` bit by bit as its time comes.

    A context manager; entering it adds the stream, before anything is written. Time counts from the
    presentation's start, so that sound and picture stay where they were to each other.

    layout: the channel layout of the sound where the file does not declare it. What is not for loudspeakers
        is decoded to a coincident stereo pair.
    end: seconds at which the sound written so far ends; ended: whether that is all.
    """

    def __init__(
        self, path: Path, output: OutputContainer, suffix: str, layout: ChannelLayout | None = None
    ) -> None:
        self._damaged, self._changed = 0, ""
        self.end = 0.0
        self.ended = False
        self._path, self._output, self._layout = path, output, layout
        self._holds = COPYABLE_CODECS[suffix]
        self._stack = ExitStack()
        self._packets: Iterator[Any] = iter(())
        self._next: Any = None

    def __enter__(self) -> PassthroughAudio:
        try:
            self._packets = self._opened()
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
        self._stack.close()

    @property
    def note(self) -> str | None:
        """What was changed or left out so far, in one line."""
        lost = f"{self._damaged} damaged packet(s) of sound left out" if self._damaged else ""
        return "; ".join(part for part in (self._changed, lost) if part) or None

    def write_until(self, seconds: float) -> None:
        """Write all sound that begins before a time."""
        while not self.ended:
            if self._next is None:
                self._next = next(self._packets, None)
            if self._next is None:
                self.ended = True
            elif self._next.pts * self._next.time_base >= seconds:
                return
            else:
                self._write(self._next)
                self._next = None

    def _write(self, packet: Any) -> None:
        self.end = max(self.end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        try:
            self._output.mux(packet)
        except InvalidDataError:  # where a container wants packets in another form, damaged ones have none
            self._damaged += 1

    def _opened(self) -> Iterator[Any]:
        container = self._stack.enter_context(open_media(self._path))
        stream = audio_stream(container)
        if stream is None:
            return iter(())
        codec = stream.codec_context.codec.canonical_name
        spatial = self._layout
        if spatial is not None and (spatial.stereo_gains is None or spatial.channels != stream.channels):
            spatial = None
        if codec in self._holds and spatial is None:
            kept = self._output.add_stream_from_template(stream, opaque=True)
            kept.codec_context.codec_tag = "\0\0\0\0"
            return _copied(container, stream, kept)
        self._stack.close()
        return self._encoded(codec, stream.channels or 2, stream.sample_rate, spatial)

    def _encoded(self, codec: str, channels: int, rate: int, spatial: ChannelLayout | None) -> Iterator[Any]:
        layout = MONO if channels == 1 else STEREO
        rate = rate if rate in AAC_SAMPLE_RATES_HZ else 48000
        stream: Any = self._output.add_stream("aac", rate=rate, layout=layout.name)
        stream.bit_rate = BITS_PER_SECOND_PER_CHANNEL * min(2, channels)
        reason = f"{codec}, which this container cannot hold" if spatial is None else spatial.title
        mixed = " as stereo" if channels > 2 else ""
        self._changed = f"the sound was encoded again as AAC{mixed}: it was {reason}"
        reader = AudioReader(self._path, rate, layout, block_seconds=1.0, recorded_as=spatial)
        gain = np.float32(1.0 if spatial is None else spatial.headroom_gain)
        return _aac(stream, (block * gain for block in self._stack.enter_context(reader)), rate)


def _copied(container: InputContainer, stream: Any, kept: Any) -> Iterator[Any]:
    """Packets as they are, at times that always rise, without the padding that their container hides."""
    discard_other_streams(container, stream)
    clock, base = StreamClock(container), stream.time_base
    start, declared = stream_start(stream), stream_duration(stream)
    origin = 0.0 if start is None else clock.seconds(round(start / base), base, 0.0)
    limit = None if declared is None else Fraction(origin + declared)
    expected, before = origin, None
    for packet in demuxed(container, stream):
        if packet.pts is None and packet.dts is None and before is None:
            continue
        time = clock.seconds(packet.pts if packet.pts is not None else packet.dts, base, expected)
        pts = round(time / float(base))
        if before is not None and pts <= before:
            continue
        end = Fraction(pts + (packet.duration or 0)) * base
        if limit is not None and 0 < end - limit < MAX_PADDING_SECONDS and packet.duration:
            packet.duration = max(0, round((limit - pts * base) / base))
        packet.pts = packet.dts = pts
        packet.stream = kept
        expected, before = float(end), pts
        yield packet


def demuxed(container: InputContainer, stream: Any) -> Iterator[Any]:
    """A stream's packets that hold anything, past errors of reading."""
    for _ in range(MAX_READ_ERRORS):
        try:
            yield from (packet for packet in container.demux(stream) if packet.size)
            return
        except (FFmpegError, OSError):
            continue


def _aac(stream: Any, blocks: Iterator[Samples], rate: int) -> Iterator[Any]:
    resampler = av.AudioResampler(stream.format, stream.layout, rate, frame_size=stream.frame_size or 1024)
    written = 0
    for block in blocks:
        packed = np.ascontiguousarray(np.clip(block, -1.0, 1.0).T.reshape(1, -1), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=stream.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, written, Fraction(1, rate)
        written += block.shape[1]
        for ready in resampler.resample(frame):
            yield from stream.encode(ready)
    for ready in resampler.resample(None):
        yield from stream.encode(ready)
    yield from stream.encode(None)

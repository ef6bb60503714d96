"""Audio of a file in another file: packets are copied, or encoded again if the container requires it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import InvalidDataError

from seldkit.channels import MONO, STEREO, ChannelLayout
from seldkit.media.audio import AudioReader
from seldkit.media.audio_encoder import AAC_OPTIONS, encode_audio
from seldkit.media.containers import audio_stream, discard_other_streams, open_media
from seldkit.media.stream_copy import StreamCopy, stream_packets
from seldkit.media.stream_decoder import StreamClock, stream_duration, stream_start
from seldkit.media.stream_layout import stream_layout

_MP4: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
COPYABLE_CODECS: Final = {
    ".mp4": _MP4 | {"opus", "flac"},
    ".mov": _MP4 | {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le"},
    ".mkv": _MP4 | {"opus", "flac", "vorbis", "pcm_s16le", "pcm_s24le", "pcm_f32le"},
}
"""Audio codecs that players support in a container, by suffix."""
AAC_SAMPLE_RATES_HZ: Final = (16000, 22050, 24000, 32000, 44100, 48000)
BITS_PER_SECOND_PER_CHANNEL: Final = 96000
"""Bit rate of audio that is encoded again."""
MAX_PADDING_SECONDS: Final = Fraction(1, 10)
"""Longest padding of an encoder after the declared end of a stream."""


class PassthroughAudio(StreamCopy):
    """Copies the audio track that seldkit reads from a file to an output file.

    Times count from the start of the presentation, so that audio and video stay synchronous. Codecs that the
    output cannot contain are encoded again as AAC.

    Args:
        path: File with the audio.
        output: File to be written.
        suffix: Suffix of the output, one of `COPYABLE_CODECS`.
        layout: Channel layout of a file that does not declare it. Ambisonics and array signals are decoded to
            stereo.
        copied_codecs: Codecs to copy; all others are encoded again. None: those of `COPYABLE_CODECS`.

    Attributes:
        end: Time in seconds at which the audio written so far ends.
    """

    def __init__(
        self,
        path: Path,
        output: OutputContainer,
        suffix: str,
        layout: ChannelLayout | None = None,
        copied_codecs: Set[str] | None = None,
    ) -> None:
        super().__init__(output)
        self.end = 0.0
        self._path, self._layout = path, layout
        self._copyable = COPYABLE_CODECS[suffix] if copied_codecs is None else copied_codecs
        self._damaged_packets, self._change = 0, ""

    @property
    def note(self) -> str | None:
        """Describes what was changed or skipped so far, in one line; None if nothing was."""
        damage = f"{self._damaged_packets} damaged audio packet(s) skipped" if self._damaged_packets else ""
        return "; ".join(part for part in (self._change, damage) if part) or None

    def _open(self) -> Iterator[tuple[float, Any]]:
        container = self._stack.enter_context(open_media(self._path))
        stream = audio_stream(container)
        if stream is None:
            return iter(())
        codec = stream.codec_context.codec.canonical_name
        decoded, channels = self._layout, stream_layout(stream).channels
        if decoded is not None and (decoded.stereo_gains is None or decoded.channels != channels):
            decoded = None
        if codec in self._copyable and decoded is None:
            copy = self._output.add_stream_from_template(stream, opaque=True)
            copy.codec_context.codec_tag = "\0\0\0\0"
            packets = _copied_packets(container, stream, copy)
        else:
            self._stack.close()
            packets = self._encoded_packets(codec, channels or 2, stream.sample_rate, decoded)
        return ((float(packet.pts * packet.time_base), packet) for packet in packets)

    def _encoded_packets(
        self, codec: str, channels: int, sample_rate: int, decoded: ChannelLayout | None
    ) -> Iterator[Any]:
        layout = MONO if channels == 1 else STEREO
        sample_rate = sample_rate if sample_rate in AAC_SAMPLE_RATES_HZ else 48000
        stream: Any = self._output.add_stream(
            "aac", rate=sample_rate, layout=layout.name, options=AAC_OPTIONS
        )
        stream.bit_rate = BITS_PER_SECOND_PER_CHANNEL * layout.channels
        source = f"{codec}, which this container cannot hold" if decoded is None else decoded.title
        mixed = " as stereo" if channels > 2 else ""
        self._change = f"the audio was encoded again as AAC{mixed}: it was {source}"
        reader = AudioReader(self._path, sample_rate, layout, block_seconds=1.0, recorded_as=decoded)
        gain = np.float32(1.0 if decoded is None else decoded.headroom_gain)
        blocks = (block * gain for block in self._stack.enter_context(reader))
        return encode_audio(stream, blocks, sample_rate, as_integers=False)

    def _write(self, packet: Any) -> None:
        self.end = max(self.end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        try:
            self._output.mux(packet)
        except InvalidDataError:  # damaged packets cannot be converted to the format of the container
            self._damaged_packets += 1


def _copied_packets(container: InputContainer, stream: Any, copy: Any) -> Iterator[Any]:
    """Packets with increasing timestamps, without the padding that the source declares."""
    discard_other_streams(container, stream)
    clock, base = StreamClock(container), stream.time_base
    start, declared = stream_start(stream), stream_duration(stream)
    # A clock of its own: packets of priming precede the start, and must not count as a restarted clock.
    origin = 0.0 if start is None else StreamClock(container).seconds(round(start / base), base, 0.0)
    limit = None if declared is None else Fraction(origin + declared)
    expected, previous_pts = origin, None
    for packet in stream_packets(container, stream):
        if packet.pts is None and packet.dts is None and previous_pts is None:
            continue
        time = clock.seconds(packet.pts if packet.pts is not None else packet.dts, base, expected)
        pts = round(time / float(base))
        if previous_pts is not None and pts <= previous_pts:
            continue
        end = Fraction(pts + (packet.duration or 0)) * base
        if limit is not None and 0 < end - limit < MAX_PADDING_SECONDS and packet.duration:
            packet.duration = max(0, round((limit - pts * base) / base))
        packet.pts = packet.dts = pts
        packet.stream = copy
        expected, previous_pts = float(end), pts
        yield packet

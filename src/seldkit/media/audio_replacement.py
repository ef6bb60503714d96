"""Writing of stereo audio to a file, optionally with the video of another file, which is copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from av.container import InputContainer, OutputContainer

from seldkit.errors import MediaError
from seldkit.media.audio_encoder import AAC_OPTIONS, encode_audio
from seldkit.media.audio_passthrough import AAC_SAMPLE_RATES_HZ
from seldkit.media.containers import discard_other_streams, open_media, printable, video_stream
from seldkit.media.media_writer import output_file
from seldkit.media.stream_copy import StreamCopy, stream_packets
from seldkit.media.stream_decoder import StreamClock
from seldkit.types import Samples

CODECS_BY_SUFFIX: Final = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".m4a": "aac",
    ".mp4": "aac",
    ".mov": "aac",
    ".mkv": "flac",
}
"""Audio codec of each kind of file."""
VIDEO_SUFFIXES: Final = frozenset({".mp4", ".mov", ".mkv"})
"""Suffixes of files that can contain video."""
UNSUPPORTED_IN_MOV: Final = frozenset({"vp8", "vp9", "av1"})
"""Video codecs that FFmpeg lists for .mov and cannot write."""
FLAC_SAMPLE_RATES_HZ: Final = range(1000, 655_351)
MAX_PACKETS_WITHOUT_DTS: Final = 32
"""Packets at the start of a stream without decoding time; codecs delay at most 16 frames."""
MAX_AAC_BIT_RATE: Final = 128_000
"""Largest bit rate of a channel, in bits per second."""
AAC_BITS_PER_SAMPLE: Final = 6
"""Bits per sample of a channel, the limit of AAC."""


def supported_sample_rate(suffix: str, sample_rate: int) -> int:
    """Returns the sampling rate with which a kind of file stores audio.

    Args:
        suffix: Suffix of the file, one of `CODECS_BY_SUFFIX`.
        sample_rate: Sampling rate of the audio in Hz.

    Returns:
        The same sampling rate if the codec supports it, else 48000 Hz.
    """
    codec = CODECS_BY_SUFFIX[suffix.lower()]
    if codec == "aac":
        supported = sample_rate in AAC_SAMPLE_RATES_HZ
    else:
        supported = codec == "pcm_s16le" or sample_rate in FLAC_SAMPLE_RATES_HZ
    return sample_rate if supported else 48000


def write_stereo_audio(
    path: str | Path, blocks: Iterable[Samples], sample_rate: int, video: Path | None = None
) -> Path:
    """Writes stereo audio in constant memory, optionally with the video of another file.

    Args:
        path: File to be written, with a suffix of `CODECS_BY_SUFFIX`. .wav and .flac have 16 bits per sample,
            .mkv has FLAC, and .m4a, .mp4 and .mov have AAC.
        blocks: Float32 audio, ``(2, samples)`` each, of any lengths, clipped to [-1, 1]. The first sample is
            at the start of the presentation of `video`.
        sample_rate: Sampling rate in Hz, as returned by `supported_sample_rate`.
        video: File whose video stream, if it has one, is copied to a .mp4, .mov or .mkv file.

    Returns:
        The path.

    Raises:
        MediaError: If the file cannot be written, or cannot contain the video.
    """
    path = Path(path)
    require_audio_suffix(path)
    suffix = path.suffix.lower()
    source = video if suffix in VIDEO_SUFFIXES else None
    with (
        output_file(path, _container_options(suffix, sample_rate)) as output,
        VideoCopy(source, output, path) as copy,
    ):
        stream = _add_audio_stream(output, CODECS_BY_SUFFIX[suffix], sample_rate)
        as_integers = CODECS_BY_SUFFIX[suffix] != "aac"
        end = 0.0
        for packet in encode_audio(stream, blocks, sample_rate, as_integers=as_integers):
            end = max(end, float((packet.pts or 0) * packet.time_base))
            copy.write_until(end)
            output.mux(packet)
        copy.write_until(float("inf"))
    return path


def require_audio_suffix(path: Path) -> None:
    """Checks that audio can be written to a file with this suffix.

    Args:
        path: File to be written.

    Raises:
        MediaError: If the suffix is not one of `CODECS_BY_SUFFIX`.
    """
    if path.suffix.lower() not in CODECS_BY_SUFFIX:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(CODECS_BY_SUFFIX)}")


def _container_options(suffix: str, sample_rate: int) -> dict[str, str]:
    """Allows WAV files above 4 GB, and durations of MP4 and MOV that are exact to one sample."""
    if suffix == ".wav":
        return {"rf64": "auto"}
    return {"movie_timescale": str(sample_rate)} if CODECS_BY_SUFFIX[suffix] == "aac" else {}


def _add_audio_stream(output: OutputContainer, codec: str, sample_rate: int) -> Any:
    options = AAC_OPTIONS if codec == "aac" else {}
    stream: Any = output.add_stream(codec, rate=sample_rate, layout="stereo", options=options)
    if codec == "aac":
        stream.bit_rate = 2 * min(MAX_AAC_BIT_RATE, AAC_BITS_PER_SAMPLE * sample_rate)
    elif codec == "flac":
        stream.codec_context.format = "s16"
    return stream


class VideoCopy(StreamCopy):
    """Copies the video stream of a file, packet by packet, to an output file.

    Args:
        source: File with the video; None, or a file without video, adds nothing.
        output: File to be written.
        path: Path of the output, for error messages.

    Raises:
        MediaError: On entering, if the output cannot contain the video.
    """

    def __init__(self, source: Path | None, output: OutputContainer, path: Path) -> None:
        super().__init__(output)
        self._source, self._path = source, path

    def _open(self) -> Iterator[tuple[float, Any]]:
        if self._source is None:
            return iter(())
        container = self._stack.enter_context(open_media(self._source))
        stream = video_stream(container)
        if stream is None:
            return iter(())
        suffix = self._path.suffix.lower()
        self._require_supported(stream.codec_context.codec.canonical_name, suffix, self._source)
        copy = self._output.add_stream_from_template(stream, opaque=True)
        if suffix == ".mkv" or not container.format.name.startswith("mov"):
            copy.codec_context.codec_tag = "\0\0\0\0"
        packets = _copied_packets(container, stream, copy)
        first = next(packets, None)
        if first is None:
            return iter(())
        if suffix == ".mkv" and first[1].is_discard:
            raise MediaError(
                f"{printable(self._path)}: cannot copy the video of {printable(self._source)}: it starts "
                "between two key frames; use the suffix .mp4"
            )
        return chain([first], packets)

    def _require_supported(self, codec: str, suffix: str, source: Path) -> None:
        if codec in self._output.supported_codecs and (suffix != ".mov" or codec not in UNSUPPORTED_IN_MOV):
            return
        remedy = ".wav or .flac, for audio only" if suffix == ".mkv" else ".mkv"
        raise MediaError(
            f"{printable(self._path)}: cannot contain the video of {printable(source)} ({codec}); "
            f"use the suffix {remedy}"
        )


def _copied_packets(container: InputContainer, stream: Any, copy: Any) -> Iterator[tuple[float, Any]]:
    """Decoding time of each packet, in seconds since the start of the presentation, and the packet."""
    discard_other_streams(container, stream)
    clock, base = StreamClock(container), stream.time_base
    expected, previous_dts, shift = 0.0, None, 0
    for packet in _with_first_dts(stream_packets(container, stream)):
        dts = round(clock.seconds(packet.dts, base, expected) / base)
        shift = shift if packet.dts is None else dts - packet.dts
        pts = dts if packet.pts is None else packet.pts + shift
        if previous_dts is not None and dts <= previous_dts:
            dts = previous_dts + 1
        packet.dts, packet.pts = dts, max(dts, pts)
        packet.stream = copy
        expected, previous_dts = float((dts + (packet.duration or 1)) * base), dts
        yield float(dts * base), packet


def _with_first_dts(packets: Iterator[Any]) -> Iterator[Any]:
    """Derives the decoding times of the first packets, which Matroska does not store."""
    first: list[Any] = []
    for packet in packets:
        first.append(packet)
        if packet.dts is not None or len(first) == MAX_PACKETS_WITHOUT_DTS:
            break
    if first and first[-1].dts is not None:
        for packet, following in zip(first[-2::-1], first[:0:-1], strict=True):
            packet.dts = following.dts - max(1, packet.duration or 1)
    yield from first
    yield from packets

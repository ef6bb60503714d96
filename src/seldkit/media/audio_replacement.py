"""A new sound in a file of its own, or beside the pictures of another file, which are copied as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer, OutputContainer

from seldkit.errors import MediaError
from seldkit.media.audio_passthrough import AAC_SAMPLE_RATES_HZ, demuxed
from seldkit.media.containers import discard_other_streams, open_media, printable, video_stream
from seldkit.media.media_writer import output_file
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
"""The codec of the sound by the file's suffix; the last three hold pictures too."""
WITH_PICTURES: Final = frozenset({".mp4", ".mov", ".mkv"})
NOT_IN_MOV: Final = frozenset({"vp8", "vp9", "av1"})
"""Codecs of pictures that FFmpeg lists for .mov and does not write."""
FLAC_RATES: Final = range(1000, 655_351)
MOST_UNDATED: Final = 32
"""Packets without a time of decoding at the beginning; codecs hold back 16 pictures at most."""
AAC_BITS: Final = (128_000, 6)
"""Bits a second of a channel at most, and for each sample a second, of which AAC allows six."""
AAC_OPTIONS: Final = {"aac_is": "0", "aac_pns": "0"}
"""Without intensity stereo and noise substitution, which give up what is left and what is right."""


def supported_sample_rate(suffix: str, rate: int) -> int:
    """The samples a second at which a file of this suffix holds sound of `rate`: the same, or 48,000."""
    codec = CODECS_BY_SUFFIX[suffix.lower()]
    holds = rate in AAC_SAMPLE_RATES_HZ if codec == "aac" else codec == "pcm_s16le" or rate in FLAC_RATES
    return rate if holds else 48000


def write_stereo_audio(
    path: str | Path, blocks: Iterable[Samples], sample_rate: int, video: Path | None = None
) -> Path:
    """Write stereo sound in constant memory, beside the pictures of another file where these are given.

    blocks: float32 arrays (2, samples), of any lengths, clipped to ±1; the first sample is heard at the
        presentation's start of `pictures`. wav and flac hold 16 bits, mkv FLAC, m4a, mp4 and mov AAC.
    sample_rate: one that `supported_sample_rate` gives back as it is.
    pictures: the file whose moving picture, if it has one, is copied packet by packet into a .mp4, .mov or
        .mkv.
    Raises MediaError where the file cannot be written, or its kind cannot hold the pictures.
    """
    path = Path(path)
    require_audio_suffix(path)
    suffix = path.suffix.lower()
    source = video if suffix in WITH_PICTURES else None
    with (
        output_file(path, _options(suffix, sample_rate)) as output,
        CopiedPictures(source, output, path) as copied,
    ):
        sound = _sound_stream(output, CODECS_BY_SUFFIX[suffix], sample_rate)
        end = 0.0
        for packet in _encoded(sound, blocks, sample_rate):
            end = max(end, float((packet.pts or 0) * packet.time_base))
            copied.write_until(end)
            output.mux(packet)
        copied.write_until(float("inf"))
    return path


def require_audio_suffix(path: Path) -> None:
    """MediaError where the suffix is none that sound is written to."""
    if path.suffix.lower() not in CODECS_BY_SUFFIX:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(CODECS_BY_SUFFIX)}")


def _options(suffix: str, rate: int) -> dict[str, str]:
    """More than 4 GB of WAV; MP4 and MOV that say their length to the sample."""
    if suffix == ".wav":
        return {"rf64": "auto"}
    return {"movie_timescale": str(rate)} if CODECS_BY_SUFFIX[suffix] == "aac" else {}


class CopiedPictures:
    """The moving picture of `source` in `output`, packet by packet at its own times; nothing without one.

    A context manager; entering it adds the stream. path: the file that is written, for errors.
    """

    def __init__(self, source: Path | None, output: OutputContainer, path: Path) -> None:
        self._source, self._output, self._path = source, output, path
        self._stack = ExitStack()
        self._packets: Iterator[tuple[float, Any]] = iter(())
        self._next: tuple[float, Any] | None = None

    def __enter__(self) -> CopiedPictures:
        try:
            if self._source is not None:
                self._open(self._source)
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

    def write_until(self, seconds: float) -> None:
        """Write all packets that are to be decoded before a time."""
        while self._next is not None and self._next[0] < seconds:
            self._output.mux(self._next[1])
            self._next = next(self._packets, None)

    def _open(self, source: Path) -> None:
        container = self._stack.enter_context(open_media(source))
        stream = video_stream(container)
        if stream is None:
            return
        codec = stream.codec_context.codec.canonical_name
        suffix = self._path.suffix.lower()
        if codec not in self._output.supported_codecs or (suffix == ".mov" and codec in NOT_IN_MOV):
            mend = ".wav or .flac, which hold sound alone" if suffix == ".mkv" else ".mkv"
            raise MediaError(
                f"{printable(self._path)}: cannot hold the pictures of {printable(source)} ({codec}) as they are; "
                f"name it {mend}"
            )
        kept = self._output.add_stream_from_template(stream, opaque=True)
        if suffix == ".mkv" or not container.format.name.startswith("mov"):
            kept.codec_context.codec_tag = "\0\0\0\0"
        self._packets = _copied(container, stream, kept)
        self._next = next(self._packets, None)
        if suffix == ".mkv" and self._next is not None and self._next[1].is_discard:
            raise MediaError(
                f"{printable(self._path)}: cannot hold the pictures of {printable(source)} as they are: they begin "
                f"between two key pictures; name it .mp4"
            )


def _copied(container: InputContainer, stream: Any, kept: Any) -> Iterator[tuple[float, Any]]:
    """When each packet is to be decoded (s since the presentation's start), and the packet."""
    discard_other_streams(container, stream)
    clock, base = StreamClock(container), stream.time_base
    expected, before, moved = 0.0, None, 0
    for packet in _dated(demuxed(container, stream)):
        dts = round(clock.seconds(packet.dts, base, expected) / base)
        moved = moved if packet.dts is None else dts - packet.dts
        shown = dts if packet.pts is None else packet.pts + moved
        if before is not None and dts <= before:
            dts = before + 1
        packet.dts, packet.pts = dts, max(dts, shown)
        packet.stream = kept
        expected, before = float((dts + (packet.duration or 1)) * base), dts
        yield float(dts * base), packet


def _dated(packets: Iterator[Any]) -> Iterator[Any]:
    """The packets with times of decoding from the first on, where Matroska only says when they are shown."""
    undated: list[Any] = []
    for packet in packets:
        undated.append(packet)
        if packet.dts is not None or len(undated) == MOST_UNDATED:
            break
    if undated and undated[-1].dts is not None:
        for packet, after in zip(undated[-2::-1], undated[:0:-1], strict=True):
            packet.dts = after.dts - max(1, packet.duration or 1)
    yield from undated
    yield from packets


def _sound_stream(output: OutputContainer, codec: str, rate: int) -> Any:
    options = AAC_OPTIONS if codec == "aac" else {}
    stream: Any = output.add_stream(codec, rate=rate, layout="stereo", options=options)
    if codec == "aac":
        stream.bit_rate = 2 * min(AAC_BITS[0], AAC_BITS[1] * rate)
    elif codec == "flac":
        stream.codec_context.format = "s16"
    return stream


def _encoded(stream: Any, blocks: Iterable[Samples], rate: int) -> Iterator[Any]:
    """The packets of the sound, rounded to 16 bits where it is kept as whole numbers."""
    whole = stream.codec_context.name != "aac"
    feed = av.AudioResampler(stream.format, "stereo", rate, frame_size=stream.frame_size or 4096)
    written = 0
    for block in blocks:
        if not block.shape[1]:
            continue
        samples = np.clip(block, -1.0, 1.0).T.reshape(1, -1)
        packed = np.rint(samples * 32767.0).astype(np.int16) if whole else samples.astype(np.float32)
        frame = av.AudioFrame.from_ndarray(packed, format="s16" if whole else "flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, written, Fraction(1, rate)
        written += block.shape[1]
        for ready in feed.resample(frame):
            yield from stream.encode(ready)
    for ready in feed.resample(None):
        yield from stream.encode(ready)
    yield from stream.encode(None)

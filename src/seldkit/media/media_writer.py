"""Writing of audio and video files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from numpy.typing import ArrayLike

from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.media.audio_encoder import AAC_OPTIONS, encode_audio
from seldkit.media.containers import printable
from seldkit.types import Samples

_AUDIO_CODECS: Final = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".m4a": "aac",
    ".mp4": "aac",
    ".mov": "aac",
    ".mkv": "aac",
    ".aac": "aac",
    ".ogg": "libopus",
    ".opus": "libopus",
    ".webm": "libopus",
    ".mp3": "libmp3lame",
}
_VIDEO_SUFFIXES: Final = (".mp4", ".mov", ".mkv")
_PRESETS: Final = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip
_LAYOUTS: Final = ("mono", "stereo", "2.1", "quad", "5.0", "5.1", "6.1", "7.1")
_BITS_PER_SECOND_PER_CHANNEL: Final = 96000
_BLOCK_SAMPLES: Final = 16384

REPRODUCIBLE_X264_OPTIONS: Final = {"threads": "1", "x264-params": "mbtree=0"}
"""Options of libx264 for identical files on each run.

With mbtree, one file in ten differs if the height is no multiple of 16, probably because uninitialized memory
is read (x264 in FFmpeg 8).
"""


def write_audio(path: str | Path, waveform: ArrayLike, sample_rate: int) -> Path:
    """Writes a waveform to an audio file.

    Args:
        path: File to be written; its suffix determines the format. .wav and .flac have 16 bits per sample and
            up to 8 channels. .m4a, .ogg, .opus, .webm and .mp3 are lossy and have one or two.
        waveform: Audio, ``(channels, samples)``, clipped to [-1, 1].
        sample_rate: Sampling rate in Hz.

    Returns:
        The path.

    Raises:
        MediaError: If the file cannot be written.
    """
    path = Path(path)
    codec = _AUDIO_CODECS.get(path.suffix.lower())
    if codec is None:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(_AUDIO_CODECS)}")
    samples = _checked(waveform)
    with output_file(path) as output:
        _write_samples(
            output, _add_audio_stream(output, codec, len(samples), sample_rate), samples, sample_rate
        )
    return path


def write_video(
    path: str | Path,
    frames: Iterable[ArrayLike],
    fps: float,
    audio: tuple[ArrayLike, int] | None = None,
    crf: int = 23,
    preset: str = "medium",
    threads: int = 0,
) -> Path:
    """Writes a video file with H.264 (yuv420p) and, optionally, AAC. Frames are encoded one at a time.

    Args:
        path: File to be written, with the suffix .mp4, .mov or .mkv.
        frames: Video frames, uint8 RGB of shape ``(height, width, 3)``, all of one size. An odd width or
            height loses its last column or row.
        fps: Frame rate in Hz.
        audio: Waveform, ``(channels, samples)``, and its sampling rate in Hz; it starts with the first frame.
        crf: Constant rate factor of x264, between 0 (lossless) and 51.
        preset: Preset of x264, from "ultrafast" to "veryslow"; "veryfast" takes half the time of "medium".
        threads: Number of encoder threads; 0: as many as there are cores. 1 gives identical files on each
            run.

    Returns:
        The path.

    Raises:
        MediaError: If the file cannot be written, or there are no frames.
        ValueError: If the preset is unknown.
    """
    path = Path(path)
    if preset not in _PRESETS:
        raise ValueError(f"expected a preset of {' '.join(_PRESETS)}, got {preset!r}")
    if path.suffix.lower() not in _VIDEO_SUFFIXES:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(_VIDEO_SUFFIXES)}")
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        raise MediaError(f"{printable(path)}: a video requires at least one frame, got none")
    options = {"crf": str(crf), "preset": preset, "threads": str(threads)}
    if threads == 1:
        options |= REPRODUCIBLE_X264_OPTIONS
    with output_file(path) as output:
        samples = None if audio is None else _checked(audio[0])
        sample_rate = 0 if audio is None else audio[1]
        stream = None if samples is None else _add_audio_stream(output, "aac", len(samples), sample_rate)
        _write_frames(output, chain([first], remaining), fps, options)
        if samples is not None:
            _write_samples(output, stream, samples, sample_rate)
    return path


@contextmanager
def output_file(path: Path, options: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    """Opens a media file for writing. The file is complete or does not exist.

    The index of MP4 and MOV files is written at the start.

    Args:
        path: File to be written.
        options: Further options of the container.

    Yields:
        The open file.

    Raises:
        MediaError: If the file cannot be written.
    """
    all_options = {"movflags": "+faststart"} if path.suffix.lower() in (".mp4", ".mov", ".m4a") else {}
    all_options |= options or {}
    try:
        with (
            replacing(path) as temporary,
            av.open(f"file:{temporary}", "w", options=all_options) as output,
        ):
            yield output
    except (FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{printable(path)}: cannot be written ({reason})") from None


def _checked(waveform: ArrayLike) -> Samples:
    samples = np.asarray(waveform, dtype=np.float32)
    if samples.ndim != 2 or not 1 <= len(samples) <= 8 or not samples.shape[1]:
        raise MediaError(f"expected a waveform (channels, samples) of 1 to 8 channels, got {samples.shape}")
    return np.clip(np.nan_to_num(samples), -1.0, 1.0)


def _add_audio_stream(output: OutputContainer, codec: str, channels: int, sample_rate: int) -> Any:
    stream_rate = 48000 if codec == "libopus" else sample_rate
    options = AAC_OPTIONS if codec == "aac" else {}
    layout = _LAYOUTS[channels - 1]
    stream: Any = output.add_stream(codec, rate=stream_rate, layout=layout, options=options)
    if codec not in ("pcm_s16le", "flac"):
        stream.bit_rate = _BITS_PER_SECOND_PER_CHANNEL * channels
    return stream


def _write_samples(output: OutputContainer, stream: Any, samples: Samples, sample_rate: int) -> None:
    """Rounds to 16 bits; the encoder changes the format, the frame size and, for Opus, the sampling rate."""
    starts = range(0, samples.shape[1], _BLOCK_SAMPLES)
    blocks = (samples[:, start : start + _BLOCK_SAMPLES] for start in starts)
    for packet in encode_audio(stream, blocks, sample_rate, as_integers=True):
        output.mux(packet)


def _write_frames(
    output: OutputContainer, frames: Iterable[ArrayLike], fps: float, options: dict[str, str]
) -> None:
    stream: Any = None
    rate = Fraction(fps).limit_denominator(1001)
    for number, image in enumerate(frames):
        array = np.asarray(image, dtype=np.uint8)
        array = np.ascontiguousarray(array[: array.shape[0] // 2 * 2, : array.shape[1] // 2 * 2])
        if stream is None:
            stream = output.add_stream("libx264", rate=rate, options=options)
            stream.height, stream.width = array.shape[:2]
            stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(array, format="rgb24")
        frame.pts, frame.time_base = number, 1 / rate
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))

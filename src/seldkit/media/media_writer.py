"""Writing sound and video files."""

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
from numpy.typing import ArrayLike, NDArray

from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.media.containers import printable

_AUDIO_CODECS = {
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
_VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv")
_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
_LAYOUTS = ("mono", "stereo", "2.1", "quad", "5.0", "5.1", "6.1", "7.1")
_PIECE = 16384

REPRODUCIBLE_X264_OPTIONS: Final = {"threads": "1", "x264-params": "mbtree=0"}
"""libx264's options for a file of the same bytes each time: with mbtree one file in ten came out otherwise
where a height is no multiple of 16, as if it read memory that was never written (x264 in FFmpeg 8).
"""


def write_audio(path: str | Path, waveform: ArrayLike, sample_rate: int) -> Path:
    """Write a waveform (channels, samples), clipped to ±1, in the format of the suffix.

    wav and flac hold 16 bits a sample and any number of channels up to 8; m4a, ogg, opus, webm and mp3 are
    lossy and hold one or two. Raises MediaError where the file cannot be written.
    """
    path = Path(path)
    codec = _AUDIO_CODECS.get(path.suffix.lower())
    if codec is None:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(_AUDIO_CODECS)}")
    samples = _as_samples(waveform)
    with output_file(path) as output:
        _encode_audio(output, codec, samples, sample_rate)
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
    """Write pictures (height, width, 3), uint8 RGB, as H.264 (yuv420p), with sound as AAC where given.

    frames: of one size; an odd width or height loses its last column or row. audio: the waveform
    (channels, samples) and its samples a second, both from the same start. crf: 0 (lossless) to 51.
    preset: x264's, from ultrafast to veryslow; veryfast takes half of medium's time. threads: of the encoder;
    0 for as many as there are cores, 1 for a file of the same bytes each time.
    The pictures are encoded one at a time. Raises MediaError where the file cannot be written.
    """
    path = Path(path)
    if preset not in _PRESETS:
        raise ValueError(f"expected a preset of {' '.join(_PRESETS)}, got {preset!r}")
    if path.suffix.lower() not in _VIDEO_SUFFIXES:
        raise MediaError(f"{printable(path)}: expected one of the suffixes {' '.join(_VIDEO_SUFFIXES)}")
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise MediaError(f"{printable(path)}: a video needs at least one picture, got none")
    options = {"crf": str(crf), "preset": preset, "threads": str(threads)}
    if threads == 1:
        options |= REPRODUCIBLE_X264_OPTIONS
    with output_file(path) as output:
        sound = None if audio is None else _audio_stream(output, "aac", _as_samples(audio[0]), audio[1])
        _encode_video(output, chain([first], pictures), fps, options)
        if audio is not None and sound is not None:
            _feed_audio(output, sound, _as_samples(audio[0]), audio[1])
    return path


@contextmanager
def output_file(path: Path, more: dict[str, str] | None = None) -> Iterator[OutputContainer]:
    """A media file to be written, which is whole or absent; MP4 and MOV with their index in front.

    more: further options of the container. Raises MediaError where it cannot be written.
    """
    options = {"movflags": "+faststart"} if path.suffix.lower() in (".mp4", ".mov", ".m4a") else {}
    options |= more or {}
    try:
        with replacing(path) as temporary, av.open(f"file:{temporary}", "w", options=options) as output:
            yield output
    except (FFmpegError, OSError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise MediaError(f"{printable(path)}: cannot be written ({reason})") from None


def _as_samples(waveform: ArrayLike) -> NDArray[np.float32]:
    samples = np.asarray(waveform, dtype=np.float32)
    if samples.ndim != 2 or not 1 <= len(samples) <= 8 or not samples.shape[1]:
        raise MediaError(f"expected a waveform (channels, samples) of 1 to 8 channels, got {samples.shape}")
    return np.clip(np.nan_to_num(samples), -1.0, 1.0)


def _encode_audio(
    output: OutputContainer, codec: str, samples: NDArray[np.float32], sample_rate: int
) -> None:
    _feed_audio(output, _audio_stream(output, codec, samples, sample_rate), samples, sample_rate)


def _audio_stream(output: OutputContainer, codec: str, samples: NDArray[np.float32], sample_rate: int) -> Any:
    layout = _LAYOUTS[len(samples) - 1]
    rate = 48000 if codec == "libopus" else sample_rate
    stream: Any = output.add_stream(codec, rate=rate, layout=layout)
    if codec not in ("pcm_s16le", "flac"):
        stream.bit_rate = 96000 * len(samples)
    return stream


def _feed_audio(output: OutputContainer, stream: Any, samples: NDArray[np.float32], sample_rate: int) -> None:
    """Sixteen bits, rounded here; the resampler that the encoder is fed through changes format and frame
    size (for Opus the rate too), never the channels.
    """
    whole = np.rint(samples * 32767.0).astype(np.int16)
    resampler = av.AudioResampler(
        stream.format, stream.layout, stream.rate, frame_size=stream.frame_size or None
    )
    for start in range(0, whole.shape[1], _PIECE):
        piece = whole[:, start : start + _PIECE].T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(piece), format="s16", layout=stream.layout.name
        )
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, Fraction(1, sample_rate)
        for ready in resampler.resample(frame):
            output.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        output.mux(stream.encode(ready))
    output.mux(stream.encode(None))


def _encode_video(
    output: OutputContainer, pictures: Iterable[ArrayLike], fps: float, options: dict[str, str]
) -> None:
    stream: Any = None
    rate = Fraction(fps).limit_denominator(1001)
    for number, picture in enumerate(pictures):
        array = np.asarray(picture, dtype=np.uint8)
        array = np.ascontiguousarray(array[: array.shape[0] // 2 * 2, : array.shape[1] // 2 * 2])
        if stream is None:
            stream = output.add_stream("libx264", rate=rate, options=options)
            stream.height, stream.width = array.shape[:2]
            stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(array, format="rgb24")
        frame.pts, frame.time_base = number, 1 / rate
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))

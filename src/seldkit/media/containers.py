"""Opening of untrusted media files: audio and video files on the local disk only."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from seldkit.errors import MediaError

DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dv,eac3,flac,flv,gsm,ivf,loas,m4v,matroska,mov,mp3,mpc,mpc8,mpeg,"
    "mpegts,mpegvideo,mxf,nut,ogg,rm,tak,truehd,tta,voc,w64,wav,webm,wv,h264,hevc,mp4,m4a,3gp,3g2,mj2"
)
"""FFmpeg demuxers of files that contain their own audio and video.

Excluded are playlists and scripts (hls, dash, concat, ...), which refer to other files or addresses, image
sequences, subtitles, devices and raw samples without a header.
"""
MAX_PIXELS = 2**26
"""Largest number of pixels of a video frame: 8192 x 8192, 200 MB as RGB."""
SAMPLE_RATES_HZ = range(1000, 768_001)
"""Valid sampling rates of audio."""
WAV_PROBE_BYTES = 65536
"""Bytes of a WAV file that are searched for AC-3 or DTS, which would start at the first sample.

The default of FFmpeg, 5 MB, takes most of the time of opening and reading a clip.
"""

_S = TypeVar("_S", bound=Stream)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_STILL_IMAGE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@contextmanager
def open_media(path: str | Path) -> Iterator[InputContainer]:
    """Opens an audio or video file.

    Args:
        path: Path of the file.

    Yields:
        The open file.

    Raises:
        MediaError: If the file is no media file or cannot be read.
    """
    path = Path(path)
    _require_readable_file(path)
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "max_pixels": str(MAX_PIXELS)}
    if _is_wav(path):
        options["probesize"] = str(WAV_PROBE_BYTES)
    try:
        # The prefix prevents FFmpeg from interpreting a name such as "concat:a.mp4".
        container = av.open(f"file:{path}", mode="r", options=options, metadata_errors="replace")
    except (FFmpegError, ValueError, OSError) as error:
        raise MediaError(f"{printable(path)}: {_reason_for_no_media(path, error)}") from None
    with container:
        yield container


def audio_stream(container: InputContainer) -> AudioStream | None:
    """Selects the audio stream of a file.

    Args:
        container: Open file.

    Returns:
        The default stream, else the first one that can be decoded; None without audio.
    """
    streams = _decodable(container.streams.audio)
    defaults = [stream for stream in streams if Disposition.default in stream.disposition]
    return next(iter(defaults or streams), None)


def video_stream(container: InputContainer) -> VideoStream | None:
    """Selects the video stream of a file.

    Args:
        container: Open file.

    Returns:
        The default stream, else the first one, without cover art and thumbnails; None without video.
    """
    streams = [stream for stream in _decodable(container.streams.video) if not is_cover_art(stream)]
    defaults = [stream for stream in streams if Disposition.default in stream.disposition]
    return next(iter(defaults or streams), None)


def is_cover_art(stream: VideoStream) -> bool:
    """Returns whether a video stream is a still image that is attached to the file.

    Args:
        stream: Video stream.

    Returns:
        True for cover art and thumbnails.
    """
    return bool(stream.disposition & _STILL_IMAGE)


def discard_other_streams(container: InputContainer, stream: Stream) -> None:
    """Lets the demuxer skip the packets of all other streams.

    Args:
        container: Open file.
        stream: Stream to be read.
    """
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all


def require_audio(container: InputContainer, path: Path) -> AudioStream:
    """Selects the audio stream of a file that must have one.

    Args:
        container: Open file.
        path: Path of the file, for error messages.

    Returns:
        The audio stream.

    Raises:
        MediaError: If there is no audio, or its sampling rate is invalid.
    """
    stream = audio_stream(container)
    if stream is None:
        if container.streams.audio:
            raise MediaError(
                f"{printable(path)} has audio that cannot be decoded; convert it to WAV, FLAC or AAC"
            )
        raise MediaError(
            f"{printable(path)} has no audio; seldkit requires an audio track, so use a file with audio"
        )
    require_sample_rate(path, stream.sample_rate or SAMPLE_RATES_HZ.start)
    return stream


def require_video(container: InputContainer, path: Path) -> VideoStream:
    """Selects the video stream of a file that must have one.

    Args:
        container: Open file.
        path: Path of the file, for error messages.

    Returns:
        The video stream.

    Raises:
        MediaError: If there is no video, or the size of its frames is invalid.
    """
    stream = video_stream(container)
    if stream is None:
        content = "only cover art" if container.streams.video else "no video"
        raise MediaError(f"{printable(path)} has {content}; expected a file with a video track")
    require_size(path, stream.width, stream.height)
    return stream


def require_sample_rate(path: Path, sample_rate: int) -> None:
    """Checks the sampling rate of a file.

    Args:
        path: Path of the file, for the error message.
        sample_rate: Sampling rate in Hz.

    Raises:
        MediaError: If the sampling rate is not in `SAMPLE_RATES_HZ`.
    """
    if sample_rate not in SAMPLE_RATES_HZ:
        raise MediaError(
            f"{printable(path)} declares a sampling rate of {sample_rate} Hz; expected "
            f"{SAMPLE_RATES_HZ.start} to {SAMPLE_RATES_HZ.stop - 1} Hz; the header is damaged or the file is "
            "not audio"
        )


def require_size(path: Path, width: int, height: int) -> None:
    """Checks the size of the video frames of a file.

    Args:
        path: Path of the file, for the error message.
        width: Width in pixels.
        height: Height in pixels.

    Raises:
        MediaError: If a frame is empty or has more than `MAX_PIXELS` pixels.
    """
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise MediaError(
            f"{printable(path)} declares video frames of {width}×{height} pixels; expected at least 1×1 and "
            f"at most {MAX_PIXELS} pixels in total; the header is damaged, or scale the video down"
        )


def printable(path: Path) -> str:
    """Converts a path to one line of text for messages.

    Args:
        path: Path of any file.

    Returns:
        The path; characters that cannot be printed are replaced by "?".
    """
    return "".join(character if character.isprintable() else "?" for character in str(path))


def _decodable(streams: Sequence[_S]) -> list[_S]:
    return [stream for stream in streams if stream.codec_context is not None]


def _require_readable_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        if _URL.match(str(path)):
            raise MediaError(
                f"{printable(path)}: expected a file, got an address; download it first"
            ) from None
        raise MediaError(f"{printable(path)}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{printable(path)}: cannot be read ({reason})") from None
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"{printable(path)}: expected an audio or video file, got a folder")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(
            f"{printable(path)}: expected a regular file, got a pipe or a device; save it to a file first"
        )
    if status.st_size == 0:
        raise MediaError(f"{printable(path)}: the file is empty")
    if not os.access(path, os.R_OK):
        raise MediaError(f"{printable(path)}: no permission to read the file")


def _is_wav(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(12)
    return header[:4] in (b"RIFF", b"RF64") and header[8:] == b"WAVE"


def _reason_for_no_media(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        header = file.read(4096)
    if header.lstrip().startswith((b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"#!")):
        return "expected an audio or video file, got a playlist or script; use the files that it lists"
    if not any(header):
        return "expected an audio or video file, got zeros; the download or copy did not finish"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in header) and _is_text(header):
        return "expected an audio or video file, got text"
    reason = printable(Path(getattr(error, "strerror", None) or str(error)))
    return f"expected an audio or video file, got damaged data or another kind of file ({reason})"


def _is_text(header: bytes) -> bool:
    try:
        header[:4000].decode()
    except UnicodeDecodeError as error:
        return error.start > len(header[:4000]) - 4
    return True

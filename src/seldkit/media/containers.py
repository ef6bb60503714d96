"""Opening a file that somebody else made: only sound and video files, only from this disk."""

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
"""FFmpeg's readers of files that hold their own sound and pictures.

Left out on purpose: playlists and scripts (hls, dash, concat …), which name other files or addresses, image
sequences, subtitles, devices and raw samples without a header.
"""
MAX_PIXELS = 2**26
"""Pixels of a picture beyond which a video is refused: 8192 × 8192, 200 MB as RGB."""
SAMPLE_RATES_HZ = range(1000, 768_001)
"""Samples a second that a sound file can mean seriously."""
WAV_PROBE_BYTES = 65536
"""Bytes of a WAV file's samples that are searched for AC-3 or DTS in disguise, which begins at once where it
is there. FFmpeg's own limit is 5 MB, which takes most of the time of opening and reading a clip.
"""

_S = TypeVar("_S", bound=Stream)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_NOT_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


@contextmanager
def open_media(path: str | Path) -> Iterator[InputContainer]:
    """A sound or video file, opened. Raises MediaError where it is not one or cannot be read."""
    path = Path(path)
    _require_readable_file(path)
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "max_pixels": str(MAX_PIXELS)}
    if _is_wav(path):
        options["probesize"] = str(WAV_PROBE_BYTES)
    try:
        # The prefix keeps a name such as "concat:a.mp4" a name. Tags in other encodings are not our concern.
        container = av.open(f"file:{path}", mode="r", options=options, metadata_errors="replace")
    except (FFmpegError, ValueError, OSError) as problem:
        raise MediaError(f"{printable(path)}: {_not_media(path, problem)}") from None
    with container:
        yield container


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The default sound track, else the first that can be decoded, else None."""
    streams = _usable(container.streams.audio)
    defaults = [stream for stream in streams if Disposition.default in stream.disposition]
    return next(iter(defaults or streams), None)


def video_stream(container: InputContainer) -> VideoStream | None:
    """The default moving picture, else the first, else None; cover art and thumbnails are none."""
    streams = [stream for stream in _usable(container.streams.video) if not is_cover_art(stream)]
    defaults = [stream for stream in streams if Disposition.default in stream.disposition]
    return next(iter(defaults or streams), None)


def is_cover_art(stream: VideoStream) -> bool:
    """Whether a video stream is a still picture attached to the file."""
    return bool(stream.disposition & _NOT_PICTURES)


def discard_other_streams(container: InputContainer, wanted: Stream) -> None:
    """Let the file's reader skip the data of all other streams."""
    for stream in container.streams:
        if stream.index != wanted.index:
            stream.discard = Discard.all


def require_audio(container: InputContainer, path: Path) -> AudioStream:
    """The sound track; MediaError where there is none or its declared shape makes no sense."""
    stream = audio_stream(container)
    if stream is None:
        if container.streams.audio:
            raise MediaError(
                f"{printable(path)} has sound of a kind that cannot be decoded; convert it to WAV, FLAC or AAC"
            )
        raise MediaError(
            f"{printable(path)} has no sound; seldkit needs a sound track, so give the recording with its sound"
        )
    require_sample_rate(path, stream.sample_rate or SAMPLE_RATES_HZ.start)
    return stream


def require_video(container: InputContainer, path: Path) -> VideoStream:
    """The moving picture; MediaError where there is none or its declared size makes no sense."""
    stream = video_stream(container)
    if stream is None:
        what = "only cover art" if container.streams.video else "no picture"
        raise MediaError(f"{printable(path)} has {what}; expected a video with moving pictures")
    require_size(path, stream.width, stream.height)
    return stream


def require_sample_rate(path: Path, rate: int) -> None:
    """MediaError where the sound's rate is absurd."""
    if rate not in SAMPLE_RATES_HZ:
        raise MediaError(
            f"{printable(path)} declares {rate} samples a second; expected {SAMPLE_RATES_HZ.start} to "
            f"{SAMPLE_RATES_HZ.stop - 1}; the header is damaged or the file is not sound"
        )


def require_size(path: Path, width: int, height: int) -> None:
    """MediaError where a picture is empty or larger than memory should be spent on."""
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise MediaError(
            f"{printable(path)} declares pictures of {width}×{height} pixels; expected at least 1×1 and at most "
            f"{MAX_PIXELS} pixels in all; the header is damaged, or scale the video down"
        )


def printable(path: Path) -> str:
    """A path as one line of text, whatever its name holds."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(path))


def _usable(streams: Sequence[_S]) -> list[_S]:
    return [stream for stream in streams if stream.codec_context is not None]


def _require_readable_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        if _URL.match(str(path)):
            raise MediaError(
                f"{printable(path)}: expected a file, got an address; download it first and give the file"
            ) from None
        raise MediaError(f"{printable(path)}: no such file") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise MediaError(f"{printable(path)}: cannot be read ({reason})") from None
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"{printable(path)}: expected a sound or video file, got a folder")
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
        head = file.read(12)
    return head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE"


def _not_media(path: Path, problem: Exception) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.lstrip().startswith((b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"#!")):
        return "expected a sound or video file, got a playlist or script; give the files that it names"
    if not any(head):
        return "expected a sound or video file, got zeros; the download or copy did not finish"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head) and _is_text(head):
        return "expected a sound or video file, got text"
    reason = getattr(problem, "strerror", None) or str(problem)
    return f"no sound or video file that can be read ({printable(Path(reason))}); it is damaged or of another kind"


def _is_text(head: bytes) -> bool:
    try:
        head[:4000].decode()
    except UnicodeDecodeError as problem:
        return problem.start > len(head[:4000]) - 4
    return True

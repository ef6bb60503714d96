"""Whether the media players of browsers support a recording."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit.media.containers import audio_stream, open_media, video_stream

EIGHT_BIT_FORMATS: Final = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats of H.264 that all browsers decode."""


@dataclass(frozen=True)
class SupportedCodecs:
    """Codecs that current browsers play in a container.

    Attributes:
        video: Names of video codecs.
        audio: Names of audio codecs.
    """

    video: Set[str]
    audio: Set[str]


_NO_VIDEO: Final = frozenset[str]()
_MP4: Final = SupportedCodecs(frozenset({"h264", "av1", "vp9"}), frozenset({"aac", "mp3", "opus", "flac"}))
SUPPORTED_CODECS: Final = {
    "mov": _MP4,
    "matroska": SupportedCodecs(frozenset({"vp8", "vp9", "av1"}), frozenset({"opus", "vorbis"})),
    "ogg": SupportedCodecs(_NO_VIDEO, frozenset({"opus", "vorbis", "flac"})),
    "wav": SupportedCodecs(
        _NO_VIDEO, frozenset({"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"})
    ),
    "mp3": SupportedCodecs(_NO_VIDEO, frozenset({"mp3"})),
    "flac": SupportedCodecs(_NO_VIDEO, frozenset({"flac"})),
    "aac": SupportedCodecs(_NO_VIDEO, frozenset({"aac"})),
}
"""Supported codecs by the first name that FFmpeg gives to the container."""


def unsupported_in_browsers(path: str | Path) -> str | None:
    """Returns what prevents browsers from playing a recording.

    A browser may support more: HEVC, for example, on some machines.

    Args:
        path: Audio or video file.

    Returns:
        Name of the container or codec in one line, for example "video codec hevc"; None if current browsers
        play the recording.

    Raises:
        MediaError: The file is not a recording.
    """
    with open_media(path) as container:
        supported = SUPPORTED_CODECS.get(container.format.name.split(",")[0])
        if supported is None:
            return f"container {container.format.name.split(',')[0]}"
        video = video_stream(container)
        if video is not None and not is_supported_video(video, supported):
            depth = f" {video.format.name}" if _codec(video) in supported.video and video.format else ""
            return f"video codec {_codec(video)}{depth}"
        audio = audio_stream(container)
        if audio is not None and _codec(audio) not in supported.audio:
            return f"audio codec {_codec(audio)}"
    return None


def is_supported_video(stream: Any, supported: SupportedCodecs = _MP4) -> bool:
    """Returns whether browsers decode a video stream.

    Args:
        stream: Video stream of an open file.
        supported: Supported codecs of the container. Default: those of MP4.

    Returns:
        True if current browsers decode its codec and pixel format.
    """
    codec = _codec(stream)
    is_eight_bit = stream.format is not None and stream.format.name in EIGHT_BIT_FORMATS
    return codec in supported.video and (codec != "h264" or is_eight_bit)


def _codec(stream: Any) -> str:
    """Returns FFmpeg's name of the codec, not of its decoder."""
    return str(stream.codec_context.codec.canonical_name)

"""What a media file declares to hold, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from seldkit.media.containers import audio_stream, is_cover_art, open_media, require_size, video_stream
from seldkit.media.stream_decoder import StreamDecoder, presentation_start, stream_duration, stream_start
from seldkit.media.video import orientation

_FRAMES_TO_TRY = 30


@dataclass(frozen=True)
class AudioInfo:
    """A sound track. start: seconds after the presentation's start; duration: seconds, None where unknown."""

    codec: str
    sample_rate: int
    channels: int
    layout: str
    start: float
    duration: float | None


@dataclass(frozen=True)
class VideoInfo:
    """A moving picture.

    width, height: pixels, after the rotation. rotation: degrees counter-clockwise that the stored pictures
    are turned by to be shown. fps: frames a second on average, None where unknown. variable_rate: whether the
    container itself says that frames do not come at one rate. start: seconds after the presentation's start.
    duration: seconds, frames: their number, both None where unknown.
    """

    codec: str
    width: int
    height: int
    rotation: int
    fps: float | None
    variable_rate: bool
    start: float
    duration: float | None
    frames: int | None


@dataclass(frozen=True)
class MediaInfo:
    """A media file. duration: seconds from the presentation's start to its end, None where unknown."""

    path: Path
    container: str
    duration: float | None
    audio: AudioInfo | None
    video: VideoInfo | None
    cover_art: bool
    problems: list[str] = field(default_factory=list)


def probe(path: str | Path) -> MediaInfo:
    """What a file declares; quick, for it decodes at most a few pictures.

    Raises MediaError where it is no media file or cannot be read.
    """
    path = Path(path)
    with open_media(path) as container:
        sound, pictures = audio_stream(container), video_stream(container)
        start = float(presentation_start(container))
        audio = None if sound is None else _audio(sound, start)
        video = None if pictures is None else _video(container, pictures, start, path)
        return MediaInfo(
            path=path,
            container=container.format.name,
            duration=_duration(container, audio, video),
            audio=audio,
            video=video,
            cover_art=any(is_cover_art(stream) for stream in container.streams.video),
            problems=_problems(container, audio, video),
        )


def _audio(stream: AudioStream, origin: float) -> AudioInfo:
    start = stream_start(stream)
    return AudioInfo(
        codec=stream.codec_context.name,
        sample_rate=stream.sample_rate or 0,
        channels=stream.channels or 0,
        layout=stream.layout.name,
        start=0.0 if start is None else float(start) - origin,
        duration=stream_duration(stream),
    )


def _video(container: InputContainer, stream: VideoStream, origin: float, path: Path) -> VideoInfo:
    require_size(path, stream.width, stream.height)
    start = stream_start(stream)
    rates = (stream.average_rate, stream.base_rate)
    quarter_turns = _quarter_turns(container, stream)
    width, height = stream.width, stream.height
    return VideoInfo(
        codec=stream.codec_context.name,
        width=height if quarter_turns % 2 else width,
        height=width if quarter_turns % 2 else height,
        rotation=quarter_turns * 90,
        fps=float(rates[0]) if rates[0] else None,
        variable_rate=bool(rates[0] and rates[1] and abs(float(rates[1] / rates[0]) - 1.0) > 0.01),
        start=0.0 if start is None else float(start) - origin,
        duration=stream_duration(stream),
        frames=stream.frames or None,
    )


def _quarter_turns(container: InputContainer, stream: VideoStream) -> int:
    """Of the first frame that can be decoded, for only frames carry the display matrix."""
    stream.thread_count = 1
    for attempt, frame in enumerate(StreamDecoder(container, stream)):
        if isinstance(frame, av.VideoFrame):
            return orientation(frame)[0]
        if attempt == _FRAMES_TO_TRY:
            break
    return 0


def _duration(container: InputContainer, audio: AudioInfo | None, video: VideoInfo | None) -> float | None:
    ends = [part.start + part.duration for part in (audio, video) if part and part.duration is not None]
    if ends:
        return max(ends)
    return container.duration / av.time_base if container.duration and container.duration > 0 else None


def _problems(container: InputContainer, audio: AudioInfo | None, video: VideoInfo | None) -> list[str]:
    found = []
    if audio is None:
        found.append("no sound that can be decoded" if container.streams.audio else "no sound")
    elif audio.channels == 1:
        found.append("mono sound: direction cannot be told")
    if len(container.streams.audio) > 1:
        found.append(f"{len(container.streams.audio)} sound tracks: only one is used")
    if audio and video and abs(audio.start - video.start) > 0.05:
        later = "sound" if audio.start > video.start else "picture"
        found.append(f"the {later} begins {abs(audio.start - video.start):.2f} s late")
    return found

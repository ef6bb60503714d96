"""Properties that a media file declares, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from seldkit.media.containers import audio_stream, is_cover_art, open_media, require_size, video_stream
from seldkit.media.declared_layout import declared_layout
from seldkit.media.projection import VideoProjection, frame_projection
from seldkit.media.stream_decoder import StreamDecoder, presentation_start, stream_duration, stream_start
from seldkit.media.stream_layout import stream_layout
from seldkit.media.track_pair import default_pair
from seldkit.media.video import orientation

MAX_PROBED_FRAMES = 30
"""Frames that are decoded to find the rotation."""
MAX_START_DIFFERENCE_SECONDS = 0.05
"""Difference between the starts of audio and video that is not reported."""
MAX_RATE_DIFFERENCE = 0.01
"""Relative difference between average and base frame rate of a constant frame rate."""


@dataclass(frozen=True)
class AudioInfo:
    """An audio track.

    Attributes:
        codec: Name of the codec.
        sample_rate: Sampling rate in Hz; 0 if unknown.
        channels: Number of channels; 0 if unknown.
        layout: FFmpeg's name of the channel layout, for example "stereo" or "5.1", or a description of the
            ambisonics that the file declares.
        start: Start in seconds after the start of the presentation.
        duration: Duration in seconds; None if unknown.
    """

    codec: str
    sample_rate: int
    channels: int
    layout: str
    start: float
    duration: float | None


@dataclass(frozen=True)
class VideoInfo:
    """A video track.

    Attributes:
        codec: Name of the codec.
        width: Width of the displayed frames in pixels, after the rotation.
        height: Height of the displayed frames in pixels, after the rotation.
        rotation: Counter-clockwise rotation of the stored frames for display, in degrees.
        fps: Average frame rate in Hz; None if unknown.
        variable_rate: Whether the file declares a variable frame rate.
        start: Start in seconds after the start of the presentation.
        duration: Duration in seconds; None if unknown.
        frames: Number of frames; None if unknown.
        projection: Projection of spherical video that the file declares; None for ordinary video.
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
    projection: VideoProjection | None = None


@dataclass(frozen=True)
class MediaInfo:
    """Properties of a media file.

    Attributes:
        path: Path of the file.
        container: FFmpeg's name of the container format.
        duration: Duration of the presentation in seconds; None if unknown.
        audio: Audio track; None without audio.
        video: Video track; None without video.
        cover_art: Whether a still image is attached.
        problems: Problems, one line each.
    """

    path: Path
    container: str
    duration: float | None
    audio: AudioInfo | None
    video: VideoInfo | None
    cover_art: bool
    problems: list[str] = field(default_factory=list)


def probe(path: str | Path) -> MediaInfo:
    """Reads the properties of a media file. At most a few video frames are decoded.

    Args:
        path: Path of the file.

    Returns:
        The properties.

    Raises:
        MediaError: If the file is no media file or cannot be read.
    """
    path = Path(path)
    with open_media(path) as container:
        audio_track, video_track = audio_stream(container), video_stream(container)
        origin = float(presentation_start(container))
        audio = None if audio_track is None else _audio_info(container, audio_track, origin, path)
        video = None if video_track is None else _video_info(container, video_track, origin, path)
        return MediaInfo(
            path=path,
            container=container.format.name,
            duration=_duration(container, audio, video),
            audio=audio,
            video=video,
            cover_art=any(is_cover_art(stream) for stream in container.streams.video),
            problems=_problems(container, audio, video),
        )


def _audio_info(container: InputContainer, stream: AudioStream, origin: float, path: Path) -> AudioInfo:
    start = stream_start(stream)
    declaration, layout = declared_layout(container, stream, path), stream_layout(stream)
    return AudioInfo(
        codec=stream.codec_context.name,
        sample_rate=stream.sample_rate or 0,
        channels=layout.channels,
        layout=layout.name if declaration is None else declaration.layout.title,
        start=0.0 if start is None else float(start) - origin,
        duration=stream_duration(stream),
    )


def _video_info(container: InputContainer, stream: VideoStream, origin: float, path: Path) -> VideoInfo:
    require_size(path, stream.width, stream.height)
    start = stream_start(stream)
    average, base = stream.average_rate, stream.base_rate
    quarter_turns, projection = _first_frame_properties(container, stream)
    width, height = stream.width, stream.height
    return VideoInfo(
        codec=stream.codec_context.name,
        width=height if quarter_turns % 2 else width,
        height=width if quarter_turns % 2 else height,
        rotation=quarter_turns * 90,
        fps=float(average) if average else None,
        variable_rate=bool(average and base and abs(float(base / average) - 1.0) > MAX_RATE_DIFFERENCE),
        start=0.0 if start is None else float(start) - origin,
        duration=stream_duration(stream),
        frames=stream.frames or None,
        projection=projection,
    )


def _first_frame_properties(
    container: InputContainer, stream: VideoStream
) -> tuple[int, VideoProjection | None]:
    """Quarter turns and projection of the first frame that can be decoded; only frames have them."""
    stream.thread_count = 1
    for number, frame in enumerate(StreamDecoder(container, stream)):
        if isinstance(frame, av.VideoFrame):
            return orientation(frame)[0], frame_projection(frame)
        if number == MAX_PROBED_FRAMES:
            break
    return 0, None


def _duration(container: InputContainer, audio: AudioInfo | None, video: VideoInfo | None) -> float | None:
    ends = [track.start + track.duration for track in (audio, video) if track and track.duration is not None]
    if ends:
        return max(ends)
    return container.duration / av.time_base if container.duration and container.duration > 0 else None


def _problems(container: InputContainer, audio: AudioInfo | None, video: VideoInfo | None) -> list[str]:
    problems = []
    if audio is None:
        problems.append("no audio that can be decoded" if container.streams.audio else "no audio")
    elif default_pair(container) is not None:
        problems.append("two mono audio tracks: used as left and right, see --pair")
    elif audio.channels == 1:
        problems.append("mono audio: the direction is unknown")
    if len(container.streams.audio) > 1 and default_pair(container) is None:
        problems.append(f"{len(container.streams.audio)} audio tracks: only one is used")
    if video is not None and video.projection is not None:
        problems.append(video.projection.note)
    if audio and video and abs(audio.start - video.start) > MAX_START_DIFFERENCE_SECONDS:
        later = "audio" if audio.start > video.start else "video"
        problems.append(f"the {later} starts {abs(audio.start - video.start):.2f} s late")
    return problems

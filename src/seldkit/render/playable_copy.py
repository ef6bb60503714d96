"""Copies of recordings that browsers can play, and still images of recordings that they cannot play."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from av.container import InputContainer, OutputContainer
from PIL import Image

from seldkit.errors import MediaError
from seldkit.media.audio_passthrough import PassthroughAudio
from seldkit.media.audio_replacement import VideoCopy
from seldkit.media.browser_support import is_supported_video
from seldkit.media.containers import open_media, printable, require_audio, video_stream
from seldkit.media.media_writer import output_file
from seldkit.media.video import iter_frames
from seldkit.render.annotated_video import DEFAULT_TIME_BASE_SECONDS, require_other_file
from seldkit.render.video_encoder import VideoEncoder
from seldkit.render.video_planes import UprightFrames

PLAYER_COPY_ENDING: Final = ".player.mp4"
"""End of the names of copies for the player of a report."""
COPIED_AUDIO_CODECS: Final = frozenset({"aac"})
"""Audio codecs that are copied without encoding."""
MAX_COPY_SIZE_PX: Final = (1280, 720)
"""Longer and shorter side to which video frames are scaled down."""
MAX_POSTER_WIDTH_PX: Final = 640
POSTER_TIMES_SECONDS: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Times of the frames of which the one with the highest contrast becomes the still image."""
_JPEG_QUALITY: Final = 80


def write_playable_copy(source: Path, output: Path, max_seconds: float) -> None:
    """Writes a recording as MP4 with H.264 and AAC, at the same times.

    Video that browsers support is copied; other video is encoded at 1280 × 720 pixels or less. AAC is copied.

    Args:
        source: Recording.
        output: File to write, with the suffix .mp4.
        max_seconds: Maximum duration in seconds.

    Raises:
        MediaError: The source cannot be read or is longer, or the output cannot be written.
    """
    require_other_file(source, output)
    with open_media(source) as container, output_file(output) as file:
        stream = video_stream(container)
        if stream is None:
            require_audio(container, source)
        if stream is None or is_supported_video(stream):
            _copy(source, file, output, max_seconds)
        else:
            _encode(container, stream, source, file, max_seconds)


def still_image(
    source: Path,
    max_width: int = MAX_POSTER_WIDTH_PX,
    times: Sequence[float] = POSTER_TIMES_SECONDS,
) -> str:
    """Returns a still image of a video.

    Args:
        source: Video file.
        max_width: Maximum width and height of the image in pixels.
        times: Ascending times in seconds. The frame with the highest contrast is used, because the first one
            may be black.

    Returns:
        JPEG image as a data URL; empty if no frame can be decoded.
    """
    try:
        images = [frame.image for frame in iter_frames(source, times=times)]
    except MediaError:
        return ""
    if not images:
        return ""
    image = Image.fromarray(max(images, key=lambda pixels: float(pixels.std())))
    image.thumbnail((max_width, max_width))
    file = BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _copy(source: Path, file: OutputContainer, output: Path, max_seconds: float) -> None:
    with VideoCopy(source, file, output) as video, _audio(source, file) as audio:
        for seconds in count(1):
            video.write_until(float(seconds))
            audio.write_until(float(seconds))
            if video.ended and audio.ended:
                return
            _require_duration(source, seconds - 1.0, max_seconds)


def _encode(
    container: InputContainer, stream: Any, source: Path, file: OutputContainer, max_seconds: float
) -> None:
    upright = UprightFrames(container, stream, source, MAX_COPY_SIZE_PX)
    canvases = iter(upright)
    first = next(canvases)
    size = (first.canvas.width, first.canvas.height)
    with _audio(source, file) as audio:
        time_base = stream.time_base or DEFAULT_TIME_BASE_SECONDS
        encoder = VideoEncoder(file, size, stream.average_rate, time_base, upright.colours)
        for frame in chain([first], canvases):
            _require_duration(source, frame.start, max_seconds)
            audio.write_until(frame.start)
            encoder.new_frame().copy_from(frame.canvas)
            encoder.write(frame.start, frame.end)
        encoder.finish()
        while not audio.ended:
            _require_duration(source, audio.end, max_seconds)
            audio.write_until(audio.end + 1.0)


def _audio(source: Path, file: OutputContainer) -> PassthroughAudio:
    return PassthroughAudio(source, file, ".mp4", copied_codecs=COPIED_AUDIO_CODECS)


def _require_duration(source: Path, seconds: float, max_seconds: float) -> None:
    if seconds > max_seconds:
        raise MediaError(
            f"{printable(source)}: expected at most {max_seconds:g} s for a copy for browsers, got more"
        )

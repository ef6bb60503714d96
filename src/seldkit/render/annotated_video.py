"""Annotated videos: a recording with its events drawn on the video frames and its own audio."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.video.stream import VideoStream

from seldkit.annotations import Event
from seldkit.channels import ChannelLayout
from seldkit.errors import MediaError
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG
from seldkit.media.audio_passthrough import COPYABLE_CODECS, PassthroughAudio
from seldkit.media.containers import open_media, printable, require_audio, video_stream
from seldkit.media.media_writer import output_file
from seldkit.render.direction_grid import draw_direction_grid
from seldkit.render.overlay import MIN_PANEL_WIDTH_PX, Overlay, font_size_for
from seldkit.render.top_view import has_rear_events
from seldkit.render.video_encoder import MAX_TIME_BASE_SECONDS, VideoEncoder
from seldkit.render.video_planes import ColourSpace, TimedCanvas, UprightFrames
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import YuvCanvas
from seldkit.types import SecondsProgress
from seldkit.visual_sources import VisualSources

AUDIO_ONLY_SIZE_PX: Final = (640, 360)
"""Width and height of the generated frames of a recording without video, in pixels."""
AUDIO_ONLY_FRAME_RATE_HZ: Final = 25
"""Rate of the generated frames of a recording without video."""
AUDIO_ONLY_FIELD_OF_VIEW_DEG: Final = 190.0
"""Horizontal field of view of the generated frames if no event is behind the receiver."""
DEFAULT_TIME_BASE_SECONDS: Final = Fraction(1, 90_000)
"""Time base of a source that declares none."""
NO_PANELS_NOTE: Final = f"panels omitted: the video is less than {MIN_PANEL_WIDTH_PX} pixels wide"
_LIMITED_RANGE, _BT601 = 1, 6


@dataclass(frozen=True)
class Rendering:
    """An annotated video that was written.

    Attributes:
        path: The video file.
        frame_count: Number of video frames.
        seconds: Duration in seconds.
        notes: Remarks on lost or changed data, one line each.
    """

    path: Path
    frame_count: int
    seconds: float
    notes: tuple[str, ...] = ()


def render_video(
    events: Sequence[Event],
    source: str | Path,
    output: str | Path,
    *,
    visual_sources: VisualSources | None = None,
    top_view: bool = True,
    timeline: bool = True,
    field_of_view: float | None = None,
    layout: ChannelLayout | None = None,
    progress: SecondsProgress | None = None,
) -> Rendering:
    """Draws events on the video frames of a recording.

    Every frame of the source is kept at its own time, upright, as H.264 (yuv420p). The audio is copied
    without re-encoding, or encoded as AAC if the container does not support its codec; a note reports this.
    For a recording without video, frames with a grid of azimuths are generated. Memory use does not grow
    with the duration, except for the index of the output file.

    Args:
        events: Events to draw.
        source: Recording, a video or audio file.
        output: File to write: .mp4, .mov or .mkv.
        visual_sources: Sources that visual refinement located in the frames. They are marked at their
            image position instead of at the azimuth of the event.
        top_view: Whether to draw a top view below the frame.
        timeline: Whether to draw a scrolling timeline below the frame.
        field_of_view: Horizontal field of view of the video in degrees, 360 for a panorama. None: 100
            degrees along the longer side, as in the DCASE 2025 data set.
        layout: Channel layout of the source if its file does not declare it. Ambisonics are mixed to stereo.
        progress: Called with the seconds written so far.

    Returns:
        Path, size and notes of the annotated video.

    Raises:
        MediaError: The source cannot be read or the output cannot be written.
        SeldkitError: The field of view is out of range.
    """
    source, output = Path(source), Path(output)
    _check_paths(source, output)
    with open_media(source) as container, output_file(output) as file:
        stream = video_stream(container)
        if stream is None:
            require_audio(container, source)
        with PassthroughAudio(source, file, output.suffix.lower(), layout) as audio:
            if stream is None:
                frames = _generated_frames(events, source, audio)
            else:
                frames = _video_frames(container, stream, source, field_of_view)
            paint = frames.colours.paint(frames.size[1])
            overlay = Overlay(
                events,
                frames.size,
                frames.projection,
                paint,
                visual_sources=visual_sources,
                top_view=top_view,
                timeline=timeline,
            )
            size = (overlay.width, overlay.height)
            encoder = VideoEncoder(file, size, frames.rate, frames.time_base, frames.colours)
            seconds = _write(frames, overlay, encoder, audio, progress)
        notes = [audio.note, *frames.notes(), None if overlay.panels_fit else NO_PANELS_NOTE]
    return Rendering(output, encoder.frame_count, seconds, tuple(note for note in notes if note))


@dataclass(frozen=True)
class _FrameSource:
    """Frames to draw on and their properties; width and height in pixels are even."""

    canvases: Iterator[TimedCanvas]
    size: tuple[int, int]
    projection: ViewProjection
    colours: ColourSpace
    rate: Fraction | None
    time_base: Fraction
    notes: Callable[[], Sequence[str]]


def _write(
    frames: _FrameSource,
    overlay: Overlay,
    encoder: VideoEncoder,
    audio: PassthroughAudio,
    progress: SecondsProgress | None,
) -> float:
    end = 0.0
    for frame in frames.canvases:
        audio.write_until(frame.start)
        canvas = encoder.new_frame()
        canvas.crop(0, 0, *frames.size).copy_from(frame.canvas)
        overlay.draw(canvas, frame.start)
        encoder.write(frame.start, frame.end)
        end = frame.end
        if progress is not None:
            progress(end)
    encoder.finish()
    audio.write_until(float("inf"))
    return max(end, audio.end)


def _video_frames(
    container: InputContainer, stream: VideoStream, source: Path, field_of_view: float | None
) -> _FrameSource:
    upright = UprightFrames(container, stream, source)
    canvases = iter(upright)
    first = next(canvases)
    size = (first.canvas.width, first.canvas.height)
    return _FrameSource(
        canvases=chain([first], canvases),
        size=size,
        projection=ViewProjection.from_frame_size(*size, field_of_view),
        colours=upright.colours,
        rate=stream.average_rate,
        time_base=stream.time_base or DEFAULT_TIME_BASE_SECONDS,
        notes=lambda: upright.notes,
    )


def _generated_frames(events: Sequence[Event], source: Path, audio: PassthroughAudio) -> _FrameSource:
    width, height = AUDIO_ONLY_SIZE_PX
    field = PANORAMA_FIELD_OF_VIEW_DEG if has_rear_events(events) else AUDIO_ONLY_FIELD_OF_VIEW_DEG
    projection = ViewProjection(field, False, width / height)
    colours = ColourSpace(_LIMITED_RANGE, _BT601, _BT601, _BT601)
    grid = draw_direction_grid(width, height, projection, source.name, font_size_for(width, height))
    return _FrameSource(
        canvases=_repeat(colours.paint(height).image(grid), audio),
        size=AUDIO_ONLY_SIZE_PX,
        projection=projection,
        colours=colours,
        rate=Fraction(AUDIO_ONLY_FRAME_RATE_HZ),
        time_base=MAX_TIME_BASE_SECONDS,
        notes=tuple,
    )


def _repeat(canvas: YuvCanvas, audio: PassthroughAudio) -> Iterator[TimedCanvas]:
    """Yields the same frame until the audio ends; its end is known once all of it is written."""
    for number in count():
        start, end = number / AUDIO_ONLY_FRAME_RATE_HZ, (number + 1) / AUDIO_ONLY_FRAME_RATE_HZ
        audio.write_until(end)
        if number and audio.ended and start >= audio.end:
            return
        yield TimedCanvas(canvas, start, min(end, max(start, audio.end)) if audio.ended else end)


def _check_paths(source: Path, output: Path) -> None:
    if output.suffix.lower() not in COPYABLE_CODECS:
        raise MediaError(
            f"{printable(output)}: expected a video file with one of the suffixes {' '.join(COPYABLE_CODECS)}"
        )
    require_other_file(source, output)


def require_other_file(source: Path, output: Path) -> None:
    """Checks that an output does not overwrite the recording that it is made from.

    Args:
        source: Recording.
        output: File to be written.

    Raises:
        MediaError: Both are the same file.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise MediaError(f"{printable(output)}: output and input are the same file; choose another name")

"""A recording with its events drawn on it, as a video with the sound that it had."""

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
from seldkit.render.audio_background import draw_ground
from seldkit.render.overlay import LEAST_WIDTH, Overlay, letter_size
from seldkit.render.top_view import goes_behind
from seldkit.render.video_encoder import FINEST, VideoEncoder
from seldkit.render.video_planes import Colours, TimedPicture, UprightPictures
from seldkit.render.view_projection import ViewProjection, lens_of
from seldkit.render.yuv_canvas import YuvCanvas
from seldkit.types import SecondsProgress
from seldkit.visual_sources import VisualSources

DRAWN_SIZE: Final = (640, 360)
DRAWN_RATE: Final = 25
"""Pixels, and pictures a second, of what is drawn for a recording without pictures."""
_LIMITED, _BT601 = 1, 6
NO_ROOM: Final = f"no room for the panels: the picture is less than {LEAST_WIDTH} pixels wide"


@dataclass(frozen=True)
class Rendering:
    """An annotated video: its path, how many pictures, how long (s), and what a reader should know of it."""

    path: Path
    pictures: int
    seconds: float
    notes: tuple[str, ...] = ()


def render_video(
    events: Sequence[Event],
    source: str | Path,
    output: str | Path,
    *,
    causes: VisualSources | None = None,
    fan: bool = True,
    timeline: bool = True,
    field_of_view: float | None = None,
    layout: ChannelLayout | None = None,
    progress: SecondsProgress | None = None,
) -> Rendering:
    """Draw events on the recording `source` and write it to `output` (.mp4, .mov or .mkv).

    Every picture of the source is there at its own time, upright, as H.264 (yuv420p); the sound is copied as
    it is, or encoded as AAC where the container cannot hold it, and a note says so. A recording without
    pictures gets drawn ones. Memory grows with its length by no more than the output's index.

    causes: what was seen to make the sounds of some events: it is marked instead of the azimuth alone.
    fan: a view from above beneath the picture. timeline: one that rolls by, beside it. field_of_view: degrees
        from the picture's left edge to its right one, 360 for a panorama; None takes 100 degrees along the
        longer side, as the DCASE 2025 data have it.
    layout: the channel layout of the source where its file does not declare it; ambisonics become stereo.
    progress: called with the seconds written so far.
    Raises MediaError where the source cannot be read or the output cannot be written, SeldkitError for a
    wrong field of view.
    """
    source, output = Path(source), Path(output)
    _check(source, output)
    with open_media(source) as container, output_file(output) as file:
        stream = video_stream(container)
        if stream is None:
            require_audio(container, source)
        with PassthroughAudio(source, file, output.suffix.lower(), layout) as sound:
            if stream is None:
                reel = _drawn(events, source, sound)
            else:
                reel = _filmed(container, stream, source, field_of_view)
            paint = reel.colours.paint(reel.size[1])
            panels = {"fan": fan, "timeline": timeline}
            overlay = Overlay(events, reel.size, reel.lens, paint, causes=causes, **panels)
            film = VideoEncoder(file, (overlay.width, overlay.height), reel.rate, reel.base, reel.colours)
            seconds = _write(reel, overlay, film, sound, progress)
        notes = [sound.note, *reel.notes(), None if overlay.panels else NO_ROOM]
    return Rendering(output, film.pictures, seconds, tuple(note for note in notes if note))


@dataclass(frozen=True)
class _Reel:
    """Pictures to draw on, and what is to be known of them beforehand; size in pixels, both even."""

    pictures: Iterator[TimedPicture]
    size: tuple[int, int]
    lens: ViewProjection
    colours: Colours
    rate: Fraction | None
    base: Fraction
    notes: Callable[[], Sequence[str]]


def _write(
    reel: _Reel,
    overlay: Overlay,
    film: VideoEncoder,
    sound: PassthroughAudio,
    progress: SecondsProgress | None,
) -> float:
    end = 0.0
    for picture in reel.pictures:
        sound.write_until(picture.start)
        canvas = film.blank()
        canvas.part(0, 0, *reel.size).put(picture.planes)
        overlay.draw(canvas, picture.start)
        film.write(picture.start, picture.end)
        end = picture.end
        if progress is not None:
            progress(end)
    film.finish()
    sound.write_until(float("inf"))
    return max(end, sound.end)


def _filmed(
    container: InputContainer, stream: VideoStream, source: Path, field_of_view: float | None
) -> _Reel:
    upright = UprightPictures(container, stream, source)
    pictures = iter(upright)
    first = next(pictures)
    size = (first.planes.width, first.planes.height)
    return _Reel(
        pictures=chain([first], pictures),
        size=size,
        lens=lens_of(*size, field_of_view),
        colours=upright.colours,
        rate=stream.average_rate,
        base=stream.time_base or Fraction(1, 90_000),
        notes=lambda: upright.notes,
    )


def _drawn(events: Sequence[Event], source: Path, sound: PassthroughAudio) -> _Reel:
    width, height = DRAWN_SIZE
    lens = ViewProjection(PANORAMA_FIELD_OF_VIEW_DEG if goes_behind(events) else 190.0, False, width / height)
    colours = Colours(_LIMITED, _BT601, _BT601, _BT601)
    letters = letter_size(*DRAWN_SIZE)
    ground = colours.paint(height).picture(draw_ground(*DRAWN_SIZE, lens, source.name, letters))
    pictures = _repeated(ground, sound)
    return _Reel(pictures, DRAWN_SIZE, lens, colours, Fraction(DRAWN_RATE), FINEST, tuple)


def _repeated(ground: YuvCanvas, sound: PassthroughAudio) -> Iterator[TimedPicture]:
    """The same picture until the sound ends, which is known when all of it is written."""
    for number in count():
        start, end = number / DRAWN_RATE, (number + 1) / DRAWN_RATE
        sound.write_until(end)
        if number and sound.ended and start >= sound.end:
            return
        yield TimedPicture(ground, start, min(end, max(start, sound.end)) if sound.ended else end)


def _check(source: Path, output: Path) -> None:
    if output.suffix.lower() not in COPYABLE_CODECS:
        raise MediaError(
            f"{printable(output)}: expected one of the suffixes {' '.join(COPYABLE_CODECS)} for a video"
        )
    if output.exists() and source.exists() and output.samefile(source):
        raise MediaError(f"{printable(output)}: would be written over its own source; give another name")

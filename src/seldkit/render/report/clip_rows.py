"""The clips of an evaluation report: players, and plots of reference and prediction."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.errors import MediaError
from seldkit.media.browser_support import unsupported_in_browsers
from seldkit.render.palette import class_colour
from seldkit.render.playable_copy import still_image
from seldkit.render.report.media_player import relative_url
from seldkit.types import Floats

CLIP_COLUMNS: Final = (
    *("clip", "recording", "azimuth over time", "reference rows", "predicted rows", "correct", "F-score"),
)
ScoreFormat = Callable[[float, str], str]
"""Formats the value of a score, given its name, with its unit."""
MAX_POINTS: Final = 60
"""Maximum number of points of a line, which limits the size of the page."""
POSTER: Final = (320, (0.0, 0.5, 1.0))
"""Maximum width of a still image in pixels, and the times of the frames to select it from, in seconds."""
_MARGIN = 5


class PlotSize(NamedTuple):
    """Size of a plot in SVG units.

    Attributes:
        width: Width.
        height: Height.
    """

    width: int
    height: int


PLOT_SIZE: Final = PlotSize(320, 100)


@dataclass(frozen=True)
class ClipRow:
    """One clip of an evaluation.

    Attributes:
        name: Name of the clip.
        references: Number of reference rows.
        predictions: Number of predicted rows.
        hits: Number of correct rows.
        f_score: F-score, 0 to 1, NaN if undefined.
        media: Recording of the clip.
        is_video: Whether the recording is a video.
        seconds: Duration in seconds.
        reference_events: Reference events to plot.
        predicted_events: Predicted events to plot.
    """

    name: str
    references: int
    predictions: int
    hits: int
    f_score: float
    media: Path | None = None
    is_video: bool = False
    seconds: float = 0.0
    reference_events: Sequence[Event] = ()
    predicted_events: Sequence[Event] = ()


@dataclass(frozen=True)
class AzimuthLine:
    """The azimuth of an event over time as an SVG path.

    Attributes:
        style: CSS class, "reference" or "prediction".
        colour: Colour of the class.
        path: SVG path.
        title: Tooltip.
    """

    style: str
    colour: str
    path: str
    title: str


@dataclass(frozen=True)
class ClipView:
    """A clip as the template displays it.

    Attributes:
        name: Name of the clip.
        media_tag: HTML element of the player, "video" or "audio".
        media_url: URL of the recording, None for none.
        unsupported: What prevents browsers from playing the recording, None for nothing.
        poster: Still image of the recording as a data URL, empty for none.
        lines: Lines of the plot; reference first.
        cells: Numbers of rows and the F-score as text.
    """

    name: str
    media_tag: str
    media_url: str | None
    unsupported: str | None
    poster: str
    lines: Sequence[AzimuthLine]
    cells: Sequence[str]

    @classmethod
    def from_row(cls, clip: ClipRow, output: Path, score_format: ScoreFormat) -> Self:
        """Prepares a clip for display.

        Args:
            clip: The clip.
            output: File of the report.
            score_format: Formats a score with its unit.

        Returns:
            Texts and paths.
        """
        score = score_text(clip.f_score, "f_score", score_format)
        return cls(
            name=clip.name,
            media_tag="video" if clip.is_video else "audio",
            media_url=None if clip.media is None else relative_url(clip.media, output),
            unsupported=None if clip.media is None else _unsupported(clip.media),
            poster=still_image(clip.media, *POSTER) if clip.media is not None and clip.is_video else "",
            lines=_azimuth_lines(clip),
            cells=[*map(str, (clip.references, clip.predictions, clip.hits)), score],
        )


def score_text(value: float | None, name: str, score_format: ScoreFormat) -> str:
    """Formats a score that may be undefined.

    Args:
        value: Value of the score, None or NaN if undefined.
        name: Name of the score.
        score_format: Formats a defined value.

    Returns:
        The formatted score, or a dash.
    """
    return "–" if value is None or math.isnan(value) else score_format(value, name)


def _unsupported(recording: Path) -> str | None:
    """Returns what prevents browsers from playing a recording. A missing file may be supplied later."""
    try:
        return unsupported_in_browsers(recording)
    except MediaError:
        return "damaged, or no recording" if recording.exists() else None


def _azimuth_lines(clip: ClipRow) -> list[AzimuthLine]:
    events = (*clip.reference_events, *clip.predicted_events)
    azimuths = [np.abs(event.trajectory.azimuth) for event in events]
    limit = 180.0 if np.nanmax(np.concatenate([*azimuths, [0.0]]), initial=0.0) > 90.0 else 90.0
    styles = ["reference"] * len(clip.reference_events) + ["prediction"] * len(clip.predicted_events)
    return [
        AzimuthLine(
            style=style,
            colour=class_colour(event.class_id),
            path=_path(event, clip.seconds, limit),
            title=f"{style}: {event.name}, {event.onset:.1f} to {event.offset:.1f} s",
        )
        for style, event in zip(styles, events, strict=True)
        if np.isfinite(event.trajectory.azimuth).any()
    ]


def _path(event: Event, seconds: float, limit: float) -> str:
    """Returns the SVG path of an event with at least one known azimuth, left upwards."""
    known = np.flatnonzero(np.isfinite(event.trajectory.azimuth))
    points = known[np.unique(np.linspace(0, len(known) - 1, MAX_POINTS).round().astype(int))]
    azimuth: Floats = event.trajectory.azimuth[points]
    unit = PLOT_SIZE.width * FRAME_SECONDS / max(seconds, FRAME_SECONDS)
    x = (event.trajectory.frame[points] + 0.5) * unit
    y = _MARGIN + (PLOT_SIZE.height - 2 * _MARGIN) * (0.5 - azimuth / (2 * limit))
    # The line extends by half a frame at both ends, so that an event of one frame is visible. It is
    # interrupted where the azimuth wraps around.
    half = 0.5 * unit
    commands = np.where(np.abs(np.diff(azimuth, prepend=azimuth[0])) > limit, "M", "L")
    path = [f"M{x[0] - half:.1f} {y[0]:.1f}"]
    path += [
        f"{command}{across:.1f} {down:.1f}" for command, across, down in zip(commands, x, y, strict=True)
    ]
    return "".join([*path, f"h{half:.1f}"])

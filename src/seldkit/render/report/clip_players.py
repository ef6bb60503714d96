"""The clips of an evaluation's report: players, and what was heard beside what there was."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.render.palette import class_colour
from seldkit.render.report.html_tables import Number, table, value_text
from seldkit.render.report.player import address

_WIDE, _HIGH, _EDGE = 320, 100, 5
_CORNERS: Final = 60
"""Points of an event's line, at most, so that pages stay small."""


@dataclass(frozen=True)
class ClipLine:
    """A clip as a report lists it: rows of the reference, of the prediction, right ones; its recording.

    truth, found: the events of both, drawn over `seconds`; without any there is no picture.
    """

    name: str
    references: int
    predictions: int
    hits: int
    f_score: float
    media: Path | None = None
    moving: bool = False
    seconds: float = 0.0
    truth: Sequence[Event] = ()
    found: Sequence[Event] = ()


def worst_clips(clips: Sequence[ClipLine], output: Path, number: Number, limits: str) -> str:
    """A table of clips in their order, for a page at `output`."""
    rows = [
        [
            escape(clip.name),
            _player(clip, output),
            _picture(clip),
            *map(str, (clip.references, clip.predictions, clip.hits)),
            value_text(clip.f_score, "f_score", number),
        ]
        for clip in clips
    ]
    columns = ("clip", "recording", "azimuth over time", "rows there", "rows found", "right", "F score")
    note = (
        f"Clips with the most wrong rows first; a row is right {limits}. "
        "Left is up; broad pale lines are what there is, thin ones what was found, in the classes' colours; "
        "pointing at a line tells its class and times."
    )
    return table(columns, rows) + f'<p class="faint">{note}</p>'


def _player(clip: ClipLine, output: Path) -> str:
    if clip.media is None:
        return "–"
    kind, source = "video" if clip.moving else "audio", escape(address(clip.media, output))
    return f'<{kind} controls preload="none" src="{source}" aria-label="{escape(clip.name)}"></{kind}>'


def _picture(clip: ClipLine) -> str:
    """Azimuth over time: both sides' events, those of the truth beneath."""
    if not clip.truth and not clip.found:
        return "–"
    turns = [np.abs(event.trajectory.azimuth) for event in (*clip.truth, *clip.found)]
    limit = 180.0 if np.nanmax(np.concatenate(turns), initial=0.0) > 90.0 else 90.0
    ways = [_way(event, "there", clip.seconds, limit) for event in clip.truth]
    ways += [_way(event, "found", clip.seconds, limit) for event in clip.found]
    middle = f'<path class="ahead" d="M0 {_HIGH / 2:g}H{_WIDE}"/>'
    return f'<svg class="courses" viewBox="0 0 {_WIDE} {_HIGH}" role="img">{middle}{"".join(ways)}</svg>'


def _way(event: Event, kind: str, seconds: float, limit: float) -> str:
    known = np.flatnonzero(np.isfinite(event.trajectory.azimuth))
    if not len(known):
        return ""
    shown = known[np.unique(np.linspace(0, len(known) - 1, _CORNERS).round().astype(int))]
    azimuth, first = event.trajectory.azimuth[shown], event.trajectory.frame[shown]
    places = _WIDE * (first + 0.5) * FRAME_SECONDS / max(seconds, FRAME_SECONDS)
    heights = _EDGE + (_HIGH - 2 * _EDGE) * (0.5 - azimuth / (2 * limit))
    # Half a frame to both sides, so that one of a single frame is seen; round the back there is no line.
    half = _WIDE * 0.5 * FRAME_SECONDS / max(seconds, FRAME_SECONDS)
    signs = np.where(np.abs(np.diff(azimuth, prepend=azimuth[0])) > limit, "M", "L")
    path = [f"M{places[0] - half:.1f} {heights[0]:.1f}"]
    path += [f"{sign}{x:.1f} {y:.1f}" for sign, x, y in zip(signs, places, heights, strict=True)]
    path += [f"h{half:.1f}"]
    title = escape(f"{kind}: {event.name}, {event.onset:.1f} to {event.offset:.1f} s")
    colour = class_colour(event.class_id)
    return f'<path class="{kind}" stroke="{colour}" d="{"".join(path)}"><title>{title}</title></path>'

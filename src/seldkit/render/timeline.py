"""A picture of a recording's events: azimuth, distance and class over time, and what it sounds like."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.channels import ChannelLayout
from seldkit.files import replacing
from seldkit.render.audio_strip import SoundStrip, sound_strip
from seldkit.render.fonts import font_families, one_line
from seldkit.render.palette import class_colour, class_line, class_shape, class_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED_SHARE: Final = 0.07
"""Events below this share of the recording have no name beside their line; the rows below name all."""
SHAPES_EACH: Final = 8
"""Marks along an event's line, about."""
LOUDNESS: Final = 70.0
"""Decibels below the loudest that the spectrogram shows."""


def plot_timeline(
    events: Sequence[Event],
    path: str | Path,
    *,
    seconds: float,
    truth: Sequence[Event] = (),
    title: str = "",
    sound: str | Path | None = None,
    layout: ChannelLayout | None = None,
) -> Path:
    """Draw events over `seconds` of recording into a picture; the truth lies behind as broad pale bands.

    The suffix tells the format: .png, .svg or .pdf. Azimuth is drawn with left upwards, as it is positive.
    Classes differ in colour, in shape and in the kind of line.

    sound: the recording, whose spectrogram and level difference are drawn beneath. layout: its channel
    layout where the file does not declare it. Raises MediaError where its sound cannot be read.
    """
    path = Path(path)
    strip = None if sound is None else sound_strip(sound, layout)
    figure = timeline_figure(events, seconds=seconds, truth=truth, title=title, strip=strip)
    with replacing(path) as temporary, warnings.catch_warnings():
        # Letters that no font here has are drawn as boxes, which says it.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower() or "png", dpi=130)
    return path


def timeline_figure(
    events: Sequence[Event],
    *,
    seconds: float,
    truth: Sequence[Event] = (),
    title: str = "",
    strip: SoundStrip | None = None,
) -> "Figure":
    """The same as a Matplotlib figure, e.g. for a training log."""
    from matplotlib.figure import Figure

    names = _rows(events, truth)
    heights = [4.0, 1.7, 0.5 + 0.26 * max(1, len(names))]
    if strip is not None:
        heights += [1.3] if strip.difference is None else [1.3, 1.1]
    figure = Figure(figsize=(11, sum(heights) + 0.3), layout="constrained")
    axes = _axes(figure, heights)
    _draw_azimuth(axes[0], events, truth, NAMED_SHARE * seconds)
    _draw_distance(axes[1], events, truth)
    _draw_activity(axes[2], events, truth, names)
    if strip is not None:
        _draw_sound(axes[3:], strip)
    axes[0].set_xlim(0, max(seconds, FRAME_SECONDS))
    axes[-1].set_xlabel("seconds")
    _write_title(figure, title, bool(truth))
    return figure


def _axes(figure: "Figure", heights: Sequence[float]) -> list["Axes"]:
    """Beneath one another, with one time."""
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    above = figure.add_subplot(grid[0])
    axes = [above, *(figure.add_subplot(grid[row], sharex=above) for row in range(1, len(heights)))]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="x", color="0.92", zorder=0)
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    return axes


def _rows(events: Sequence[Event], truth: Sequence[Event]) -> dict[int, str]:
    """The classes that occur, by number."""
    return dict(sorted({event.class_id: one_line(event.name) for event in (*events, *truth)}.items()))


def _written(text: str) -> dict[str, Any]:
    """How a text is written that may hold any letters, and signs that would be formulas."""
    return {"parse_math": False, "fontfamily": font_families(text)}


def _write_title(figure: "Figure", title: str, with_truth: bool) -> None:
    legend = "line: found · broad pale band: truth" if with_truth else ""
    text = " · ".join(part for part in (one_line(title, 100), legend) if part)
    figure.suptitle(text, fontsize=11, x=0.01, ha="left", **_written(text))


def _draw_azimuth(
    axis: "Axes", events: Sequence[Event], truth: Sequence[Event], shortest_named: float
) -> None:
    turns = np.concatenate([event.trajectory.azimuth for event in (*events, *truth)] or [np.zeros(1)])
    limit = 180 if np.nanmax(np.abs(turns), initial=0) > 90 else 90
    ticks = np.arange(-limit, limit + 1, limit // 3)
    sides = {limit: " left", 0: " ahead", -limit: " right"}
    axis.set_yticks(ticks, [f"{abs(tick)}°{sides.get(int(tick), '')}" for tick in ticks])
    axis.set_ylim(-limit * 1.08, limit * 1.08)
    axis.set_ylabel("azimuth")
    axis.axhline(0, color="0.85", linewidth=0.8, zorder=1)
    _draw_trajectories(axis, events, truth, "azimuth")
    for event in (event for event in events if event.offset - event.onset >= shortest_named):
        known = np.isfinite(event.trajectory.azimuth)
        if known.any():
            first = (event.onset, float(event.trajectory.azimuth[known][0]))
            name, colour = one_line(event.name), class_colour(event.class_id)
            place: Any = {"textcoords": "offset points", "fontsize": 8, "color": colour, "zorder": 6}
            axis.annotate(name, first, (2, 7), **place, **_written(name))


def _draw_distance(axis: "Axes", events: Sequence[Event], truth: Sequence[Event]) -> None:
    _draw_trajectories(axis, events, truth, "distance")
    axis.set_ylabel("distance (m)")
    axis.margins(y=0.12)
    axis.set_ylim(bottom=0)


def _draw_trajectories(axis: "Axes", events: Sequence[Event], truth: Sequence[Event], column: str) -> None:
    for event in truth:
        colour = class_colour(event.class_id)
        times, values = _path(event, column)
        axis.plot(times, values, color=colour, alpha=0.25, linewidth=8, solid_capstyle="butt")
        start: Any = {"marker": class_shape(event.class_id), "markersize": 6 * class_size(event.class_id)}
        axis.plot(times[:1], values[:1], color=colour, markerfacecolor="white", **start)
    for event in events:
        times, values = _path(event, column)
        axis.plot(
            times,
            values,
            color=class_colour(event.class_id),
            linestyle=class_line(event.class_id),
            linewidth=1.8,
            marker=class_shape(event.class_id),
            markersize=5.5 * class_size(event.class_id),
            markeredgecolor="white",
            markeredgewidth=0.6,
            markevery=max(1, len(times) // SHAPES_EACH),
        )


def _path(event: Event, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Times (middle of each frame) and values, broken where the event pauses."""
    frame, value = event.trajectory.frame, getattr(event.trajectory, column)
    pauses = np.flatnonzero(np.diff(frame) > 1) + 1
    times = (frame + 0.5) * FRAME_SECONDS
    return np.insert(times, pauses, np.nan), np.insert(value, pauses, np.nan)


def _draw_activity(
    axis: "Axes", events: Sequence[Event], truth: Sequence[Event], names: dict[int, str]
) -> None:
    row = {class_id: place for place, class_id in enumerate(names)}
    for group, alpha, height in ((truth, 0.25, 0.8), (events, 1.0, 0.34)):
        for event in group:
            span, middle = (event.onset, event.offset - event.onset), row[event.class_id]
            colour = class_colour(event.class_id)
            axis.broken_barh([span], (middle - height / 2, height), color=colour, alpha=alpha, zorder=2)
    for class_id, place in row.items():
        axis.plot(
            *(-0.008, place),
            transform=axis.get_yaxis_transform(),
            color=class_colour(class_id),
            marker=class_shape(class_id),
            markersize=6 * class_size(class_id),
            clip_on=False,
        )
    axis.set_yticks(range(len(names)), list(names.values()), fontsize=8)
    for label in axis.get_yticklabels():
        label.set(**_written(label.get_text()))
    axis.tick_params(axis="y", length=0, pad=12)
    axis.set_ylim(max(1, len(names)) - 0.5, -0.5)
    if not names:
        axis.text(0.01, 0.5, "no event", transform=axis.transAxes, va="center", color="0.5")


def _draw_sound(axes: Sequence["Axes"], strip: SoundStrip) -> None:
    extent = (0.0, strip.seconds, 0.0, 1.0)
    picture: Any = {"extent": extent, "origin": "lower", "aspect": "auto", "interpolation": "antialiased"}
    loudest = float(strip.level.max(initial=-100.0))
    axes[0].imshow(strip.level, cmap="Greys", vmin=loudest - LOUDNESS, vmax=loudest, **picture)
    axes[0].set_ylabel("sound")
    if strip.difference is not None:
        most = max(6.0, float(np.percentile(np.abs(strip.difference), 99.0)))
        # Light is left, dark is right: to be told apart in grey, too.
        axes[1].imshow(strip.difference, cmap="cividis", vmin=-most, vmax=most, **picture)
        axes[1].set_ylabel("left − right")
        box = {"facecolor": "black", "alpha": 0.45, "edgecolor": "none", "pad": 1.5}
        note = f"yellow, light: left louder · blue, dark: right louder (up to {most:.0f} dB)"
        axes[1].annotate(note, (0.004, 0.04), xycoords="axes fraction", fontsize=7, color="white", bbox=box)
    for axis in axes:
        axis.set_yticks([0.0, 1.0], ["low", "high"], fontsize=7)
        axis.grid(visible=False)

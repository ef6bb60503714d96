"""Static timeline plot: azimuth, distance and class of events over time, and the spectrogram of the audio."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.channels import ChannelLayout
from seldkit.files import replacing
from seldkit.render.audio_overview import AudioOverview, compute_audio_overview
from seldkit.render.fonts import font_families, one_line
from seldkit.render.palette import class_colour, class_line_style, class_marker, class_marker_scale
from seldkit.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MIN_LABELLED_SHARE: Final = 0.07
"""Minimum duration of events that are labelled in the azimuth plot, as a share of the recording. The rows
below name all classes."""
MARKERS_PER_EVENT: Final = 8
"""Approximate number of markers along the line of an event."""
SPECTROGRAM_RANGE_DB: Final = 70.0
"""Range of levels that the spectrogram shows, down from the maximum."""
MIN_DIFFERENCE_RANGE_DB: Final = 6.0
"""Minimum range of the level differences shown, to both sides."""
MAX_TITLE_CHARACTERS: Final = 100
DPI: Final = 130


def plot_timeline(
    events: Sequence[Event],
    path: str | Path,
    *,
    seconds: float,
    reference: Sequence[Event] = (),
    title: str = "",
    audio: str | Path | None = None,
    layout: ChannelLayout | None = None,
) -> Path:
    """Plots events over time and saves the figure.

    Positive azimuths (left) are plotted upwards. Classes differ in colour, marker shape and line style.

    Args:
        events: Events to plot.
        path: File to write; the suffix selects the format: .png, .svg or .pdf.
        seconds: Duration of the recording in seconds.
        reference: Reference events, plotted as wide pale bands.
        title: Title of the figure.
        audio: Recording whose spectrogram and level difference are plotted below. None for none.
        layout: Channel layout of the recording if its file does not declare it.

    Returns:
        Path of the figure.

    Raises:
        MediaError: The audio cannot be read.
    """
    path = Path(path)
    overview = None if audio is None else compute_audio_overview(audio, layout)
    figure = timeline_figure(events, seconds=seconds, reference=reference, title=title, overview=overview)
    with replacing(path) as temporary, warnings.catch_warnings():
        # Characters that no installed font has are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower() or "png", dpi=DPI)
    return path


def timeline_figure(
    events: Sequence[Event],
    *,
    seconds: float,
    reference: Sequence[Event] = (),
    title: str = "",
    overview: AudioOverview | None = None,
) -> "Figure":
    """Plots events over time as a Matplotlib figure, for example for a training log.

    Args:
        events: Events to plot.
        seconds: Duration of the recording in seconds.
        reference: Reference events, plotted as wide pale bands.
        title: Title of the figure.
        overview: Spectrogram and level difference to plot below.

    Returns:
        The figure.
    """
    from matplotlib.figure import Figure

    names = _class_names(events, reference)
    heights = [4.0, 1.7, 0.5 + 0.26 * max(1, len(names))]
    if overview is not None:
        heights += [1.3] if overview.difference is None else [1.3, 1.1]
    figure = Figure(figsize=(11, sum(heights) + 0.3), layout="constrained")
    axes = _axes(figure, heights)
    _plot_azimuth(axes[0], events, reference, MIN_LABELLED_SHARE * seconds)
    _plot_distance(axes[1], events, reference)
    _plot_activity(axes[2], events, reference, names)
    if overview is not None:
        _plot_overview(axes[3:], overview)
    axes[0].set_xlim(0, max(seconds, FRAME_SECONDS))
    axes[-1].set_xlabel("time (s)")
    _set_title(figure, title, bool(reference))
    return figure


def _axes(figure: "Figure", heights: Sequence[float]) -> list["Axes"]:
    """Stacked axes that share the time."""
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    first = figure.add_subplot(grid[0])
    axes = [first, *(figure.add_subplot(grid[row], sharex=first) for row in range(1, len(heights)))]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="x", color="0.92", zorder=0)
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    return axes


def _class_names(events: Sequence[Event], reference: Sequence[Event]) -> dict[int, str]:
    """Names of the classes that occur, by class index."""
    return dict(sorted({event.class_id: one_line(event.name) for event in (*events, *reference)}.items()))


def _text_style(text: str) -> dict[str, Any]:
    """Options for a text with any characters, also those that Matplotlib would parse as formulas."""
    return {"parse_math": False, "fontfamily": font_families(text)}


def _set_title(figure: "Figure", title: str, has_reference: bool) -> None:
    legend = "line: prediction · wide pale band: reference" if has_reference else ""
    text = " · ".join(part for part in (one_line(title, MAX_TITLE_CHARACTERS), legend) if part)
    figure.suptitle(text, fontsize=11, x=0.01, ha="left", **_text_style(text))


def _plot_azimuth(
    axis: "Axes", events: Sequence[Event], reference: Sequence[Event], min_labelled_seconds: float
) -> None:
    azimuths = np.concatenate([event.trajectory.azimuth for event in (*events, *reference)] or [np.zeros(1)])
    limit = 180 if np.nanmax(np.abs(azimuths), initial=0) > 90 else 90
    ticks = np.arange(-limit, limit + 1, limit // 3)
    sides = {limit: " left", 0: " ahead", -limit: " right"}
    axis.set_yticks(ticks, [f"{abs(tick)}°{sides.get(int(tick), '')}" for tick in ticks])
    axis.set_ylim(-limit * 1.08, limit * 1.08)
    axis.set_ylabel("azimuth")
    axis.axhline(0, color="0.85", linewidth=0.8, zorder=1)
    _plot_trajectories(axis, events, reference, "azimuth")
    for event in (event for event in events if event.offset - event.onset >= min_labelled_seconds):
        known = np.isfinite(event.trajectory.azimuth)
        if known.any():
            first = (event.onset, float(event.trajectory.azimuth[known][0]))
            name, colour = one_line(event.name), class_colour(event.class_id)
            style: Any = {"textcoords": "offset points", "fontsize": 8, "color": colour, "zorder": 6}
            axis.annotate(name, first, (2, 7), **style, **_text_style(name))


def _plot_distance(axis: "Axes", events: Sequence[Event], reference: Sequence[Event]) -> None:
    _plot_trajectories(axis, events, reference, "distance")
    axis.set_ylabel("distance (m)")
    axis.margins(y=0.12)
    axis.set_ylim(bottom=0)


def _plot_trajectories(
    axis: "Axes", events: Sequence[Event], reference: Sequence[Event], column: str
) -> None:
    for event in reference:
        colour, marker = class_colour(event.class_id), class_marker(event.class_id)
        times, values = _line(event, column)
        axis.plot(times, values, color=colour, alpha=0.25, linewidth=8, solid_capstyle="butt")
        start: Any = {"marker": marker, "markersize": 6 * class_marker_scale(event.class_id)}
        axis.plot(times[:1], values[:1], color=colour, markerfacecolor="white", **start)
    for event in events:
        times, values = _line(event, column)
        axis.plot(
            times,
            values,
            color=class_colour(event.class_id),
            linestyle=class_line_style(event.class_id),
            linewidth=1.8,
            marker=class_marker(event.class_id),
            markersize=5.5 * class_marker_scale(event.class_id),
            markeredgecolor="white",
            markeredgewidth=0.6,
            markevery=max(1, len(times) // MARKERS_PER_EVENT),
        )


def _line(event: Event, column: str) -> tuple[Floats, Floats]:
    """Times of the frame centres and values, with NaN where the event pauses."""
    frame, value = event.trajectory.frame, getattr(event.trajectory, column)
    pauses = np.flatnonzero(np.diff(frame) > 1) + 1
    times = (frame + 0.5) * FRAME_SECONDS
    return np.insert(times, pauses, np.nan), np.insert(value, pauses, np.nan)


def _plot_activity(
    axis: "Axes", events: Sequence[Event], reference: Sequence[Event], names: dict[int, str]
) -> None:
    rows = {class_id: row for row, class_id in enumerate(names)}
    for group, alpha, height in ((reference, 0.25, 0.8), (events, 1.0, 0.34)):
        for event in group:
            span, centre = (event.onset, event.offset - event.onset), rows[event.class_id]
            colour = class_colour(event.class_id)
            axis.broken_barh([span], (centre - height / 2, height), color=colour, alpha=alpha, zorder=2)
    for class_id, row in rows.items():
        axis.plot(
            *(-0.008, row),
            transform=axis.get_yaxis_transform(),
            color=class_colour(class_id),
            marker=class_marker(class_id),
            markersize=6 * class_marker_scale(class_id),
            clip_on=False,
        )
    axis.set_yticks(range(len(names)), list(names.values()), fontsize=8)
    for label in axis.get_yticklabels():
        label.set(**_text_style(label.get_text()))
    axis.tick_params(axis="y", length=0, pad=12)
    axis.set_ylim(max(1, len(names)) - 0.5, -0.5)
    if not names:
        axis.text(0.01, 0.5, "no events", transform=axis.transAxes, va="center", color="0.5")


def _plot_overview(axes: Sequence["Axes"], overview: AudioOverview) -> None:
    extent = (0.0, overview.seconds, 0.0, 1.0)
    image: Any = {"extent": extent, "origin": "lower", "aspect": "auto", "interpolation": "antialiased"}
    maximum = float(overview.level.max(initial=-100.0))
    axes[0].imshow(overview.level, cmap="Greys", vmin=maximum - SPECTROGRAM_RANGE_DB, vmax=maximum, **image)
    axes[0].set_ylabel("audio")
    if overview.difference is not None:
        limit = max(MIN_DIFFERENCE_RANGE_DB, float(np.percentile(np.abs(overview.difference), 99.0)))
        # Left is light and right is dark, so that they differ in greyscale.
        axes[1].imshow(overview.difference, cmap="cividis", vmin=-limit, vmax=limit, **image)
        axes[1].set_ylabel("left − right")
        box = {"facecolor": "black", "alpha": 0.45, "edgecolor": "none", "pad": 1.5}
        note = f"light yellow: left louder · dark blue: right louder (up to {limit:.0f} dB)"
        axes[1].annotate(note, (0.004, 0.04), xycoords="axes fraction", fontsize=7, color="white", bbox=box)
    for axis in axes:
        axis.set_yticks([0.0, 1.0], ["low", "high"], fontsize=7)
        axis.grid(visible=False)

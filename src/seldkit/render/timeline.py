"""A picture of a recording's events: azimuth, distance and class over time."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Event
from seldkit.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE: Final = (
    *("#cc6677", "#332288", "#ddaa33", "#117733", "#88ccee", "#882255", "#44aa99"),
    *("#ee7733", "#aa4499", "#0077bb", "#999933", "#994f00", "#555555"),
)
"""One colour for each class number; neighbours differ in lightness too, for grey prints and all eyes."""

NAMED_SHARE: Final = 0.07
"""Events below this share of the recording have no name beside their line; the rows below name all."""


def plot_timeline(
    events: Sequence[Event],
    path: str | Path,
    *,
    seconds: float,
    truth: Sequence[Event] = (),
    title: str = "",
) -> Path:
    """Draw events over `seconds` of recording into a picture; the truth lies behind as broad pale bands.

    The suffix tells the format: .png, .svg or .pdf. Azimuth is drawn with left upwards, as it is positive.
    """
    path = Path(path)
    figure = timeline_figure(events, seconds=seconds, truth=truth, title=title)
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower() or "png", dpi=130)
    return path


def timeline_figure(
    events: Sequence[Event], *, seconds: float, truth: Sequence[Event] = (), title: str = ""
) -> "Figure":
    """The same as a Matplotlib figure, e.g. for a training log."""
    from matplotlib.figure import Figure

    names = _rows(events, truth)
    figure = Figure(figsize=(11, 5.6 + 0.24 * len(names)), layout="constrained")
    grid = figure.add_gridspec(3, 1, height_ratios=(3.2, 1.5, 0.4 + 0.24 * max(1, len(names))))
    above = figure.add_subplot(grid[0])
    axes = [above, *(figure.add_subplot(grid[row], sharex=above) for row in (1, 2))]
    _draw_azimuth(axes[0], events, truth, NAMED_SHARE * seconds)
    _draw_distance(axes[1], events, truth)
    _draw_activity(axes[2], events, truth, names)
    for axis in axes:
        axis.set_xlim(0, max(seconds, FRAME_SECONDS))
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="x", color="0.92", zorder=0)
    for axis in axes[:2]:
        axis.tick_params(labelbottom=False)
    axes[2].set_xlabel("seconds")
    _write_title(figure, title, bool(truth))
    return figure


def _rows(events: Sequence[Event], truth: Sequence[Event]) -> dict[int, str]:
    """The classes that occur, by number."""
    return dict(sorted({event.class_id: event.name for event in (*events, *truth)}.items()))


def _colour(event: Event) -> str:
    return PALETTE[event.class_id % len(PALETTE)]


def _write_title(figure: "Figure", title: str, with_truth: bool) -> None:
    legend = "line: found · broad pale band: truth" if with_truth else ""
    plain = " · ".join(part for part in (title.replace("$", r"\$"), legend) if part)
    figure.suptitle(plain, fontsize=11, x=0.01, ha="left")


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
            axis.annotate(
                event.name, first, (2, 6), textcoords="offset points", color=_colour(event), fontsize=8
            )


def _draw_distance(axis: "Axes", events: Sequence[Event], truth: Sequence[Event]) -> None:
    _draw_trajectories(axis, events, truth, "distance")
    axis.set_ylabel("distance (m)")
    axis.margins(y=0.12)
    axis.set_ylim(bottom=0)


def _draw_trajectories(axis: "Axes", events: Sequence[Event], truth: Sequence[Event], column: str) -> None:
    for event in truth:
        axis.plot(*_path(event, column), color=_colour(event), alpha=0.25, linewidth=8, solid_capstyle="butt")
    for event in events:
        axis.plot(*_path(event, column), color=_colour(event), linewidth=1.8, marker="o", markersize=2.2)


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
            span = [(event.onset, event.offset - event.onset)]
            middle = row[event.class_id]
            axis.broken_barh(span, (middle - height / 2, height), color=_colour(event), alpha=alpha, zorder=2)
    axis.set_yticks(range(len(names)), list(names.values()), fontsize=8)
    axis.set_ylim(max(1, len(names)) - 0.5, -0.5)
    if not names:
        axis.text(0.01, 0.5, "no event", transform=axis.transAxes, va="center", color="0.5")

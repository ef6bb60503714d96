"""Figure of the contents and problems of a dataset."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.datasets.validation.dataset_report import DatasetReport
from seldkit.datasets.validation.label_statistics import Histogram
from seldkit.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR_COLOUR: Final = "#0077bb"
_PROBLEM_COLOUR: Final = "#cc6677"


def plot_report(report: DatasetReport, path: str | Path) -> Path:
    """Draws the distributions, splits and problems of a dataset and writes the figure to a file.

    Args:
        report: The report.
        path: File to be written. The suffix determines the format (.png, .svg, .pdf).

    Returns:
        The path.
    """
    path = Path(path)
    figure = report_figure(report)
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower() or "png", dpi=130)
    return path


def report_figure(report: DatasetReport) -> "Figure":
    """Draws the distributions, splits and problems of a dataset.

    Args:
        report: The report.

    Returns:
        A Matplotlib figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7.5), layout="constrained")
    axes = figure.subplots(2, 3)
    _draw_classes(axes[0, 0], report)
    _draw_histogram(axes[0, 1], report.labels.azimuth, "azimuth (degrees, positive to the left)")
    if report.labels.azimuth is not None:
        axes[0, 1].invert_xaxis()  # positive azimuths, to the left, are on the left
    _draw_histogram(axes[0, 2], report.labels.distance, "distance (metres)")
    frames = report.labels.sources_at_once
    _draw_bars(
        axes[1, 0], [str(number) for number in range(len(frames))], frames, "simultaneous sources (frames)"
    )
    splits = list(report.splits)
    _draw_bars(axes[1, 1], splits, [summary.hours for summary in report.splits.values()], "hours by split")
    _draw_findings(axes[1, 2], report)
    onscreen = "" if report.labels.onscreen is None else f" · {report.labels.onscreen:.0%} of rows on-screen"
    title = f"{report.path.name} · {report.kind} · {report.clips} clips · {report.hours:.2f} h{onscreen}"
    figure.suptitle(title.replace("$", r"\$"), fontsize=11, x=0.01, ha="left")
    return figure


def _draw_classes(axis: "Axes", report: DatasetReport) -> None:
    names, counts = list(report.labels.classes), report.labels.classes.values()
    axis.barh(range(len(names)), [count.frames for count in counts], color=_BAR_COLOUR)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.invert_yaxis()
    _finish(axis, "frames by class")


def _draw_histogram(axis: "Axes", histogram: Histogram | None, title: str) -> None:
    if histogram is None:
        axis.text(0.5, 0.5, "not in the labels", transform=axis.transAxes, ha="center", color="0.5")
    else:
        left = histogram.start + histogram.step * np.arange(len(histogram.counts))
        axis.bar(
            left, histogram.counts, width=histogram.step, align="edge", color=_BAR_COLOUR, edgecolor="white"
        )
    _finish(axis, title)


def _draw_bars(axis: "Axes", names: Sequence[str], values: Sequence[float], title: str) -> None:
    axis.bar(range(len(names)), values, color=_BAR_COLOUR)
    axis.set_xticks(range(len(names)), names)
    _finish(axis, title)


def _draw_findings(axis: "Axes", report: DatasetReport) -> None:
    names = list(report.findings)
    axis.barh(range(len(names)), [len(lines) for lines in report.findings.values()], color=_PROBLEM_COLOUR)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.invert_yaxis()
    if not names:
        axis.text(0.5, 0.5, "no problems found", transform=axis.transAxes, ha="center", color="0.5")
        axis.set_xticks([])
    _finish(axis, "problems")


def _finish(axis: "Axes", title: str) -> None:
    axis.set_title(title, fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)

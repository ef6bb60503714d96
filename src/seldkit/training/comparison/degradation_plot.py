"""Plot of F-scores with increasingly degraded video frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.files import replacing
from seldkit.metrics import Scores
from seldkit.training.comparison.comparison_report import Comparison, TestResults
from seldkit.training.comparison.degradation_test import DegradedResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXIS_LABELS: Final = {
    "blur": "blur (share of the height)",
    "darkness": "darkness (stops)",
    "occlusion": "occlusion (share)",
}


def plot_degradation(comparison: Comparison, test: TestResults, path: Path) -> Path:
    """Plots the F-score (strict reading, 95 % jackknife intervals) by kind and strength of degradation.

    Strength 0 is the original video; a dotted line is the score without video frames.

    Args:
        comparison: The comparison.
        test: Results on a test set, with degraded results.
        path: Path of the PNG file.

    Returns:
        The path.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    axes: list[Axes] = figure.subplots(1, len(AXIS_LABELS), sharey=True).tolist()
    indices = list(dict.fromkeys(result.system for result in test.degraded))
    for axis, (kind, label) in zip(axes, AXIS_LABELS.items(), strict=True):
        for position, index in enumerate(indices):
            degraded = [result for result in test.degraded if result.system == index]
            original = test.results[index].strict
            _plot_system(axis, kind, original, degraded, f"C{position}", _label(comparison, index))
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("F-score")
    axes[0].set_ylim(bottom=0.0)
    handles, _ = axes[0].get_legend_handles_labels()
    figure.legend(handles=handles, loc="outside upper center", ncols=min(3, len(indices)), frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=130)
    return path


def _plot_system(
    axis: "Axes", kind: str, original: Scores, degraded: Sequence[DegradedResult], color: str, label: str
) -> None:
    points = [(0.0, original)] + [
        (result.degradation.strength, result.strict) for result in degraded if result.degradation.kind == kind
    ]
    values = [scores["f_score"] for _, scores in points]
    intervals = [scores.intervals["f_score"] for _, scores in points]
    errors = [(interval.high - interval.low) / 2 for interval in intervals]
    strengths = [strength for strength, _ in points]
    axis.errorbar(strengths, values, yerr=errors, color=color, marker="o", capsize=3, label=label)
    for result in degraded:
        if result.degradation.kind == "none":
            axis.axhline(result.strict["f_score"], color=color, linestyle=":")


def _label(comparison: Comparison, index: int) -> str:
    system = comparison.systems[index]
    has_seeds = system.name in comparison.seeds()
    return f"{system.name}, seed {system.seed}" if has_seeds else system.name

"""How systems fall off as their pictures get worse, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.files import replacing
from seldkit.metrics import Scores
from seldkit.training.comparison.comparison_report import Comparison, TestResults
from seldkit.training.comparison.degradation_test import Degraded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS: Final = {
    "blur": "blur (share of the height)",
    "darkness": "darkness (stops)",
    "occlusion": "occlusion (share)",
}


def plot_degradation(comparison: Comparison, test: TestResults, path: Path) -> Path:
    """Draw the F-score (strict reading, 95 % jackknife intervals) by kind and strength of degradation.

    Strength 0 is the pictures as they are; dotted: the score with no pictures at all.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    rows: list[Axes] = figure.subplots(1, len(LABELS), sharey=True).tolist()
    numbers = list(dict.fromkeys(one.system for one in test.degraded))
    for axis, (kind, label) in zip(rows, LABELS.items(), strict=True):
        for place, number in enumerate(numbers):
            steps = [one for one in test.degraded if one.system == number]
            whole = test.results[number].strict
            _draw(axis, kind, whole, steps, f"C{place}", _named(comparison, number))
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    rows[0].set_ylabel("F-score")
    rows[0].set_ylim(bottom=0.0)
    handles, _ = rows[0].get_legend_handles_labels()
    figure.legend(handles=handles, loc="outside upper center", ncols=min(3, len(numbers)), frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=130)
    return path


def _draw(axis: "Axes", kind: str, whole: Scores, steps: Sequence[Degraded], colour: str, name: str) -> None:
    chosen = [(0.0, whole)] + [
        (one.degradation.strength, one.strict) for one in steps if one.degradation.kind == kind
    ]
    values = [scores["f_score"] for _, scores in chosen]
    spans = [scores.intervals["f_score"] for _, scores in chosen]
    halves = [(span.high - span.low) / 2 for span in spans]
    places = [strength for strength, _ in chosen]
    axis.errorbar(places, values, yerr=halves, color=colour, marker="o", capsize=3, label=name)
    for one in steps:
        if one.degradation.kind == "none":
            axis.axhline(one.strict["f_score"], color=colour, linestyle=":")


def _named(comparison: Comparison, number: int) -> str:
    system = comparison.systems[number]
    several = system.name in comparison.seeds()
    return f"{system.name}, seed {system.seed}" if several else system.name

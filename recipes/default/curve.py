"""The learning curve: `python recipes/default/curve.py CLIPSxEPOCHS=FILE... --output curve.png`.

A FILE is the output of scores.py or `seldkit benchmark --json` for a model that was trained for this number
of epochs on this number of clips. F20/1 (strict, with its 95 % interval) is plotted by the number of
presented scenes (clips times epochs), with one line per number of clips; runs with the same numbers are one
point. The effect of a doubling of either number is the slope of a plane fitted to all points.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.errors import SeldkitError
from seldkit.files import replacing

CLOSEST = 1.3
"""Smallest ratio of neighbouring tick labels, so that they do not overlap."""


@dataclass(frozen=True)
class Run:
    """Score of one trained model on one set: strict F20/1 with its interval over the clips."""

    clips: int
    scenes: int
    name: str
    f_score: float
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """Runs that differ in their seed: mean, lowest and highest end of their intervals."""

    clips: int
    scenes: int
    f_score: float
    low: float
    high: float
    seeds: int


def main() -> None:
    """Plots the curve of each set and prints the slopes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="CLIPSxEPOCHS=FILE")
    parser.add_argument("--output", type=Path, default=Path("curve.png"))
    options = parser.parse_args()
    try:
        runs = [run for argument in options.runs for run in read_runs(argument)]
    except SeldkitError as problem:
        raise SystemExit(f"error: {problem}") from None
    by_set = {name: points_of(one for one in runs if one.name == name) for name in _names(runs)}
    draw(by_set, options.output)
    print(table(by_set))


def read_runs(argument: str) -> list[Run]:
    """Reads the scores of a run on each set. Raises SeldkitError."""
    size, _, file = argument.partition("=")
    clips, _, epochs = size.partition("x")
    if not (clips.isdigit() and epochs.isdigit() and file):
        raise SeldkitError(f"expected CLIPSxEPOCHS=FILE, such as 10000x8=scores.json, got '{argument}'")
    try:
        count, scenes = int(clips), int(clips) * int(epochs)
        return [Run(count, scenes, one["name"], *_score(one["strict"])) for one in _json(Path(file))["sets"]]
    except (KeyError, TypeError, ValueError) as problem:
        raise SeldkitError(
            f"{file}: expected the output of scores.py or 'seldkit benchmark --json', got other contents "
            f"({problem!r}); write it again"
        ) from None


def points_of(runs: Iterable[Run]) -> list[Point]:
    """Merges runs that differ in their seed, ordered by scenes, then clips."""
    joined: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        joined.setdefault((run.scenes, run.clips), []).append(run)
    return [
        Point(
            clips,
            scenes,
            float(np.mean([one.f_score for one in same])),
            min(one.low for one in same),
            max(one.high for one in same),
            len(same),
        )
        for (scenes, clips), same in sorted(joined.items())
    ]


def slopes(points: Sequence[Point]) -> tuple[float, float]:
    """Effect of a doubling of the clips and of the scenes; NaN if all runs have the same number."""
    columns = np.log2([[one.clips, one.scenes] for one in points])
    varied = np.ptp(columns, axis=0) > 0
    if len(points) <= varied.sum() or not varied.any():
        return float("nan"), float("nan")
    scores = np.array([one.f_score for one in points])
    design = np.column_stack([columns[:, varied], np.ones(len(points))])
    result = np.full(2, np.nan)
    result[varied] = np.linalg.lstsq(design, scores, rcond=None)[0][:-1]
    return float(result[0]), float(result[1])


def draw(by_set: dict[str, list[Point]], path: Path) -> None:
    """Plots one panel per set and one line per number of clips."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(by_set), figsize=(4.2 * len(by_set), 3.6), squeeze=False, sharey=True)
    for axis, (name, points) in zip(axes[0], by_set.items(), strict=True):
        _lines(axis, points)
        axis.set(xlabel="thousand presented scenes", title=name)
    axes[0][0].set_ylabel("F20/1, strict")
    figure.tight_layout()
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)
    plt.close(figure)


def _lines(axis: Any, points: Sequence[Point]) -> None:
    from matplotlib.ticker import NullLocator

    for clips in sorted({one.clips for one in points}):
        line = sorted((one for one in points if one.clips == clips), key=lambda one: one.scenes)
        x, y = [one.scenes for one in line], [one.f_score for one in line]
        reach = [[one.f_score - one.low for one in line], [one.high - one.f_score for one in line]]
        axis.errorbar(x, y, np.maximum(reach, 0.0), marker="o", capsize=3, label=f"{clips:,} clips")
    ticks: list[int] = []
    for scenes in sorted({one.scenes for one in points}, reverse=True):
        if not ticks or scenes * CLOSEST < ticks[-1]:
            ticks.append(scenes)
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, [f"{tick / 1000:g}" for tick in ticks])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_ylim(bottom=0.0)
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, loc="lower right")


def table(by_set: dict[str, list[Point]]) -> str:
    """Formats the points and slopes as Markdown."""
    lines = ["| set | scenes | clips | seeds | F20/1 | from | to |", "| --- |" + " --- |" * 6]
    for name, points in by_set.items():
        lines += [
            f"| {name} | {one.scenes:,} | {one.clips:,} | {one.seeds} "
            f"| {one.f_score:.3f} | {one.low:.3f} | {one.high:.3f} |"
            for one in points
        ]
    lines.append("")
    for name, points in by_set.items():
        clips, scenes = ("–" if one != one else f"{one:+.3f}" for one in slopes(points))
        lines.append(f"{name}: twice the clips {clips}, twice the scenes {scenes}")
    return "\n".join(lines)


def _names(runs: Iterable[Run]) -> list[str]:
    return list(dict.fromkeys(run.name for run in runs))


def _score(scores: dict[str, Any]) -> tuple[float, float, float]:
    interval = (scores.get("jackknife") or {}).get("f_score") or {}
    value = float(scores["f_score"])
    return value, float(interval.get("low", value)), float(interval.get("high", value))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SeldkitError(f"{path}: cannot be read ({' '.join(str(problem).split())})") from None


if __name__ == "__main__":
    main()

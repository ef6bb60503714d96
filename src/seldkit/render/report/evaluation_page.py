"""Report of an evaluation: scores, classes, error types, confusions, and the clips with the most errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit.render.report.clip_rows import (
    CLIP_COLUMNS,
    PLOT_SIZE,
    ClipRow,
    ClipView,
    ScoreFormat,
    score_text,
)
from seldkit.render.report.html_page import write_page

READINGS: Final = ("official", "strict")
ERROR_KINDS: Final = {
    "correct": "correct",
    "wrong_onscreen": "wrong on-screen flag",
    "wrong_distance": "wrong distance",
    "mirrored": "left and right swapped",
    "wrong_direction": "wrong direction",
    "wrong_class": "wrong class",
    "missed": "missed",
    "false": "false positive",
}
"""The error types of `seldkit.metrics.taxonomy` in the order of the bars, and their labels."""
CONFUSION_SHADES: Final = 5
"""Number of shades of the cells in the table of confusions."""
SPELLINGS: Final = {"f score": "F-score", "doa": "DOA", "onscreen": "on-screen", "seld": "SELD"}
"""Spelling of the words in the names of scores."""
_BAR_WIDTH, _BAR_HEIGHT, _READING_BAR_HEIGHT, _READING_BAR_STEP = 600, 16, 8, 9


@dataclass(frozen=True)
class _Cell:
    """A score and its confidence interval as text."""

    value: str
    interval: str | None


@dataclass(frozen=True)
class _Bar:
    """A rectangle of a bar chart; its style is a CSS class."""

    style: str
    x: float
    y: int
    width: float
    height: int
    title: str = ""


@dataclass(frozen=True)
class _Row:
    """A row of a table."""

    name: str
    cells: Sequence[Any]
    bars: Sequence[_Bar] = ()


def write_evaluation_report(
    output: str | Path,
    scores: Mapping[str, Any],
    taxonomy: Mapping[str, Any],
    clips: Sequence[ClipRow],
    *,
    title: str,
    score_format: ScoreFormat,
    max_angle_deg: float = 20.0,
    max_relative_distance: float = 1.0,
) -> Path:
    """Writes the report of an evaluation as one HTML file without scripts.

    Args:
        output: HTML file to write.
        scores: `seldkit.metrics.Evaluation.to_dict()`.
        taxonomy: `seldkit.metrics.Taxonomy.to_dict()`.
        clips: Clips to list, the one with the most errors first. Their recordings are linked by relative
            paths.
        title: Title of the report.
        score_format: Formats the value of a score, given its name, with its unit.
        max_angle_deg: Angular threshold of the protocol in degrees.
        max_relative_distance: Threshold of the protocol for the relative distance error (ratio).

    Returns:
        Path of the report.
    """
    output = Path(output)
    strict = scores["strict"]
    write_page(
        output,
        "evaluation",
        title=title,
        styles=("style.css", "evaluation.css"),
        notes=scores["notes"],
        readings=list(READINGS),
        reading_legend=[{"style": reading, "label": reading} for reading in READINGS],
        scores=_scores(scores, score_format),
        class_scores=_class_scores(scores, score_format),
        class_columns=[_label(name) for name in strict["classwise"] if name != "f_score"],
        class_errors=_class_errors(scores, score_format),
        error_legend=[{"style": _style(kind), "label": label} for kind, label in ERROR_KINDS.items()],
        error_columns=list(ERROR_KINDS.values()),
        error_counts=_error_counts(taxonomy),
        confusions=_confusions(taxonomy),
        clip_columns=CLIP_COLUMNS,
        clips=[ClipView.from_row(clip, output, score_format) for clip in clips],
        bar_width=_BAR_WIDTH,
        bar_height=_BAR_HEIGHT,
        plot=PLOT_SIZE,
        max_angle_deg=max_angle_deg,
        max_relative_distance=max_relative_distance,
    )
    return output


def _label(name: str) -> str:
    """Returns the label of a score, for example "DOA error" for "doa_error"."""
    label = name.replace("_", " ")
    for word, spelling in SPELLINGS.items():
        label = label.replace(word, spelling)
    return label


def _style(kind: str) -> str:
    """Returns the CSS class of an error type."""
    return kind.replace("_", "-")


def _scores(scores: Mapping[str, Any], score_format: ScoreFormat) -> list[_Row]:
    def cell(reading: str, name: str) -> _Cell:
        text = score_text(scores[reading][name], name, score_format)
        interval = scores[reading].get("jackknife", {}).get(name)
        if interval is None or interval["low"] is None:
            return _Cell(text, None)
        return _Cell(
            text, ", ".join(score_text(interval[end], name, score_format) for end in ("low", "high"))
        )

    names = [name for name, value in scores["strict"].items() if not isinstance(value, list | dict)]
    rows = [
        _Row(_label(name), [cell(reading, name) for reading in READINGS]) for name in names if name != "clips"
    ]
    counts = [_Cell(str(scores[reading]["clips"]), None) for reading in READINGS]
    return [*rows, _Row("clips", counts)]


def _class_scores(scores: Mapping[str, Any], score_format: ScoreFormat) -> list[_Row]:
    """F-score of each class in both readings."""
    rows = []
    for index, name in enumerate(scores["strict"]["classes"]):
        values = [_value_at(scores[reading]["classwise"]["f_score"], index) for reading in READINGS]
        bars = [
            _Bar(reading, 0.0, _READING_BAR_STEP * line, _BAR_WIDTH * (value or 0.0), _READING_BAR_HEIGHT)
            for line, (reading, value) in enumerate(zip(READINGS, values, strict=True))
        ]
        rows.append(_Row(name, [score_text(value, "f_score", score_format) for value in values], bars))
    return rows


def _class_errors(scores: Mapping[str, Any], score_format: ScoreFormat) -> list[_Row]:
    """All other scores of each class; both readings only where they differ."""
    strict = scores["strict"]
    names = [name for name in strict["classwise"] if name != "f_score"]

    def cell(name: str, index: int) -> str:
        values = [_value_at(scores[reading]["classwise"][name], index) for reading in READINGS]
        texts = [score_text(value, name, score_format) for value in values]
        return texts[0] if texts[0] == texts[1] else " / ".join(texts)

    return [
        _Row(class_name, [cell(name, index) for name in names])
        for index, class_name in enumerate(strict["classes"])
    ]


def _value_at(values: Sequence[float | None], index: int) -> float | None:
    """Returns the value of a class; only the strict reading has values of classes outside the vocabulary."""
    return values[index] if index < len(values) else None


def _error_counts(taxonomy: Mapping[str, Any]) -> list[_Row]:
    """Number of rows of each error type, in total and by class."""
    by_class = taxonomy["by_class"]
    counts = [("all classes", [taxonomy["counts"][kind] for kind in ERROR_KINDS])]
    counts += [
        (name, [by_class[kind][index] for kind in ERROR_KINDS])
        for index, name in enumerate(taxonomy["classes"])
    ]
    return [_Row(name, row, _stacked_bars(row)) for name, row in counts if sum(row) > 0]


def _stacked_bars(counts: Sequence[int]) -> list[_Bar]:
    bars, x, total = [], 0.0, sum(counts)
    for (kind, label), count in zip(ERROR_KINDS.items(), counts, strict=True):
        width = _BAR_WIDTH * count / total
        bars.append(_Bar(_style(kind), x, 0, width, _BAR_HEIGHT, f"{label}: {count}"))
        x += width
    return bars


@dataclass(frozen=True)
class _Confusions:
    """Number of rows by reference class (rows) and predicted class (columns), without empty ones."""

    columns: Sequence[str]
    rows: Sequence[_Row]


def _confusions(taxonomy: Mapping[str, Any]) -> _Confusions:
    counts, names = taxonomy["confusions"], taxonomy["classes"]
    rows = [index for index, row in enumerate(counts) if any(row)]
    columns = [index for index in range(len(names)) if any(row[index] for row in counts)]
    largest = max((max(row) for row in counts), default=0)

    def cell(count: int) -> dict[str, int]:
        return {"count": count, "shade": -(-CONFUSION_SHADES * count // largest)}

    return _Confusions(
        [names[index] for index in columns],
        [_Row(names[row], [cell(counts[row][column]) for column in columns]) for row in rows],
    )

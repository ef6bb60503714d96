"""All figures of a model, and as rows of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit import __version__
from seldkit.benchmark.held_out import HeldOutResult, score_folder
from seldkit.benchmark.properties import Agreement
from seldkit.benchmark.speed import Cost, Speed, measure_speed
from seldkit.detection import load
from seldkit.detection.detector import DEFAULT_MODEL
from seldkit.metrics import ErrorKind, Scores, SourceGroup
from seldkit.types import CountProgress, NamedProgress

GROUP_HEAD: Final = (
    "references",
    "predictions",
    "F",
    "recall",
    "precision",
    "DOA error",
    "rel. dist.",
    "on-screen",
)
"""Headings of the columns of `group_rows` after the name."""


@dataclass(frozen=True, eq=False)
class Benchmark:
    """Size, speed and held-out scores of a model.

    Attributes:
        model: Name of the model.
        parameters: Number of trainable parameters.
        size: Size of the model directory in bytes.
        speed: Speed on this machine.
        sets: Results on each dataset.
    """

    model: str
    parameters: int
    size: int
    speed: Speed
    sets: tuple[HeldOutResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """Converts the figures for JSON.

        Returns:
            Values by name, with the version of seldkit.
        """
        return {
            "seldkit": __version__,
            "model": self.model,
            "parameters": self.parameters,
            "size": self.size,
            "speed": self.speed.to_dict(),
            "sets": [result.to_dict() for result in self.sets],
        }


def benchmark(
    model: str = "default",
    data: Mapping[str, Path] | None = None,
    *,
    device: str = "auto",
    checked: int = 20,
    progress: NamedProgress | None = None,
) -> Benchmark:
    """Measures a model.

    Args:
        model: "default" or a model directory.
        data: Folders of held-out datasets by name; without any, only speed and size are measured.
        device: Compute device: "auto", "cpu", "cuda", "mps" and so on.
        checked: Number of clips of each dataset for the mirror test and the streaming test.
        progress: Called with the name of a dataset, the number of processed clips and of all clips.

    Returns:
        The figures.

    Raises:
        SeldkitError: The model cannot be loaded, or a dataset cannot be scored.
    """
    detector = load(model, device=device)
    directory = DEFAULT_MODEL if model == "default" else Path(model)
    results = [
        score_folder(detector, name, folder, checked, _progress_of(progress, name))
        for name, folder in (data or {}).items()
    ]
    return Benchmark(
        model=detector.model.config.name,
        parameters=sum(tensor.numel() for tensor in detector.model.parameters() if tensor.requires_grad),
        size=sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()),
        speed=measure_speed(model, device),
        sets=tuple(results),
    )


def _progress_of(progress: NamedProgress | None, name: str) -> CountProgress | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


def cost_rows(result: Benchmark) -> list[tuple[str, ...]]:
    """Formats size and speed.

    Args:
        result: Figures of a model.

    Returns:
        Rows of name and value.
    """
    rows: list[tuple[str, ...]] = [
        ("parameters", f"{result.parameters:,}"),
        ("size on disk", f"{result.size / 1e6:.1f} MB"),
    ]
    for name, cost in (("audio only", result.speed.audio), ("with video", result.speed.video)):
        rows += [(f"{label}, {name}", value) for label, value in _cost(cost)]
    return rows


def score_rows(result: HeldOutResult) -> list[tuple[str, ...]]:
    """Formats the scores of the protocol, with 95 % intervals.

    Args:
        result: Result on a dataset.

    Returns:
        Rows of name, official score and strict score.
    """
    return [
        (
            name.replace("_", " "),
            *(with_interval(scores, name) for scores in (result.official, result.strict)),
        )
        for name in result.strict.overall
    ]


def trust_rows(result: HeldOutResult) -> list[tuple[str, str]]:
    """Formats calibration errors, interval coverage, mirror test and streaming test.

    Args:
        result: Result on a dataset.

    Returns:
        Rows of name and value.
    """
    difference = result.streaming.max_output_difference
    difference_text = "–" if difference != difference else f"outputs differ by at most {difference:.1e}"
    return [
        ("expected calibration error, all cells", number(result.calibration.error)),
        ("expected calibration error, predicted cells", number(result.predicted_calibration.error)),
        *_interval_rows(result),
        ("mirror test, frames that agree", _agreement(result.mirror)),
        ("streaming test, frames that agree", f"{_agreement(result.streaming)}, {difference_text}"),
    ]


def _interval_rows(result: HeldOutResult) -> list[tuple[str, str]]:
    if result.intervals is None:
        return [("intervals", "none: not calibrated")]
    coverage, width = result.intervals, f"median width {result.intervals.azimuth_width:.0f}°"
    factor = f"median high / low {number(coverage.distance_factor, 1)}"
    return [
        (f"coverage of {coverage.nominal:.0%} azimuth intervals", f"{_percent(coverage.azimuth)} ({width})"),
        (
            f"coverage of {coverage.nominal:.0%} distance intervals",
            f"{_percent(coverage.distance)} ({factor})",
        ),
    ]


def error_rows(result: HeldOutResult) -> list[tuple[str, ...]]:
    """Formats the numbers of rows by kind of error.

    Args:
        result: Result on a dataset.

    Returns:
        Rows of kind, number, and share of all references; for false predictions, of all predictions.
    """
    taxonomy = result.taxonomy
    totals = dict.fromkeys(ErrorKind, taxonomy.references) | {ErrorKind.FALSE: taxonomy.predictions}
    return [
        (
            kind.name.lower().replace("_", " "),
            f"{taxonomy[kind]:,}",
            _percent(taxonomy[kind] / total if total else float("nan")),
        )
        for kind, total in totals.items()
    ]


def group_rows(groups: Sequence[SourceGroup]) -> list[tuple[str, ...]]:
    """Formats the scores of groups of sources.

    Args:
        groups: Groups of one part of a breakdown.

    Returns:
        Rows of name and the columns of `GROUP_HEAD`.
    """
    return [
        (
            group.name,
            f"{group.references:,}",
            f"{group.predictions:,}",
            *(number(value) for value in (group.f_score, group.recall, group.precision)),
            degrees(group.doa_error),
            *(number(value) for value in (group.relative_distance_error, group.onscreen_accuracy)),
        )
        for group in groups
    ]


def _cost(cost: Cost) -> list[tuple[str, str]]:
    if cost.error is not None:
        return [("speed", f"not supported: {cost.error}")]
    return [
        ("speed", f"{cost.factor:.1f} × real time"),
        ("start-up", f"{cost.startup:.1f} s"),
        ("peak memory", f"{cost.peak / 1e6:,.0f} MB"),
    ]


def with_interval(scores: Scores, name: str) -> str:
    """Formats a score with its unit and interval.

    Args:
        scores: Scores with or without intervals.
        name: Name of the score.

    Returns:
        Text such as "0.512 (0.480 to 0.544)".
    """
    definition = scores.definition(name)
    text = definition.text(scores[name])
    interval = scores.intervals.get(name)
    if interval is None or interval.low != interval.low:
        return text
    digits = definition.decimals
    return f"{text} ({number(interval.low, digits)} to {number(interval.high, digits)})"


def _agreement(result: Agreement) -> str:
    active = f"{_percent(result.active_agreement)} of {result.active_frames:,} with events"
    return f"{_percent(result.agreement)} of {result.frames:,} frames, {active}"


def _percent(share: float) -> str:
    return "–" if share != share else f"{share:.1%}"


def number(value: float, digits: int = 3) -> str:
    """Formats a number.

    Args:
        value: Number or NaN.
        digits: Number of decimals.

    Returns:
        The number, or "–" for NaN.
    """
    return "–" if value != value else f"{value:.{digits}f}"


def degrees(value: float) -> str:
    """Formats an angle.

    Args:
        value: Angle in degrees or NaN.

    Returns:
        Text such as "12.3°", or "–" for NaN.
    """
    return number(value, 1) + ("" if value != value else "°")

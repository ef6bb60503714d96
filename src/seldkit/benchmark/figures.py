"""A model's figures together, and as the rows of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seldkit import __version__
from seldkit.benchmark.held_out import HeldOut, score_folder
from seldkit.benchmark.properties import Agreement
from seldkit.benchmark.speed import Cost, Speed, measure_speed
from seldkit.detection import load
from seldkit.detection.detector import DEFAULT_MODEL
from seldkit.metrics import ErrorKind, Scores, SourceGroup
from seldkit.types import CountProgress, NamedProgress


@dataclass(frozen=True, eq=False)
class Benchmark:
    """A model's size, its speed on this machine, and what it did on held-out sets.

    parameters: weights that training changes. size: bytes of its directory.
    """

    model: str
    parameters: int
    size: int
    speed: Speed
    sets: tuple[HeldOut, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "seldkit": __version__,
            "model": self.model,
            "parameters": self.parameters,
            "size": self.size,
            "speed": self.speed.to_dict(),
            "sets": [one.to_dict() for one in self.sets],
        }


def benchmark(
    model: str = "default",
    data: Mapping[str, Path] | None = None,
    *,
    device: str = "auto",
    checked: int = 20,
    progress: NamedProgress | None = None,
) -> Benchmark:
    """Measure a model: 'default' or a model directory.

    data: folders of held-out data sets by name; without any only the speed, on a made-up clip, is measured.
    checked: clips of each set that the mirror and the streaming test hear. progress: called with a set's
    name, the clips that were heard and those that there are. Raises SeldkitError.
    """
    detector = load(model, device=device)
    directory = DEFAULT_MODEL if model == "default" else Path(model)
    sets = [
        score_folder(detector, name, folder, checked, _of_set(progress, name))
        for name, folder in (data or {}).items()
    ]
    return Benchmark(
        model=detector.model.config.name,
        parameters=sum(one.numel() for one in detector.model.parameters() if one.requires_grad),
        size=sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()),
        speed=measure_speed(model, device),
        sets=tuple(sets),
    )


def _of_set(progress: NamedProgress | None, name: str) -> CountProgress | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


def cost_rows(found: Benchmark) -> list[tuple[str, ...]]:
    """Name and value of size and speed."""
    rows: list[tuple[str, ...]] = [
        ("parameters", f"{found.parameters:,}"),
        ("size on disk", f"{found.size / 1e6:.1f} MB"),
    ]
    for name, cost in (("sound only", found.speed.sound), ("with video", found.speed.video)):
        rows += [(f"{label}, {name}", value) for label, value in _cost(cost)]
    return rows


def score_rows(one: HeldOut) -> list[tuple[str, ...]]:
    """Name, official and strict score of each of the protocol's numbers, with 95 % intervals."""
    return [
        (name.replace("_", " "), *(with_interval(scores, name) for scores in (one.official, one.strict)))
        for name in one.strict.overall
    ]


def trust_rows(one: HeldOut) -> list[tuple[str, str]]:
    """Name and value of calibration, coverage, and of the mirror and streaming tests."""
    rows: list[tuple[str, str]] = [
        ("expected calibration error, all cells", number(one.calibration.error)),
        ("expected calibration error, named cells", number(one.named.error)),
    ]
    if one.intervals is None:
        rows.append(("intervals", "none: not calibrated"))
    else:
        share, width = one.intervals, f"median width {one.intervals.azimuth_width:.0f}°"
        factor = f"median high / low {number(share.distance_factor, 1)}"
        rows += [
            (f"azimuth intervals of {share.nominal:.0%} that hold", f"{_percent(share.azimuth)} ({width})"),
            (
                f"distance intervals of {share.nominal:.0%} that hold",
                f"{_percent(share.distance)} ({factor})",
            ),
        ]
    answers = one.streaming.answers
    apart = "–" if answers != answers else f"answers at most {answers:.1e} apart"
    return [
        *rows,
        ("mirror test, frames that agree", _agreed(one.mirror)),
        ("streaming and whole files", f"{_agreed(one.streaming)}, {apart}"),
    ]


def error_rows(one: HeldOut) -> list[tuple[str, ...]]:
    """Kind of error, rows, and their share of the references (of false ones: of the predictions)."""
    wholes = dict.fromkeys(ErrorKind, one.taxonomy.references) | {ErrorKind.FALSE: one.taxonomy.predictions}
    return [
        (kind.name.lower().replace("_", " "), f"{one.taxonomy[kind]:,}",
         _percent(one.taxonomy[kind] / whole if whole else float("nan")))
        for kind, whole in wholes.items()
    ]  # fmt: skip


GROUP_HEAD: Final = (
    "references",
    "predictions",
    "F",
    "recall",
    "precision",
    "DOA error",
    "rel. dist.",
    "screen",
)


def group_rows(groups: Sequence[SourceGroup]) -> list[tuple[str, ...]]:
    """A line for each group, under its name and `GROUP_HEAD`."""
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
    if cost.refused is not None:
        return [("speed", f"not taken: {cost.refused}")]
    return [
        ("speed", f"{cost.factor:.1f} × real time"),
        ("start-up", f"{cost.startup:.1f} s"),
        ("peak memory", f"{cost.peak / 1e6:,.0f} MB"),
    ]


def with_interval(scores: Scores, name: str) -> str:
    """A score with its unit, and its interval in brackets."""
    definition = scores.definition(name)
    text = definition.text(scores[name])
    interval = scores.intervals.get(name)
    if interval is None or interval.low != interval.low:
        return text
    digits = definition.decimals
    return f"{text} ({number(interval.low, digits)} to {number(interval.high, digits)})"


def _agreed(found: Agreement) -> str:
    busy = f"{_percent(found.busy_agreed)} of {found.busy:,} with events"
    return f"{_percent(found.agreed)} of {found.frames:,} frames, {busy}"


def _percent(share: float) -> str:
    return "–" if share != share else f"{share:.1%}"


def number(value: float, digits: int = 3) -> str:
    """A number, or a dash for what is none."""
    return "–" if value != value else f"{value:.{digits}f}"


def degrees(value: float) -> str:
    """Degrees with their sign, or a dash."""
    return number(value, 1) + ("" if value != value else "°")

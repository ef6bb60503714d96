"""seldkit evaluate: scores of predictions under a challenge's protocol, in both readings."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich import box
from rich.table import Table

from seldkit.cli.batch import console, plain
from seldkit.cli.evaluation_report import EvaluationReport
from seldkit.files import replacing

if TYPE_CHECKING:
    from seldkit.metrics import Evaluation, Scores

Protocol = Literal["dcase2025", "dcase2024", "dcase2023"]
Average = Literal["macro", "micro"]

UNITS = {
    "doa_error": "°",
    "localization_error": "°",
    "distance_error": " m",
    "onset_error": " s",
    "offset_error": " s",
}
COUNTS = ("references", "predictions", "identity_switches", "fragmentations")
EXPLAINED = (
    "official is the challenge's evaluator, strict counts all frames, files and classes: docs/protocols.md"
)

EVENTS_EXPLAINED = (
    "events: as written by the files' sources, and tracked by seldkit; a hit overlaps by half within 20°: "
    "docs/events.md"
)


def evaluate(
    reference: Annotated[Path, typer.Argument(help="Folder of reference annotations, searched recursively.")],
    predictions: Annotated[Path, typer.Argument(help="Folder of predictions, paired by file name.")],
    protocol: Annotated[Protocol, typer.Option(help="Which challenge's rules.")] = "dcase2025",
    average: Annotated[Average, typer.Option(help="Mean over the classes, or over all events.")] = "macro",
    require_onscreen: Annotated[
        bool,
        typer.Option("--require-onscreen", help="A wrong on-screen flag makes a detection wrong (2025)."),
    ] = False,
    jackknife: Annotated[
        bool, typer.Option("--jackknife", help="Add 95 % confidence intervals over the clips.")
    ] = False,
    events: Annotated[
        bool,
        typer.Option("--events", help="Add scores of events: found whole, in one piece, without a swap."),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Also write an HTML page: scores with intervals, classes, errors, worst clips."),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(help="With --report: folder of the clips' recordings, named alike, to play there."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write all scores to this file ('-' for the terminal).")
    ] = None,
) -> None:
    """Score predictions against references: overall and by class, official and strict side by side."""
    if media is not None and report is None:
        raise typer.BadParameter("--media speaks of --report, which is not given")

    from seldkit.metrics import evaluate_folders

    result = evaluate_folders(
        reference,
        predictions,
        protocol=protocol,
        average=average,
        require_onscreen=require_onscreen,
        jackknife=jackknife or report is not None,
    )
    found = _event_scores(reference, predictions, protocol, average) if events else {}
    content = result.to_dict()
    if events:
        content["events"] = {name: scores.to_dict() for name, scores in found.items()}
    if report is not None:
        page = EvaluationReport(report, media)
        page.write(result, reference, predictions, protocol, average, _number)
    text = json.dumps(content, indent=1, allow_nan=False)
    if str(json_file) == "-":
        typer.echo(text)
        return
    _show(result, protocol, average)
    if events:
        console().print(_of_events(found))
        console().print(EVENTS_EXPLAINED)
    if json_file is not None:
        with replacing(json_file) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def _show(result: "Evaluation", protocol: str, average: str) -> None:
    screen = console()
    for note in result.notes:
        screen.print(f"note: {plain(note)}")
    screen.print(f"[bold]{protocol}[/bold], {average} average, {result.strict.clips} clips")
    screen.print(_overall(result))
    screen.print(_classwise(result))
    screen.print(EXPLAINED)


def _event_scores(
    reference: Path, predictions: Path, protocol: Protocol, average: Average
) -> dict[str, "Scores"]:
    from seldkit.detection.event_scores import evaluate_folder_events

    return evaluate_folder_events(reference, predictions, protocol, average)


def _of_events(found: dict[str, "Scores"]) -> Table:
    """Overall, and the F of each class below."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("events")
    for name in found:
        table.add_column(name.replace("_", " "), justify="right")
    sides = list(found.values())
    for name in sides[0].overall:
        table.add_row(name.replace("_", " "), *(_number(scores[name], name) for scores in sides))
    for number, class_name in enumerate(sides[0].classes):
        values = [_at(scores.classwise["f_score"], number) for scores in sides]
        if any(value == value for value in values):
            table.add_row(f"f score, {plain(class_name)}", *(_number(value, "f_score") for value in values))
    return table


def _overall(result: "Evaluation") -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for reading in ("official", "strict"):
        table.add_column(reading, justify="right")
    for name in result.strict.overall:
        cells = [_with_interval(scores, name) for scores in (result.official, result.strict)]
        table.add_row(name.replace("_", " "), *cells)
    return table


def _with_interval(scores: "Scores", name: str) -> str:
    text = _number(scores[name], name)
    if name not in scores.intervals:
        return text
    interval = scores.intervals[name]
    return f"{text}  [{_number(interval.low, name)}, {_number(interval.high, name)}]".replace("[", r"\[")


def _classwise(result: "Evaluation") -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("class")
    names = list(result.strict.classwise)
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for row in _rows(result, names):
        table.add_row(*row)
    return table


def _rows(result: "Evaluation", names: list[str]) -> Iterator[list[str]]:
    """For each class, 'official / strict' of every score, or one number where both agree."""
    for number, class_name in enumerate(result.strict.classes):
        cells = []
        for name in names:
            values = [_at(scores.classwise[name], number) for scores in (result.official, result.strict)]
            texts = [_number(value, name) for value in values]
            cells.append(texts[0] if texts[0] == texts[1] else " / ".join(texts))
        yield [plain(class_name), *cells]


def _at(values: list[float], number: int) -> float:
    """A class's value; only the strict reading has rows for classes that the vocabulary lacks."""
    return values[number] if number < len(values) else float("nan")


def _number(value: float, name: str) -> str:
    if value != value:
        return "–"
    if name in COUNTS:
        return f"{value:.0f}"
    return f"{value:.1f}{UNITS[name]}" if UNITS.get(name) == "°" else f"{value:.3f}{UNITS.get(name, '')}"

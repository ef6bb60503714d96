"""Command `seldkit evaluate`: scores of predictions in both readings of a protocol."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich import box
from rich.table import Table
from typer.core import TyperCommand

from seldkit.cli.batch import console, plain
from seldkit.cli.class_options import Classes, vocabulary_of
from seldkit.cli.evaluation_report import EvaluationReport
from seldkit.files import replacing

if TYPE_CHECKING:
    from seldkit.metrics import Evaluation, Scores

Average = Literal["macro", "micro"]

READINGS_NOTE = (
    "official reproduces the challenge's evaluator, strict counts all frames, files and classes: "
    "docs/protocols.md"
)
EVENTS_NOTE = (
    "events: as written joins rows by source number, tracked by seldkit's tracker; a match overlaps by half "
    "within {angle:g}°: docs/events.md"
)


class EvaluateCommand(TyperCommand):
    """Command whose help lists the registered protocols. The registry is imported only when needed."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Returns the parameters of the command.

        Args:
            ctx: Context of the call.

        Returns:
            Parameters; the option --protocol shows all names.
        """
        from seldkit.metrics import PROTOCOLS

        parameters = super().get_params(ctx)
        for parameter in parameters:
            if parameter.name == "protocol":
                parameter.metavar = f"<{'|'.join(PROTOCOLS.names())}>"
        return parameters


def _registered_protocol(name: str) -> str:
    from seldkit.metrics import PROTOCOLS
    from seldkit.registry import nearest

    if name not in PROTOCOLS:
        raise typer.BadParameter(f"unknown protocol '{name}'; {nearest(name, PROTOCOLS.names())}")
    return name


def evaluate(
    reference: Annotated[Path, typer.Argument(help="Folder of reference annotations, searched recursively.")],
    predictions: Annotated[Path, typer.Argument(help="Folder of predictions, paired by file name.")],
    protocol: Annotated[
        str, typer.Option(callback=_registered_protocol, help="Scoring protocol.")
    ] = "dcase2025",
    average: Annotated[
        Average, typer.Option(help="macro: mean over the classes; micro: all classes pooled.")
    ] = "macro",
    require_onscreen: Annotated[
        bool,
        typer.Option(
            "--require-onscreen", help="Count only predictions with the correct on-screen flag as correct."
        ),
    ] = False,
    jackknife: Annotated[
        bool,
        typer.Option(
            "--jackknife", help="Add 95 % jackknife confidence intervals (each clip is left out once)."
        ),
    ] = False,
    events: Annotated[
        bool,
        typer.Option(
            "--events",
            help="Add scores of whole events: F-scores, onset and offset errors, identity switches.",
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write an HTML report: scores with intervals, scores by class, kinds of errors, worst clips."
        ),
    ] = None,
    media: Annotated[
        Path | None,
        typer.Option(help="Folder of recordings to play in the report, paired by file name."),
    ] = None,
    classes: Classes = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all scores to this JSON file; '-' prints them.")
    ] = None,
) -> None:
    """Score predictions against references.

    Prints official scores, which equal those of the challenge's evaluator, and strict scores, which count
    all frames, files and classes.
    """
    _require_report(media, report)

    from seldkit.metrics import read_folders

    folders = read_folders(reference, predictions, protocol, vocabulary_of(classes))
    result = folders.evaluate(average, require_onscreen, jackknife=jackknife or report is not None)
    content = result.to_dict()
    event_scores: dict[str, Scores] = {}
    if events:
        from seldkit.metrics.events import evaluate_paired_events

        event_scores = evaluate_paired_events(folders, average)
        content["events"] = {name: scores.to_dict() for name, scores in event_scores.items()}
    if report is not None:
        title = f"{predictions.name} against {reference.name}: {protocol}, {average} average"
        EvaluationReport(report, media).write(folders, result, title)
    text = json.dumps(content, indent=1, allow_nan=False)
    if str(json_file) == "-":
        typer.echo(text)
        return
    _print_scores(result, protocol, average)
    if events:
        console().print(_event_table(event_scores))
        console().print(EVENTS_NOTE.format(angle=folders.protocol.rules.max_angle_deg))
    if json_file is not None:
        with replacing(json_file) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def _require_report(media: Path | None, report: Path | None) -> None:
    if media is not None and report is None:
        raise typer.BadParameter("--media requires --report")


def _print_scores(result: "Evaluation", protocol: str, average: str) -> None:
    screen = console()
    for note in result.notes:
        screen.print(f"note: {plain(note)}")
    screen.print(f"[bold]{protocol}[/bold], {average} average, {result.strict.clips} clips")
    screen.print(_overall_table(result))
    screen.print(_class_table(result))
    screen.print(READINGS_NOTE)


def _table(first: str, columns: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _overall_table(result: "Evaluation") -> Table:
    table = _table("", ["official", "strict"])
    for definition in result.strict.definitions:
        cells = [_with_interval(scores, definition.name) for scores in (result.official, result.strict)]
        table.add_row(definition.label, *cells)
    return table


def _with_interval(scores: "Scores", name: str) -> str:
    definition, interval = scores.definition(name), scores.intervals.get(name)
    text = definition.text(scores[name])
    if interval is None:
        return text
    ends = f"  [{definition.text(interval.low)}, {definition.text(interval.high)}]"
    return text + ends.replace("[", r"\[")


def _class_table(result: "Evaluation") -> Table:
    """'official / strict' of every score for each class, or one value if both are equal."""
    definitions = result.strict.definitions
    table = _table("class", [definition.label for definition in definitions])
    for class_id, class_name in enumerate(result.strict.classes):
        cells = []
        for definition in definitions:
            values = (one.class_score(definition.name, class_id) for one in (result.official, result.strict))
            cells.append(" / ".join(dict.fromkeys(map(definition.text, values))))
        table.add_row(plain(class_name), *cells)
    return table


def _event_table(event_scores: dict[str, "Scores"]) -> Table:
    """Overall scores, followed by the F-score of each class with events."""
    table = _table("events", [name.replace("_", " ") for name in event_scores])
    columns = list(event_scores.values())
    for definition in columns[0].definitions:
        table.add_row(definition.label, *(definition.text(scores[definition.name]) for scores in columns))
    f_score = columns[0].definition("f_score")
    for class_id, class_name in enumerate(columns[0].classes):
        values = [scores.class_score(f_score.name, class_id) for scores in columns]
        if any(value == value for value in values):
            table.add_row(f"{f_score.label}, {plain(class_name)}", *map(f_score.text, values))
    return table

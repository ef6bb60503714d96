"""seldkit inspect: summarizes and checks recordings, annotations, datasets and models."""

import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seldkit.cli.batch import MEDIA_SUFFIXES, console, for_each, is_folder, plain
from seldkit.cli.class_options import Classes, vocabulary_of
from seldkit.errors import SeldkitError
from seldkit.files import is_temporary, replacing

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from seldkit.classes import ClassVocabulary
    from seldkit.datasets.validation import DatasetReport

CHECKPOINT_SUFFIXES = frozenset({".pth", ".pt", ".h5", ".ckpt", ".safetensors"})
SOFA_SUFFIX = ".sofa"
ANNOTATION_SUFFIXES = frozenset({".csv", ".json"})


def inspect(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings, annotation files or folders, datasets, model directories, checkpoints or SOFA "
            "files."
        ),
    ],
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Write one line of JSON per path to this file; '-' prints it instead of the tables.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Plot the distributions of a dataset or the geometry of a SOFA file to this file."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Kind of dataset, such as starss23. Default: recognized by the names of its folders."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=1024, help="Number of processes that check a dataset.")
    ] = 1,
    classes: Classes = None,
) -> None:
    """Summarize files and folders and report problems.

    The exit status is 1 if a file cannot be read, or if a dataset has problems.
    """
    objects: list[str] = []
    quiet = str(json_file) == "-"
    vocabulary = vocabulary_of(classes)

    def process(path: Path) -> None:
        if is_folder(path) and (kind is not None or _is_dataset(path)):
            dataset = _examine(path, kind, workers, vocabulary)
            record(path, {**dataclasses.asdict(dataset), "problems": dataset.problems})
            _show_dataset(dataset, quiet, plot)
            return
        for part in _parts(path):
            report = _reader(part, vocabulary, plot)(part)
            record(part, dataclasses.asdict(report))
            if not quiet:
                _show(part, report)

    def record(path: Path, fields: dict[str, object]) -> None:
        objects.append(json.dumps(_jsonable({"path": path} | fields)))
        if quiet:
            typer.echo(objects[-1])

    try:
        for_each(paths, process)
    finally:
        if json_file is not None and not quiet:
            with replacing(json_file) as temporary:
                temporary.write_text("".join(line + "\n" for line in objects), encoding="utf-8")


def _is_dataset(path: Path) -> bool:
    from seldkit.datasets import detect_layout

    return detect_layout(path) is not None


def _examine(
    path: Path, kind: str | None, workers: int, classes: "ClassVocabulary | None"
) -> "DatasetReport":
    from rich.console import Console
    from rich.progress import Progress

    from seldkit.datasets import open_dataset
    from seldkit.datasets.validation import validate_dataset

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task("clips", total=None)
        return validate_dataset(
            open_dataset(path, kind, classes=classes),
            workers=workers,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )


def _show_dataset(report: "DatasetReport", quiet: bool, plot: Path | None) -> None:
    """Prints and plots a report; raises SeldkitError if the dataset has problems."""
    if not quiet:
        from seldkit.cli.dataset_tables import show_dataset

        show_dataset(console(), report)
    if plot is not None:
        from seldkit.datasets.validation.report_figure import plot_report

        plot_report(report, plot)
    if report.problems:
        count = len(report.problems)
        raise SeldkitError(f"{report.path}: {count} problem{'s' if count > 1 else ''} in this dataset")


def _parts(path: Path) -> Iterator[Path]:
    """Yields the path itself, or the recordings of a folder that contains nothing else."""
    if not is_folder(path) or _is_model(path) or _holds(path, ANNOTATION_SUFFIXES):
        yield path
        return
    recordings = sorted(part for part in _files_below(path) if part.suffix.lower() in MEDIA_SUFFIXES)
    if not recordings:
        raise SeldkitError(
            f"{path}: expected a model directory or a folder with annotations or recordings, found none"
        )
    yield from recordings


def _is_model(path: Path) -> bool:
    return (path / "config.yaml").exists() or (path / "model.safetensors").exists()


def _holds(path: Path, suffixes: frozenset[str]) -> bool:
    return any(part.suffix.lower() in suffixes for part in _files_below(path))


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not is_temporary(path))


def _reader(
    path: Path, classes: "ClassVocabulary | None", plot: Path | None
) -> "Callable[[Path], DataclassInstance]":
    """Selects the function that checks a path; imported here, because importing the models takes seconds."""
    if path.suffix.lower() in CHECKPOINT_SUFFIXES or (is_folder(path) and _is_model(path)):
        from seldkit.models import inspect_model

        return inspect_model
    from seldkit.formats import check_annotations, check_events, is_event_file

    if not is_folder(path) and is_event_file(path):
        return partial(check_events, classes=classes)
    if is_folder(path) or path.suffix.lower() in ANNOTATION_SUFFIXES:
        return partial(check_annotations, classes=classes)
    if path.suffix.lower() == SOFA_SUFFIX:
        from seldkit.synthesis.sofa_report import inspect_sofa

        return partial(inspect_sofa, plot=plot)
    from seldkit.media import check_media

    return check_media


def _show(path: Path, report: "DataclassInstance") -> None:
    fields = dataclasses.asdict(report)
    problems = fields.pop("problems")
    screen = console()
    screen.print(f"[bold]{plain(path)}[/bold]")
    for name, text in _lines(fields):
        screen.print(f"  {name.replace('_', ' '):24} {plain(text)}", soft_wrap=True)
    for problem in problems:
        screen.print(f"  [bold]![/bold] {plain(problem)}", soft_wrap=True)
    if not problems:
        screen.print("  no problems found")


def _lines(fields: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields nested fields as 'outer inner' and text, without unknown values."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{prefix}{name} ")
        elif value is not None and name != "path":
            yield f"{prefix}{name}", _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _jsonable(value: object) -> object:
    """Replaces paths by text and infinite numbers by null."""
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value

"""seldkit benchmark: scores of a model on held-out datasets, and its speed on this machine."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from seldkit.cli.batch import console, counted, plain, report
from seldkit.errors import SeldkitError
from seldkit.files import read_regular_file, replacing

MAX_CARD_BYTES = 16 * 1024 * 1024
"""Size in bytes of the largest model card that is read."""

if TYPE_CHECKING:
    from seldkit.benchmark import Benchmark, HeldOutResult


def benchmark(
    model: Annotated[
        str, typer.Option(help="Model directory, or 'default' for the model that is included.")
    ] = "default",
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder of a held-out dataset, or NAME=FOLDER. Repeat it for several. Default: speed only."
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all figures to this file; '-' prints them instead of the tables."),
    ] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the sections of a model card to this file.")
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(help="Model card in which these sections are replaced."),
    ] = None,
    checked: Annotated[
        int,
        typer.Option(min=1, help="Number of clips per dataset for the mirror test and the streaming test."),
    ] = 20,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
) -> None:
    """Measure scores with confidence intervals, kinds of errors, calibration, speed, memory and size."""
    folders = _named(data or [])
    text_of_card = None if card is None else _read(card)
    from seldkit.benchmark import benchmark as measure
    from seldkit.benchmark import markdown, update_card

    with counted("clips") as progress:
        figures = measure(
            model,
            folders,
            device=device,
            checked=checked,
            progress=lambda _, done, total: progress(done, total),
        )
    text = json.dumps(figures.to_dict(), indent=1, allow_nan=False)
    if markdown_file is not None:
        _write(markdown_file, markdown(figures))
    if card is not None and text_of_card is not None:
        _write(card, update_card(text_of_card, figures))
    if str(json_file) == "-":
        typer.echo(text)
    else:
        _show(figures)
    if json_file is not None and str(json_file) != "-":
        _write(json_file, text + "\n")
    report([SeldkitError(line) for result in figures.sets for line in result.failures])


def _read(card: Path) -> str:
    """Reads the card before the measurements start."""
    try:
        return read_regular_file(card, MAX_CARD_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = " ".join(str(problem).split())
        raise SeldkitError(
            f"{card}: expected a model card, but it cannot be read as text ({reason})"
        ) from None


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _named(data: list[str]) -> dict[str, Path]:
    """Folders by name; the default name is that of the folder."""
    folders: dict[str, Path] = {}
    for argument in data:
        name, sign, folder = argument.partition("=")
        path = Path(folder) if sign and not Path(argument).exists() else Path(argument)
        name = name if sign and not Path(argument).exists() else path.resolve().name
        if name in folders:
            raise SeldkitError(
                f"--data {argument}: a second dataset named '{name}'; write --data OTHER={path}"
            )
        folders[name] = path
    return folders


def _show(figures: "Benchmark") -> None:
    from seldkit.benchmark.figures import cost_rows

    screen = console()
    screen.print(f"[bold]{plain(figures.model)}[/bold]")
    screen.print(_table(("", "value"), cost_rows(figures)))
    speed = figures.speed
    screen.print(plain(f"{speed.machine}, {speed.cores} cores, load {speed.load:.1f} at the start"))
    for result in figures.sets:
        _show_set(result)


def _show_set(one: "HeldOutResult") -> None:
    from seldkit.benchmark.figures import GROUP_HEAD, error_rows, group_rows, score_rows, trust_rows

    screen = console()
    screen.print(f"\n[bold]{plain(one.name)}[/bold], {one.clips} clips, {one.hours:.2f} hours")
    for note in one.notes:
        screen.print(f"note: {plain(note)}")
    screen.print(_table(("score", "official", "strict"), score_rows(one)))
    screen.print(_table(("trust", "value"), trust_rows(one)))
    screen.print(_table(("rows", "number", "share"), error_rows(one)))
    for title, groups in vars(one.breakdown).items():
        screen.print(_table((title.replace("_", " "), *GROUP_HEAD), group_rows(groups)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(plain, row))
    return table

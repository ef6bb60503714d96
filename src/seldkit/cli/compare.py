"""seldkit compare: several recipes trained and scored into one table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from seldkit.cli.batch import console, plain
from seldkit.cli.train import by_stage, training_extra

if TYPE_CHECKING:
    from seldkit.metrics import Interval
    from seldkit.training.comparison import Comparison

SHOWN = ("f_score", "doa_error", "relative_distance_error", "onscreen_accuracy", "seld_score")


def compare(
    recipes: Annotated[
        list[str], typer.Argument(help="Recipes' names or YAML files; the first is compared to.")
    ],
    data: Annotated[
        list[str],
        typer.Option(help="Folder of a data set to train on; STAGE=FOLDER for one stage. May be repeated."),
    ],
    test: Annotated[Path, typer.Option(help="Folder of the data set whose test folds are scored.")],
    output: Annotated[Path, typer.Option(help="Folder of the runs; finished ones are kept.")] = Path(
        "runs/compare"
    ),
    seed: Annotated[
        list[int] | None, typer.Option(help="Train each recipe with this seed. May be repeated.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Another value than the recipes': training.seed=2.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps …")] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare and read clips.")] = 0,
) -> None:
    """Train several recipes on the same data and score them on the same clips, with intervals."""
    from seldkit.training import read_recipe

    chosen = [read_recipe(recipe, changes or ()) for recipe in recipes]
    with training_extra():
        from seldkit.training.comparison import compare as run
        from seldkit.training.run import Machine
        from seldkit.training.sources import PreparedSources
    sources = PreparedSources(by_stage(data), output / "store", max(1, workers), typer.echo)
    for recipe in chosen:
        sources.check(recipe.training)
    machine = Machine(accelerator=device, workers=workers)
    show(run(chosen, sources, test, output, seed or (), machine))
    typer.echo(f"all of it is in {output / 'comparison.json'}", err=True)


def show(comparison: "Comparison") -> None:
    """The strict reading's scores with their intervals, and what each costs."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    names = [name for name in SHOWN if name in comparison.entries[0].strict.overall]
    for column in ("system", "seed", *names, "p (F)", "parameters", "MACs", "ms a clip"):
        table.add_column(column.replace("_", " "), justify="left" if column == "system" else "right")
    for number, entry in enumerate(comparison.entries):
        cells = [_with_interval(entry.strict.overall[name], entry.strict.intervals[name]) for name in names]
        p_value = comparison.differences[number - 1]["f_score"].p_value if number else None
        table.add_row(
            plain(entry.name),
            str(entry.seed),
            *cells,
            "" if p_value is None else f"{p_value:.3f}",
            f"{entry.parameters:,}",
            f"{entry.macs / 1e6:,.0f} M",
            f"{entry.seconds * 1000:.1f}",
        )
    console().print(table)


def _with_interval(value: float, interval: "Interval") -> str:
    return "–" if value != value else f"{value:.3f} ± {(interval.high - interval.low) / 2:.3f}"

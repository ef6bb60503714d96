"""seldkit compare: several recipes trained and scored into one table."""

from pathlib import Path
from typing import Annotated

import typer

from seldkit.cli.train import by_stage, training_extra
from seldkit.errors import SeldkitError


def compare(
    recipes: Annotated[
        list[str], typer.Argument(help="Recipes' names or YAML files; the first is compared to.")
    ],
    data: Annotated[
        list[str],
        typer.Option(help="Folder of a data set to train on; STAGE=FOLDER for one stage. May be repeated."),
    ],
    test: Annotated[
        list[str],
        typer.Option(help="Folder of the data set whose test folds are scored, or NAME=FOLDER; repeatable."),
    ],
    output: Annotated[Path, typer.Option(help="Folder of the runs; finished ones are kept.")] = Path(
        "runs/compare"
    ),
    seed: Annotated[
        list[int] | None, typer.Option(help="Train each recipe with this seed. May be repeated.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Another value than the recipes': training.seed=2.")
    ] = None,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Score them together too, weights chosen on validation clips.")
    ] = False,
    degrade: Annotated[
        bool, typer.Option("--degrade", help="Score again with pictures blurred, dark, half hidden, black.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps …")] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare and read clips.")] = 0,
) -> None:
    """Train several recipes on the same data and score them on the same clips, with intervals."""
    from seldkit.training import read_recipe

    chosen = [read_recipe(recipe, changes or ()) for recipe in recipes]
    tests, datasets = by_name(test), by_stage(data)
    with training_extra():
        from seldkit.cli.comparison_tables import show
        from seldkit.training.comparison import LADDER
        from seldkit.training.comparison import compare as run
        from seldkit.training.prepared_sources import PreparedSources
        from seldkit.training.run import Machine
    sources = PreparedSources(datasets, output / "store", max(1, workers), typer.echo, tests.values())
    for recipe in chosen:
        sources.check(recipe.training)
    machine = Machine(accelerator=device, workers=workers)
    ladder = LADDER if degrade else ()
    show(run(chosen, sources, tests, output, seed or (), machine, ensemble=ensemble, ladder=ladder))
    typer.echo(f"all of it is in {output / 'comparison.json'}", err=True)


def by_name(tests: list[str]) -> dict[str, Path]:
    """The test sets by their names: what was given before the sign, else the folder's own name."""
    found: dict[str, Path] = {}
    for given in tests:
        before, sign, after = given.partition("=")
        named = sign and before and not Path(given).exists()
        path = Path(after if named else given)
        name = before if named else path.resolve().name or "test"
        if name in found:
            raise SeldkitError(
                f"--test {given}: the second of the name '{name}'; name it: --test OTHER={path}"
            )
        found[name] = path
    return found

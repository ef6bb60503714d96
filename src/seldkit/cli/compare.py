"""seldkit compare: trains and evaluates several recipes."""

from pathlib import Path
from typing import Annotated

import typer

from seldkit.cli.train import by_stage, training_extra
from seldkit.errors import SeldkitError


def compare(
    recipes: Annotated[
        list[str],
        typer.Argument(
            help="Names or YAML files of recipes. The first one is the reference of the differences."
        ),
    ],
    data: Annotated[
        list[str],
        typer.Option(
            help="Folder of a dataset for training, or STAGE=FOLDER for one stage. Repeat it for several."
        ),
    ],
    test: Annotated[
        list[str],
        typer.Option(
            help="Folder of a dataset whose test clips are evaluated, or NAME=FOLDER. Repeat it for several."
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder of the runs. Finished runs are kept.")] = Path(
        "runs/compare"
    ),
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Random seed of the training. Repeat it to train each recipe with several."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a value of all recipes, for example training.seed=2."),
    ] = None,
    ensemble: Annotated[
        bool,
        typer.Option("--ensemble", help="Also evaluate ensembles, with weights chosen on validation clips."),
    ] = False,
    degrade: Annotated[
        bool, typer.Option("--degrade", help="Also evaluate with blurred, dark, occluded and black images.")
    ] = False,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
    workers: Annotated[
        int, typer.Option(min=0, help="Number of processes that prepare and load clips; 0: the main process.")
    ] = 0,
) -> None:
    """Train several recipes on the same data and evaluate them on the same clips, with intervals."""
    from seldkit.training import read_recipe

    chosen = [read_recipe(recipe, changes or ()) for recipe in recipes]
    tests, datasets = by_name(test), by_stage(data)
    with training_extra():
        from seldkit.cli.comparison_tables import show
        from seldkit.training.comparison import DEGRADATIONS
        from seldkit.training.comparison import compare as run
        from seldkit.training.prepared_sources import PreparedSources
        from seldkit.training.run import Machine
    sources = PreparedSources(datasets, output / "store", max(1, workers), typer.echo, tests.values())
    for recipe in chosen:
        sources.check(recipe.training)
    machine = Machine(accelerator=device, workers=workers)
    degradations = DEGRADATIONS if degrade else ()
    show(
        run(chosen, sources, tests, output, seed or (), machine, ensemble=ensemble, degradations=degradations)
    )
    typer.echo(f"all results are in {output / 'comparison.json'}", err=True)


def by_name(tests: list[str]) -> dict[str, Path]:
    """Parses --test.

    Args:
        tests: Folders, or NAME=FOLDER.

    Returns:
        Folders by name; the default name is that of the folder.

    Raises:
        SeldkitError: Two test sets have the same name.
    """
    folders: dict[str, Path] = {}
    for argument in tests:
        prefix, sign, suffix = argument.partition("=")
        has_name = sign and prefix and not Path(argument).exists()
        path = Path(suffix if has_name else argument)
        name = prefix if has_name else path.resolve().name or "test"
        if name in folders:
            raise SeldkitError(
                f"--test {argument}: a second test set named '{name}'; write --test OTHER={path}"
            )
        folders[name] = path
    return folders

"""seldkit prepare: features and targets of a data set into a store."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seldkit.cli.batch import counted
from seldkit.cli.class_options import Classes, vocabulary_of

if TYPE_CHECKING:
    from seldkit.datasets.preparation import Prepared
    from seldkit.models import ModelConfig

SHOWN = 10
"""Notes that are printed; further ones are counted."""


def prepare(
    dataset: Annotated[Path, typer.Argument(help="Folder of a data set.")],
    recipe: Annotated[
        str, typer.Option(help="A recipe's name or YAML file, a model directory, or its config.yaml.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder of the store. Default: <name of the data set>-store here.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Processes.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(help="A Ray cluster instead: its address, 'auto' or 'local'.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of data set, where its folders do not tell it.")
    ] = None,
    hop: Annotated[
        int | None, typer.Option(min=1, help="Frames of 100 ms between windows. Default: end to end.")
    ] = None,
    precision: Annotated[
        Literal["float32", "float16"], typer.Option(help="Of the features; float16 takes half the room.")
    ] = "float32",
    classes: Classes = None,
) -> None:
    """Compute the features and targets of a data set, for training to read.

    A run that was stopped is taken up where it was, and what is there already is kept.
    """
    from seldkit.datasets import open_for_model
    from seldkit.datasets.preparation import prepare as prepare_dataset
    from seldkit.datasets.swapped_stores import prepare_swapped

    config = _config(recipe)
    index = open_for_model(dataset, config.features, kind, vocabulary_of(classes))
    folder = output if output is not None else Path(f"{dataset.resolve().name}-store")
    with counted("clips") as progress:
        options: Any = {"workers": workers, "cluster": cluster, "hop_frames": hop, "precision": precision}
        done = [prepare_dataset(index, config, folder, progress=progress, **options)]
        if config.embeddings and _asks_for_swaps(recipe):
            swapped = prepare_swapped(index, config, folder, progress=progress, **options)
            done += [one for _, one in swapped if one is not None]
    _say(done)


def _config(recipe: str) -> "ModelConfig":
    from seldkit.datasets.recipe import read_config
    from seldkit.training import read_recipe, recipe_names

    return read_recipe(recipe).model if recipe in recipe_names() else read_config(recipe)


def _asks_for_swaps(recipe: str) -> bool:
    """Whether what is named is a recipe with a training part that swaps channels."""
    from seldkit.models.yaml_file import read_yaml
    from seldkit.training import read_recipe, recipe_names

    whole = recipe in recipe_names() or (Path(recipe).is_file() and "training" in read_yaml(Path(recipe)))
    return whole and read_recipe(recipe).training.augmentation.swaps


def _say(done: Sequence["Prepared"]) -> None:
    notes = [note for one in done for note in one.notes]
    failures = list(dict.fromkeys(line for one in done for line in one.failures))
    for note in notes[:SHOWN]:
        typer.echo(f"note: {note}", err=True)
    if len(notes) > SHOWN:
        typer.echo(f"note: {len(notes) - SHOWN} more like these", err=True)
    for failure in failures:
        typer.echo(f"error: {failure}", err=True)
    for one, what in zip(done, ["clips", *["clips' swapped streams"] * len(done)], strict=False):
        kept = one.clips - one.computed
        typer.echo(f"{one.clips} {what} are in {one.folder}: {one.computed} computed, {kept} kept")
    if failures:
        typer.echo(f"{len(failures)} clips failed", err=True)
        raise typer.Exit(1)

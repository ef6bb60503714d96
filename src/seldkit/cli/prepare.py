"""seldkit prepare: computes the features and targets of a dataset."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seldkit.cli.batch import counted
from seldkit.cli.class_options import Classes, vocabulary_of

if TYPE_CHECKING:
    from seldkit.datasets.preparation import PreparationResult
    from seldkit.models import ModelConfig

MAX_PRINTED_NOTES = 10
"""Further notes are counted."""


def prepare(
    dataset: Annotated[Path, typer.Argument(help="Folder of a dataset.")],
    recipe: Annotated[
        str, typer.Option(help="Name of a recipe, YAML file, model directory, or its config.yaml.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Folder of the feature store. Default: <name of the dataset>-store here."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Number of processes.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(help="Ray cluster to use instead of local processes: an address, auto or local."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of dataset. Default: recognized by its folders.")
    ] = None,
    hop: Annotated[
        int | None,
        typer.Option(
            min=1, help="Distance between windows in frames of 100 ms. Default: the length of a window."
        ),
    ] = None,
    precision: Annotated[
        Literal["float32", "float16"],
        typer.Option(help="Number format of the features; float16 halves the disk space."),
    ] = "float32",
    classes: Classes = None,
) -> None:
    """Compute the features and targets of a dataset for training.

    Run the command again to resume an interrupted run. Existing features are kept.
    """
    from seldkit.datasets import open_for_model
    from seldkit.datasets.preparation import prepare as prepare_dataset
    from seldkit.datasets.preparation import prepare_swapped

    config = _config(recipe)
    index = open_for_model(dataset, config.features, kind, vocabulary_of(classes))
    folder = output if output is not None else Path(f"{dataset.resolve().name}-store")
    with counted("clips") as progress:
        options: Any = {"workers": workers, "cluster": cluster, "hop_frames": hop, "precision": precision}
        done = [prepare_dataset(index, config, folder, progress=progress, **options)]
        if config.embeddings and _has_swaps(recipe):
            swapped = prepare_swapped(index, config, folder, progress=progress, **options)
            done += [one for _, one in swapped if one is not None]
    _print(done)


def _config(recipe: str) -> "ModelConfig":
    from seldkit.datasets.preparation import read_model_config
    from seldkit.training import read_recipe, recipe_names

    return read_recipe(recipe).model if recipe in recipe_names() else read_model_config(recipe)


def _has_swaps(recipe: str) -> bool:
    """Whether the recipe is trained with channel swaps."""
    from seldkit.models.yaml_file import read_yaml
    from seldkit.training import read_recipe, recipe_names

    is_recipe = recipe in recipe_names() or (Path(recipe).is_file() and "training" in read_yaml(Path(recipe)))
    return is_recipe and read_recipe(recipe).training.augmentation.swaps


def _print(results: Sequence["PreparationResult"]) -> None:
    notes = [note for result in results for note in result.notes]
    failures = list(dict.fromkeys(line for result in results for line in result.failures))
    for note in notes[:MAX_PRINTED_NOTES]:
        typer.echo(f"note: {note}", err=True)
    if len(notes) > MAX_PRINTED_NOTES:
        typer.echo(f"note: {len(notes) - MAX_PRINTED_NOTES} more of these", err=True)
    for failure in failures:
        typer.echo(f"error: {failure}", err=True)
    for result, what in zip(results, ["clips", *["clips' swapped streams"] * len(results)], strict=False):
        kept = result.clips - result.computed
        typer.echo(f"{result.clips} {what} are in {result.folder}: {result.computed} computed, {kept} kept")
    if failures:
        typer.echo(f"{len(failures)} clips failed", err=True)
        raise typer.Exit(1)

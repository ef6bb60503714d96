"""seldkit train: trains a recipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from seldkit.errors import MissingExtraError, SeldkitError


def train(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe (see seldkit recipes) or YAML file.")],
    data: Annotated[
        list[str],
        typer.Option(
            help="Folder of a dataset. If the stages of the recipe use different datasets: STAGE=FOLDER, one "
            "option per stage."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the model, the logs and the checkpoints. Default: runs/<recipe>."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a value of the recipe, for example training.seed=2. Repeat it for several."
        ),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Folder for prepared features. Default: <output>/store.")
    ] = None,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
    devices: Annotated[
        int, typer.Option(min=1, help="Number of devices; several require --strategy ddp.")
    ] = 1,
    nodes: Annotated[int, typer.Option(min=1, help="Number of machines.")] = 1,
    strategy: Annotated[
        str, typer.Option(help="Lightning strategy for several devices: auto, ddp, fsdp and so on.")
    ] = "auto",
    workers: Annotated[
        int, typer.Option(min=0, help="Number of processes that prepare and load clips; 0: the main process.")
    ] = 0,
    compiled: Annotated[bool, typer.Option("--compile", help="Use torch.compile.")] = False,
) -> None:
    """Train the model of a recipe on datasets. Run the command again to resume an interrupted run."""
    from seldkit.training import read_recipe

    chosen = read_recipe(recipe, changes or ())
    folder = output if output is not None else Path("runs") / chosen.name
    datasets = by_stage(data)
    with training_extra():
        from seldkit.training.prepared_sources import PreparedSources
        from seldkit.training.run import Machine, is_first_process
        from seldkit.training.run import train as run
    sources = PreparedSources(datasets, store or folder / "store", max(1, workers), typer.echo)
    sources.check(chosen.training)
    machine = Machine(device, devices, nodes, strategy, workers, compiled)
    model = run(chosen, sources.with_swaps(chosen.training.augmentation.swaps), folder, machine)
    if is_first_process():
        typer.echo(f"the model is in {model}")


def by_stage(data: list[str]) -> dict[str, Path]:
    """Parses --data.

    Args:
        data: Folders, or STAGE=FOLDER.

    Returns:
        Folders by stage; "" for all other stages.

    Raises:
        SeldkitError: Two datasets are given for one stage.
    """
    folders: dict[str, Path] = {}
    for argument in data:
        stage, sign, folder = argument.partition("=")
        name, path = (stage, folder) if sign and not Path(argument).exists() else ("", argument)
        if name in folders:
            raise SeldkitError(
                f"--data {argument}: a second dataset for the same stage; merge the datasets, or name stages"
            )
        folders[name] = Path(path)
    return folders


@contextmanager
def training_extra() -> Iterator[None]:
    """Reports a missing dependency of training with the name of the extra.

    Yields:
        Nothing.

    Raises:
        MissingExtraError: Lightning or TensorBoard is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] in ("lightning", "tensorboard"):
            raise MissingExtraError("training", "train") from None
        raise

"""seldkit train: a recipe, trained in a folder that becomes a model directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from seldkit.errors import MissingExtraError, SeldkitError


def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (seldkit recipes lists them) or YAML file.")],
    data: Annotated[
        list[str],
        typer.Option(help="Folder of a data set; STAGE=FOLDER for one stage of the recipe. May be repeated."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder of the run. Default: runs/<recipe>. Goes on where it ended.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another value than the recipe's: training.seed=2. May be repeated."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Folder for prepared features. Default: <output>/store.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps …")] = "auto",
    devices: Annotated[int, typer.Option(min=1, help="How many of them; with more, --strategy ddp.")] = 1,
    nodes: Annotated[int, typer.Option(min=1, help="Machines.")] = 1,
    strategy: Annotated[str, typer.Option(help="How devices work together: auto, ddp, fsdp …")] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Processes that prepare and read clips.")] = 0,
    compiled: Annotated[bool, typer.Option("--compile", help="Use torch.compile.")] = False,
) -> None:
    """Train a recipe on data sets; a run that was stopped goes on where it was."""
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
    model = run(chosen, sources.swapping(chosen.training.augmentation.swaps), folder, machine)
    if is_first_process():
        typer.echo(f"the model is in {model}")


def by_stage(data: list[str]) -> dict[str, Path]:
    """The data sets by the stage that they are for, "" where none is said."""
    found: dict[str, Path] = {}
    for given in data:
        stage, sign, folder = given.partition("=")
        name, path = (stage, folder) if sign and not Path(given).exists() else ("", given)
        if name in found:
            raise SeldkitError(
                f"--data {given}: the second for the same stage; join the data sets, or name stages"
            )
        found[name] = Path(path)
    return found


@contextmanager
def training_extra() -> Iterator[None]:
    """Names the extra where what training needs is not installed."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] in ("lightning", "tensorboard"):
            raise MissingExtraError("training", "train") from None
        raise

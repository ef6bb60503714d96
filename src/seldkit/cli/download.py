"""seldkit download: public datasets."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from seldkit.cli.batch import console, counted, plain


def download(
    dataset: Annotated[
        str | None, typer.Argument(help="Name of the dataset. Without a name, the datasets are listed.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to. Default: a folder with the dataset's name here.")
    ] = None,
    archive: Annotated[
        list[str] | None,
        typer.Option(help="Only this archive, such as foa_dev; repeat for several. Default: all."),
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Whether to keep the archives after they have been unpacked.")
    ] = True,
) -> None:
    """Download a public dataset, check it and unpack it.

    Run the command again to resume an interrupted download. Read the licence of the dataset first.
    """
    from seldkit.datasets.download import REMOTE_DATASETS
    from seldkit.datasets.download import download as download_dataset

    if dataset is None:
        _list_datasets()
        return
    folder = output if output is not None else Path(dataset)
    typer.echo(
        f"{REMOTE_DATASETS[dataset].title}, licence {REMOTE_DATASETS[dataset].licence}, into {folder}",
        err=True,
    )
    with counted(dataset) as progress:
        fetched = download_dataset(
            dataset, folder, archive, keep=keep, progress=lambda name, done, total: progress(done, total)
        )
    unchecked = [file.path.name for file in fetched if file.recorded]
    if unchecked:
        typer.echo(
            f"note: no published checksum for {', '.join(unchecked)}; recorded for next time", err=True
        )


def _list_datasets() -> None:
    from seldkit.datasets.download import REMOTE_DATASETS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("dataset", "title", "licence", "archives"):
        table.add_column(column, overflow="fold")
    for name in REMOTE_DATASETS.names():
        remote = REMOTE_DATASETS[name]
        table.add_row(
            *(plain(cell) for cell in (name, remote.title, remote.licence, ", ".join(remote.archives)))
        )
    console().print(table)

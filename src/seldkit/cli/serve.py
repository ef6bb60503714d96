"""seldkit serve: a local web page for detection."""

from typing import Annotated

import typer

from seldkit.cli.model_options import Models
from seldkit.errors import SeldkitError


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the page on this machine; 0 for any free port.")
    ] = 7860,
    model: Models = None,
    max_minutes: Annotated[
        float, typer.Option(min=0.01, max=1440.0, help="Longest accepted recording in minutes.")
    ] = 10.0,
    max_megabytes: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Largest accepted file in megabytes.")
    ] = 500,
    max_session_megabytes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000_000,
            help="Largest total size of the uploads of a browser session in megabytes. Default: four times "
            "--max-megabytes.",
        ),
    ] = None,
    max_total_megabytes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000_000,
            help="Largest total size of the uploads and results of all sessions in megabytes. Default: "
            "twenty times --max-megabytes.",
        ),
    ] = None,
    open: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
) -> None:
    """Start a web page for detection that only this machine can open. Stop it with Ctrl-C."""
    from seldkit.web import Limits
    from seldkit.web import serve as run_server

    try:
        limits = Limits(max_minutes, max_megabytes, max_session_megabytes, max_total_megabytes)
    except SeldkitError as problem:
        raise typer.BadParameter(str(problem)) from None
    try:
        run_server(
            model or ["default"],
            port=port,
            limits=limits,
            device=device,
            open_browser=open,
            on_start=lambda address: typer.echo(
                f"{address}  (Ctrl-C stops the server and deletes all uploads)"
            ),
        )
    except KeyboardInterrupt:
        typer.echo("stopped; uploads and results have been deleted", err=True)

"""seldkit serve: the web page."""

from typing import Annotated

import typer

from seldkit.cli.model_options import Models


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is on this machine; 0: any that is free.")
    ] = 7860,
    model: Models = None,
    max_minutes: Annotated[
        float, typer.Option(min=0.01, max=1440.0, help="The longest recording that is taken.")
    ] = 10.0,
    max_megabytes: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="The largest file that is taken.")
    ] = 500,
    open: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, …")] = "auto",
) -> None:
    """The web page, for this machine alone: upload or record, watch, listen, download. Ends with Ctrl-C."""
    from seldkit.web import Limits
    from seldkit.web import serve as begin

    try:
        begin(
            model or ["default"],
            port=port,
            limits=Limits(max_minutes, max_megabytes),
            device=device,
            open_browser=open,
            on_start=lambda address: typer.echo(f"{address}  (Ctrl-C ends it and deletes what was uploaded)"),
        )
    except KeyboardInterrupt:
        typer.echo("ended; uploads and results are deleted", err=True)

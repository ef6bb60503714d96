"""Command-line interface: one file per subcommand, without logic that library users would miss."""

import sys

import typer

from seldkit.cli import (
    benchmark,
    calibrate,
    compare,
    convert,
    detect,
    download,
    evaluate,
    inspect,
    listen,
    prepare,
    recipes,
    serve,
    stereo,
    synthesize,
    train,
)
from seldkit.errors import in_one_line
from seldkit.malloc import keep_memory

app = typer.Typer(
    help="Detects sound events in video and audio: class, time, azimuth, distance, and whether the source is "
    "on-screen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("detect")(detect.detect)
app.command("evaluate", cls=evaluate.EvaluateCommand)(evaluate.evaluate)
app.command("convert")(convert.convert)
app.command("inspect")(inspect.inspect)
app.command("listen")(listen.listen)
app.command("train")(train.train)
app.command("benchmark")(benchmark.benchmark)
app.command("calibrate")(calibrate.calibrate)
app.command("compare")(compare.compare)
app.command("recipes")(recipes.recipes)
app.command("download")(download.download)
app.command("prepare")(prepare.prepare)
app.command("synthesize")(synthesize.synthesize)
app.command("stereo")(stereo.stereo)
app.command("serve")(serve.serve)


def _print_version(requested: bool) -> None:
    if requested:
        from seldkit import __version__

        typer.echo(f"seldkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Handles the options of all commands; `main` handles --debug."""


def main() -> None:
    """Runs the command line.

    Exit status: 0 success, 1 at least one reported failure, 2 wrong usage, 130 interrupted.
    """
    keep_memory()
    try:
        app()
    except (Exception, KeyboardInterrupt) as problem:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"error: {in_one_line(problem)}", err=True)
        sys.exit(130 if isinstance(problem, KeyboardInterrupt) else 1)

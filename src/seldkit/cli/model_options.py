"""The options that name models, for all commands that hear with one."""

from typing import Annotated

import typer

Models = Annotated[
    list[str] | None,
    typer.Option(help="'default' or a model directory; several answer as an ensemble. Default: default."),
]
Weights = Annotated[
    list[float] | None, typer.Option(help="How much each --model counts, in their order. Default: alike.")
]

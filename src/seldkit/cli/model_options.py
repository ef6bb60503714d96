"""Options that select models, for all commands that detect."""

from typing import Annotated

import typer

Models = Annotated[
    list[str] | None,
    typer.Option(
        help="Model directory, or 'default' for the model that is included. Repeat it for an ensemble. "
        "Default: default."
    ),
]
Weights = Annotated[
    list[float] | None,
    typer.Option(help="Weight of each --model in an ensemble, in the same order. Default: equal weights."),
]

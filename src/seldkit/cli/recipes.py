"""seldkit recipes: lists the systems that can be trained by name."""

from rich import box
from rich.table import Table

from seldkit.cli.batch import console, plain


def recipes() -> None:
    """List the recipes: the system that each reproduces, and its inputs."""
    from seldkit.training import read_recipe, recipe_names

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("recipe", no_wrap=True)
    for column in ("system", "input"):
        table.add_column(column, overflow="fold")
    for name in recipe_names():
        recipe = read_recipe(name)
        inputs = ", ".join([recipe.model.features.input, *recipe.model.streams])
        cells = (recipe.about.title, inputs)
        table.add_row(*(plain(cell) for cell in (name, *cells)))
    console().print(table)

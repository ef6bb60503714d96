"""seldkit recipes: the systems that can be trained by name."""

from rich import box
from rich.table import Table

from seldkit.cli.batch import console, plain


def recipes() -> None:
    """List the recipes: what each reproduces, and where it is from."""
    from seldkit.training import read_recipe, recipe_names

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("recipe", "what", "source", "hears", "streams", "stages"):
        table.add_column(column, overflow="fold")
    for name in recipe_names():
        recipe = read_recipe(name)
        streams = ", ".join(recipe.model.streams) or "–"
        stages = ", ".join(stage.name for stage in recipe.training.stages)
        cells = (recipe.about.title, recipe.about.source, recipe.model.features.input, streams, stages)
        table.add_row(*(plain(cell) for cell in (name, *cells)))
    console().print(table)

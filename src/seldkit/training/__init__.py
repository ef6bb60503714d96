"""Training: recipes, their stages, and runs that become model directories."""

from seldkit.training.recipe import Recipe, read_recipe, recipe_names

__all__ = ["Recipe", "read_recipe", "recipe_names"]

"""Recipes: source, model configuration and training settings of a system, in one YAML file."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.models.yaml_file import parse_value, read_yaml, yaml_text
from seldkit.registry import nearest
from seldkit.settings import Settings
from seldkit.training.training_settings import TrainingSettings

Text = Annotated[str, Field(min_length=1, max_length=2000)]
TextList = Annotated[tuple[Text, ...], Field(strict=False, max_length=100)]


class About(Settings):
    """Description of a recipe.

    Attributes:
        title: Title of the system.
        source: Paper, report or repository.
        known: Facts from the source.
        chosen: Choices where the source gives no details.
    """

    title: Text
    source: Text
    known: TextList = ()
    chosen: TextList = ()


class Recipe(Settings):
    """A system that can be trained.

    Attributes:
        about: Description and source.
        model: Model configuration.
        training: Training settings.
    """

    about: About
    model: ModelConfig
    training: TrainingSettings

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    def yaml(self) -> str:
        """Converts the recipe to YAML.

        Returns:
            Text of a YAML file.
        """
        return yaml_text(self.model_dump(mode="json"))


def recipe_names() -> list[str]:
    """Lists the recipes in the package.

    Returns:
        Names, sorted.
    """
    return sorted(path.stem for path in _recipe_folder().glob("*.yaml"))


def read_recipe(name: str | Path, changes: Iterable[str] = ()) -> Recipe:
    """Reads a recipe.

    Args:
        name: Name of a recipe in the package, or path of a YAML file.
        changes: Values that replace those of the file, such as ``training.seed=2`` or
            ``training.stages.0.epochs=5``. Values are parsed as YAML.

    Returns:
        The recipe.

    Raises:
        SeldkitError: There is no such recipe, or it is invalid.
    """
    path = _path(name)
    values = read_yaml(path)
    for change in changes:
        _set(values, change, path)
    return Recipe.parse(values, path)


def _recipe_folder() -> Path:
    return Path(str(files("seldkit.training"))) / "recipes"


def _path(name: str | Path) -> Path:
    if str(name) in recipe_names():
        return _recipe_folder() / f"{name}.yaml"
    if not Path(name).is_file():
        raise SeldkitError(f"{name}: no such recipe or file; {nearest(str(name), recipe_names())}")
    return Path(name)


def _set(values: Any, change: str, path: Path) -> None:
    key, sign, text = change.partition("=")
    if not sign:
        raise SeldkitError(f"'{change}': expected key=value, as in training.seed=2")
    *parents, last = key.split(".")
    for parent in parents:
        values = _item(values, parent, key, path)
    if isinstance(values, list):
        _item(values, last, key, path)  # items cannot be appended
        values[int(last)] = parse_value(text, key)
    elif isinstance(values, dict):
        values[last] = parse_value(text, key)
    else:
        raise SeldkitError(
            f"{path}: '{key}': expected a key of a mapping or list, but its parent is a single value"
        )


def _item(values: Any, part: str, key: str, path: Path) -> Any:
    if isinstance(values, list) and part.isdecimal() and int(part) < len(values):
        return values[int(part)]
    if isinstance(values, dict):
        return values.setdefault(part, {})
    raise SeldkitError(
        f"{path}: expected a key of a mapping or the number of a list item, got '{key}'; '{part}' does not "
        "exist"
    )

"""Recipes: a model's configuration, how it is trained, and where it comes from, in one YAML file."""

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

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Lines = Annotated[tuple[Words, ...], Field(strict=False, max_length=100)]


class About(Settings):
    """What a recipe reproduces. known: what the source says; chosen: what it leaves open and was chosen."""

    title: Words
    source: Words
    known: Lines = ()
    chosen: Lines = ()


class Recipe(Settings):
    """A system: what it is, its model, and how it is trained."""

    about: About
    model: ModelConfig
    training: TrainingSettings

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def yaml(self) -> str:
        """The recipe as the text of a YAML file."""
        return yaml_text(self.model_dump(mode="json"))


def recipe_names() -> list[str]:
    """The recipes that seldkit ships, sorted."""
    return sorted(path.name.removesuffix(".yaml") for path in _shipped().iterdir() if path.suffix == ".yaml")


def read_recipe(name: str | Path, changes: Iterable[str] = ()) -> Recipe:
    """A shipped recipe by name, or a recipe file by path.

    changes: values instead of the file's, as `training.seed=2` or `training.stages.0.epochs=5`, read as YAML.
    Raises SeldkitError.
    """
    path = _path(name)
    values = read_yaml(path)
    for change in changes:
        _set(values, change, path)
    return Recipe.parse(values, path)


def _shipped() -> Path:
    return Path(str(files("seldkit.training"))) / "recipes"


def _path(name: str | Path) -> Path:
    shipped = _shipped() / f"{name}.yaml"
    if str(name) in recipe_names():
        return shipped
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
        _item(values, last, key, path)  # there is no appending
        values[int(last)] = parse_value(text, key)
    elif isinstance(values, dict):
        values[last] = parse_value(text, key)
    else:
        raise SeldkitError(f"{path}: '{key}' leads into a plain value; expected the key of a mapping or list")


def _item(values: Any, part: str, key: str, path: Path) -> Any:
    if isinstance(values, list) and part.isdecimal() and int(part) < len(values):
        return values[int(part)]
    if isinstance(values, dict):
        return values.setdefault(part, {})
    raise SeldkitError(
        f"{path}: '{key}' leads nowhere at '{part}'; expected a key or a number within the list"
    )

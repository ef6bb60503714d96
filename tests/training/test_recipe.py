"""Recipe files: read strictly, changed from the command line, shipped with the package."""

from pathlib import Path

import pytest

from seldkit.errors import SeldkitError
from seldkit.training import read_recipe, recipe_names
from training.clips import tiny_recipe


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_recipe().yaml())
    return path


def test_a_recipe_is_what_its_text_says(path: Path) -> None:
    assert read_recipe(path) == tiny_recipe()


def test_single_values_can_be_changed(path: Path) -> None:
    recipe = read_recipe(path, ["training.seed=7", "training.stages.0.epochs=2", "model.decoding.unify=20.0"])
    assert recipe.training.seed == 7
    assert recipe.training.stages[0].epochs == 2
    assert recipe.model.decoding.unify == 20.0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("training.seeds=1", "did you mean 'seed'"),
        ("training.stages.4.epochs=1", "does not exist"),
        ("training.stages.4=1", "does not exist"),
        ("training.seed.x=1", "single value"),
        ("training.seed", "expected key=value"),
        ("training.seed=[", "training.seed"),
        ("training.seed=!!python/name:os.system", "not allowed"),
        ("training.stages.0.schedule={name: cosinus}", "did you mean 'cosine'"),
        ("training.stages.0.freeze=[ears]", "training.stages.0.freeze"),
    ],
)
def test_an_invalid_change_is_reported_in_one_line(path: Path, change: str, problem: str) -> None:
    with pytest.raises(SeldkitError, match=problem.replace("[", r"\[")) as error:
        read_recipe(path, [change])
    assert "\n" not in str(error.value)


def test_an_unknown_recipe_is_an_error() -> None:
    with pytest.raises(SeldkitError, match="no such recipe or file"):
        read_recipe("dcase-2025")


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_reads_and_has_its_own_name(name: str) -> None:
    assert read_recipe(name).name == name

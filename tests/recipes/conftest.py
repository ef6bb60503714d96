"""The default model's scripts as modules."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parents[2] / "recipes" / "default"


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A script of recipes/default by its name."""
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module

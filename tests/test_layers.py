"""A package imports lower layers only (docs/architecture.md, section 2)."""

import ast
from pathlib import Path

import pytest

from layers import PACKAGE, PAGE, ranks, with_table

RANKS = ranks()


def package_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names if name.startswith("seldkit.")]
    return {part[1] for part in parts if part[1] in RANKS}


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_package_imports_lower_layers_only(path: Path) -> None:
    package = package_of(path)
    assert package in RANKS, f"{package} has no layer: add it to LAYERS in tools/layers.py"
    for other in imported_packages(path) - {package}:
        assert RANKS[other] < RANKS[package], f"{path.relative_to(PACKAGE)} imports {other}"


def test_imports_inside_functions_are_found() -> None:
    assert "metrics" in imported_packages(PACKAGE / "cli" / "event_tables.py")


def test_the_table_of_layers_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "run: python tools/layers.py"

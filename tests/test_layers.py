"""A package imports lower layers only (docs/architecture.md, section 2)."""

import ast
from pathlib import Path

import pytest

import seldkit

PACKAGE = Path(seldkit.__file__).parent
LAYERS = [
    ["deprecation", "malloc", "text_format", "types"],
    ["errors"],
    ["files", "registry", "parallel", "assignment"],
    ["settings", "output_folder"],
    ["classes", "geometry", "channels"],
    ["annotations"],
    ["events", "visual_sources"],
    ["media", "formats"],
    ["features", "embeddings", "accdoa", "tracking"],
    ["metrics", "render", "calibration"],
    ["models"],
    ["datasets"],
    ["conversion", "synthesis", "detection"],
    ["training"],
    ["benchmark"],
    ["web"],
    ["cli"],
]
LAYER = {package: number for number, packages in enumerate(LAYERS) for package in packages}


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
    return {part[1] for part in parts if part[1] in LAYER}


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_package_imports_lower_layers_only(path: Path) -> None:
    package = package_of(path)
    assert package in LAYER, f"{package} has no layer: add it to LAYERS and to docs/architecture.md"
    for other in imported_packages(path) - {package}:
        assert LAYER[other] < LAYER[package], f"{path.relative_to(PACKAGE)} imports {other}"


def test_imports_inside_functions_are_found() -> None:
    assert "metrics" in imported_packages(PACKAGE / "cli" / "event_tables.py")

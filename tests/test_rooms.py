"""The rooms' order: a room imports its own floor's nouns and lower floors, never a higher one."""

import ast
from pathlib import Path

import pytest

import seldkit

PACKAGE = Path(seldkit.__file__).parent
FLOORS = [
    {"errors", "files"},
    {"registry", "parallel", "words", "memory"},
    {"settings", "classes", "geometry"},
    {"annotations"},
    {"events", "causes"},
    {"media", "formats"},
    {"features", "embeddings", "accdoa"},
    {"models", "metrics", "render"},
    {"datasets"},
    {"synthesis"},
    {"detection"},
    {"benchmark"},
    {"training"},
    {"web"},
    {"cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names if name.startswith("seldkit.")]
    return {part[1] for part in parts if part[1] in FLOOR}


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_lower_floors_only(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} stands on no floor: list it in FLOORS and in docs/architecture.md"
    for other in imported_rooms(path) - {room}:
        assert FLOOR[other] < FLOOR[room], f"{path.relative_to(PACKAGE)} imports {other}"


def test_the_walk_sees_imports() -> None:
    assert "metrics" in imported_rooms(PACKAGE / "cli" / "tables.py")

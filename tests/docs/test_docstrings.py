"""Docstrings become readable Markdown. Needs the extra `docs`."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("griffe")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def docstrings() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docstrings", ROOT / "docs" / "_site" / "docstrings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One line.", "One line."),
        ("Two lines\nof one sentence.", "Two lines of one sentence."),
        (
            "first: in metres. second, third: in\n    degrees. Both.",
            "- `first`: in metres.\n\n- `second`, `third`: in degrees. Both.",
        ),
        ("first: in metres.\nRaises ValueError.", "- `first`: in metres.\n\nRaises ValueError."),
        ("Note: what is no parameter stays.", "Note: what is no parameter stays."),
        ("runs/<recipe> and `<kept>`", "runs/&lt;recipe> and `<kept>`"),
        ("Text.\n\n>>> f(1)  # doctest: +SKIP\n2", "Text.\n\n```pycon\n>>> f(1)\n2\n```"),
    ],
)
def test_prose_becomes_markdown(docstrings: ModuleType, text: str, expected: str) -> None:
    assert docstrings.markdown(text, {"first", "second", "third"}) == expected


def test_a_class_explains_its_fields_and_its_parameters(docstrings: ModuleType) -> None:
    import griffe

    code = "class A:\n    '''A thing.'''\n    field: int\n    def __init__(self, *given): ...\n"
    with griffe.temporary_visited_module(code) as module:
        names = docstrings.described(module["A"])
    assert {"field", "given"} <= names

from pathlib import Path

import pytest

import check_names
from tools.samples import package


def messages(root: Path) -> list[str]:
    return [
        f"{found.path.relative_to(root)}:{found.line}: {found.message.partition(':')[0]}"
        for found in check_names.check([root])
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = package(tmp_path, scene="class Scene: ...", registry="class _Part: ...")
    package(root, scene="\nclass Scene: ...\nclass Track: ...\n", registry="class _Part: ...")
    return root


def test_repeated_class_and_module_names_are_found(root: Path) -> None:
    assert messages(root) == [
        "scene.py:1: class Scene exists already",
        "scene.py:1: module scene exists already",
    ]


def test_listed_names_may_be_repeated(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_names, "ALLOWED_CLASSES", frozenset({"Scene"}))
    monkeypatch.setattr(check_names, "ALLOWED_MODULES", frozenset({"scene"}))
    assert messages(root) == []


def test_the_lists_of_exceptions_are_short() -> None:
    assert len(check_names.ALLOWED_CLASSES) <= 5
    assert len(check_names.ALLOWED_MODULES) <= 10

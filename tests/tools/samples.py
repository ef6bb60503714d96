"""Small source files for the tests of the checks."""

from pathlib import Path
from textwrap import dedent


def package(folder: Path, **modules: str) -> Path:
    """A package of the given modules."""
    root = folder / "sample"
    root.mkdir()
    (root / "__init__.py").write_text('"""Sample."""\n')
    for name, text in modules.items():
        (root / f"{name}.py").write_text(dedent(text).lstrip())
    return root

"""Layers of the packages, and the table of them in docs/architecture.md.

`python tools/layers.py` writes the table.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sources import ROOT

LAYERS: Final = (
    (
        ("deprecation", "malloc", "text_format", "types"),
        ("errors",),
        ("assignment", "files", "parallel", "registry"),
        ("settings", "output_folder"),
    ),
    (("channels", "classes", "geometry"), ("annotations",), ("events", "visual_sources")),
    (("formats", "media"),),
    (("accdoa", "embeddings", "features"),),
    (("tracking",), ("calibration", "metrics", "render")),
    (("models",),),
    (("datasets",), ("conversion",)),
    (("detection", "synthesis"),),
    (("training",),),
    (("benchmark",),),
    (("web",),),
    (("cli",),),
)
"""Packages and modules of `src/seldkit` from the bottom to the top: layers, and the levels within a layer.

A package may import packages of lower layers and of lower levels of its own layer.
"""

PACKAGE: Final = ROOT / "src" / "seldkit"
PAGE: Final = ROOT / "docs" / "architecture.md"
START: Final = "<!-- layers: written by tools/layers.py -->\n"
END: Final = "<!-- end of layers -->\n"


def ranks() -> dict[str, int]:
    """Numbers the packages in the order of their imports.

    Returns:
        Position by name; a package may import packages at lower positions only.
    """
    levels = [level for layer in LAYERS for level in layer]
    return {name: rank for rank, level in enumerate(levels) for name in level}


def source_file(name: str) -> Path:
    """Locates the file that holds the docstring of a package or module.

    Args:
        name: Name of a package or module in `src/seldkit`.

    Returns:
        Path of `NAME.py` or `NAME/__init__.py`.
    """
    module = PACKAGE / f"{name}.py"
    return module if module.is_file() else PACKAGE / name / "__init__.py"


def summary(name: str) -> str:
    """Reads the first paragraph of the docstring of a package or module.

    Args:
        name: Name of a package or module in `src/seldkit`.

    Returns:
        The paragraph on one line, without the final period.
    """
    docstring = ast.get_docstring(ast.parse(source_file(name).read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split()).removesuffix(".")


def rows() -> Iterator[str]:
    """Formats the table, with the highest layer first.

    Yields:
        Lines of Markdown.
    """
    yield "| layer | package or module | contents |"
    yield "| --- | --- | --- |"
    for number, layer in reversed(list(enumerate(LAYERS))):
        for level in reversed(layer):
            for name in level:
                label = f"{name}.py" if source_file(name).name == f"{name}.py" else f"{name}/"
                yield f"| {number} | `{label}` | {summary(name)} |"


def with_table(page: str) -> str:
    """Replaces the table in the text of the page.

    Args:
        page: Text of docs/architecture.md, which contains both markers.

    Returns:
        The text with the current table between the markers.
    """
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n" + "\n".join(rows()) + f"\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

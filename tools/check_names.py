"""Check that no public class name and no module name is used twice.

Exceptions are listed in this file. Packages count as folders, not as modules.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sources import Finding, main, read_sources, relative

ALLOWED_CLASSES: Final[frozenset[str]] = frozenset()
"""Public class names that may occur more than once, at most five."""

ALLOWED_MODULES: Final[frozenset[str]] = frozenset()
"""Module names that may occur more than once, at most ten, besides `__init__` and `registry`."""

USUAL_MODULES: Final = frozenset({"__init__", "registry"})


class Place(NamedTuple):
    """Where a name is defined.

    Attributes:
        path: File.
        line: Line number, starting at 1.
    """

    path: Path
    line: int


def check(paths: Sequence[Path]) -> list[Finding]:
    """Finds names that are used more than once.

    Args:
        paths: Files and folders.

    Returns:
        One finding for each repetition, located at the later definition.
    """
    modules: dict[str, list[Place]] = defaultdict(list)
    classes: dict[str, list[Place]] = defaultdict(list)
    for source in read_sources(paths):
        modules[source.path.stem].append(Place(source.path, 1))
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(Place(source.path, node.lineno))
    return [
        *_repetitions("class", classes.items(), ALLOWED_CLASSES),
        *_repetitions("module", modules.items(), ALLOWED_MODULES | USUAL_MODULES),
    ]


def _repetitions(
    kind: str, places: Iterable[tuple[str, list[Place]]], allowed: frozenset[str]
) -> Iterator[Finding]:
    for name, (first, *others) in places:
        if name not in allowed:
            for path, line in others:
                yield Finding(
                    path, line, f"{kind} {name} exists already: {relative(first.path)}:{first.line}"
                )


if __name__ == "__main__":
    main(check, __doc__)

"""Sections of docstrings in Google style."""

import inspect
import re
from dataclasses import dataclass
from typing import Final

SECTIONS: Final = (
    "Args",
    "Attributes",
    "Returns",
    "Yields",
    "Raises",
    "Example",
    "Examples",
    "Note",
    "Warning",
)

_HEADING: Final = re.compile(rf"({'|'.join(SECTIONS)}):")
_ENTRY: Final = re.compile(r"(\*{0,2}[\w.]+)(?: \([^)]*\))?:(?: |$)(.*)")


@dataclass(frozen=True)
class Docstring:
    """A docstring divided into sections.

    Attributes:
        summary: First line.
        sections: Text of each section by its heading, without indentation.
    """

    summary: str
    sections: dict[str, str]

    def entries(self, section: str) -> dict[str, str]:
        """Reads a section that lists names.

        Args:
            section: ``Args``, ``Attributes`` or ``Raises``.

        Returns:
            Description of each name, without the asterisks of ``*args``; empty if there is no such section.
        """
        found: dict[str, str] = {}
        name = ""
        for line in self.sections.get(section, "").splitlines():
            entry = _ENTRY.fullmatch(line)
            if entry:
                name = entry[1].lstrip("*")
                found[name] = entry[2]
            elif name:
                found[name] += f" {line.strip()}"
        return {name: text.strip() for name, text in found.items()}


def parse(text: str) -> Docstring:
    """Divides a docstring into sections.

    Args:
        text: The docstring, indented as in the source.

    Returns:
        The summary and the sections that are known.
    """
    lines = inspect.cleandoc(text).splitlines()
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading:
            current = sections.setdefault(heading[1], [])
        elif line and not line[0].isspace():
            current = []  # text after the sections
        else:
            current.append(line)
    texts = {name: inspect.cleandoc("\n".join(["", *body])) for name, body in sections.items()}
    return Docstring(lines[0] if lines else "", texts)

"""Docstrings as Markdown: this project's are prose that explains parameters by name, and doctests."""

import re
from typing import Any

import griffe

MARGIN = 85
"""A line that ends a sentence before this column was ended on purpose."""


class Prose(griffe.Extension):
    """Gives the site's handler of Python the docstrings as `markdown` writes them."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Griffe calls this for each module, class, function and attribute that it has read."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value, described(obj))


def described(obj: griffe.Object) -> set[str]:
    """The names that a docstring may explain: parameters of a function, members of a class."""
    names = set() if obj.is_module else set(obj.members)
    for function in (obj, obj.members.get("__init__")):
        if isinstance(function, griffe.Function):
            names |= {parameter.name.lstrip("*") for parameter in function.parameters}
    return names


def markdown(text: str, names: set[str]) -> str:
    """A docstring's text, its explanations of `names` as a list and its doctests fenced."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(
        _doctest(block) if block.startswith(">>>") else _prose(block, names) for block in blocks
    )


def _doctest(block: str) -> str:
    return "```pycon\n" + re.sub(r" *# doctest: \S+", "", block) + "\n```"


def _prose(block: str, names: set[str]) -> str:
    known = "|".join(map(re.escape, sorted(names))) or "(?!)"
    explained = re.compile(rf"(?:^|(?<=\n)|(?<=[.;] ))((?:{known})(?:, (?:{known}))*): ")
    before, *parts = explained.split(_unwrapped(_escaped(block)))
    paragraphs = [before.strip()]
    for name, words in zip(parts[::2], parts[1::2], strict=True):
        words, _, after = words.partition("\n")
        listed = ", ".join(f"`{one}`" for one in name.split(", "))
        paragraphs += [f"- {listed}: {words.strip()}", after.strip()]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _unwrapped(block: str) -> str:
    """Its lines joined, but where one was ended on purpose."""
    joined = ""
    for line in map(str.strip, block.splitlines()):
        on_purpose = line.startswith(("Raises ", "Returns ", "- ")) or joined.endswith("\n")
        joined += ("\n" if on_purpose and not joined.endswith("\n") else "") + line
        joined += "\n" if line.endswith((".", ":")) and len(line) < MARGIN else " "
    return joined.strip()


def _escaped(text: str) -> str:
    """Without tags: `<recipe>` outside of code is a word."""
    return "".join(
        part if part.startswith("`") else part.replace("<", "&lt;") for part in re.split(r"(`[^`]*`)", text)
    )

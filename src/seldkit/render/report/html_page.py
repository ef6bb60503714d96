"""Self-contained HTML pages that load nothing and run only their own script."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from markupsafe import Markup

from seldkit.files import replacing
from seldkit.render.html_templates import render_template


@dataclass(frozen=True)
class DataElement:
    """Data for the script of a page, in an element that is not executed.

    Attributes:
        id: Identifier of the element.
        type: Media type.
        text: Content without "<", as `json_element` and `without_markup` return it.
    """

    id: str
    type: str
    text: Markup


@dataclass(frozen=True)
class _Page:
    """Values of the base template."""

    title: str
    policy: str
    style: Markup
    script: Markup
    data: Sequence[DataElement]


def write_page(
    path: Path,
    template: str,
    *,
    title: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    data: Sequence[DataElement] = (),
    **values: object,
) -> None:
    """Renders a template of this package and writes it atomically.

    The Content-Security-Policy of the page lists its style and script by their hashes, so that no other style
    or script is applied. It forbids all requests except for the recording.

    Args:
        path: File to write.
        template: Name of a template that extends ``page.html.j2``.
        title: Title of the page.
        styles: Names of CSS files of this package.
        scripts: Names of files in the folder ``scripts``.
        data: Data for the script.
        **values: Further values for the template. All are escaped.
    """
    style = "\n" + "".join(_read(name) for name in styles)
    script = "".join(['\n"use strict";\n', *(_read(f"scripts/{name}") for name in scripts)])
    page = _Page(
        title=title,
        policy=_policy(style, script),
        style=Markup(style),  # a file of this package
        script=Markup(script if scripts else ""),  # files of this package
        data=data,
    )
    html = render_template(__package__ or "", template, page=page, **values)
    with replacing(path) as temporary:
        temporary.write_bytes(html.encode("utf-8", "replace"))


def json_element(id: str, content: object) -> DataElement:
    """Encodes a value as JSON for a page.

    Args:
        id: Identifier of the element.
        content: Value that JSON can represent.

    Returns:
        Element whose text contains no "<".
    """
    text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    return DataElement(id, "application/json", without_markup(text))


def without_markup(text: str) -> Markup:
    r"""Escapes JSON so that it cannot end its element in a page.

    In JSON, "<" only occurs in strings, where it can be written as an escape sequence.

    Examples:
        >>> str(without_markup('["</script>"]'))
        '["\\u003c/script>"]'

    Args:
        text: JSON.

    Returns:
        JSON of the same value without "<".
    """
    return Markup(text.replace("<", "\\u003c"))


def plain_element(id: str, text: str) -> DataElement:
    """Stores a text without "<" for a page.

    Args:
        id: Identifier of the element.
        text: For example base64.

    Returns:
        Element with the unchanged text.

    Raises:
        ValueError: The text contains "<".
    """
    if "<" in text:
        raise ValueError(f"data '{id}' of a page: expected text without '<'; escape it")
    return DataElement(id, "text/plain", Markup(text))  # it contains no "<"


def _read(name: str) -> str:
    """Reads a style or script of this package."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    directives = [
        *("default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:"),
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "media-src 'self' file: blob:",
    ]
    return "; ".join(directives)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

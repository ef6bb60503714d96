"""An HTML page that holds all it needs: nothing is loaded, and nothing but its own script runs."""

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from seldkit.files import replacing

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}
{data}
{script}
</body>
</html>
"""


def write_page(
    path: Path,
    title: str,
    body: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: Mapping[str, tuple[str, str]],
) -> None:
    """Write a page that is whole or absent.

    body: markup, in which all that is not the project's own is escaped. styles, scripts: names of files
    beside this one. data: type and text of what the script reads, by the element's id; its text must hold no
    "<", as `json_data` gives it.

    The page's own policy names its style and script by their hashes, so that no other runs, whatever slips
    in, and forbids all requests but those for the recording.
    """
    style = "\n" + "".join(part(name) for name in styles)
    script = "".join(['\n"use strict";\n', *(part(f"scripts/{name}") for name in scripts)])
    page = _PAGE.format(
        policy=_policy(style, script),
        title=html.escape(title),
        style=style,
        body=body,
        data="\n".join(_element(name, *content) for name, content in data.items()),
        script=f"<script>{script}</script>" if scripts else "",
    )
    with replacing(path) as temporary:
        temporary.write_bytes(page.encode("utf-8", "replace"))


def part(name: str) -> str:
    """A file of this package: markup, style or script."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def json_data(content: object) -> tuple[str, str]:
    """A value as JSON for a page, whatever its texts hold."""
    return "application/json", harmless(json.dumps(content, allow_nan=False, ensure_ascii=False))


def harmless(text: str) -> str:
    """JSON that means the same and ends no element of a page: "<" only occurs in its texts.

    >>> harmless('["</script>"]')
    '["\\\\u003c/script>"]'
    """
    return text.replace("<", "\\u003c")


def _element(name: str, type: str, text: str) -> str:
    if "<" in text:
        raise ValueError(f"data '{name}' of a page holds '<'; it must be made harmless")
    return f'<script type="{type}" id="{name}">{text}</script>'


def _policy(style: str, script: str) -> str:
    parts = [
        *("default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data:"),
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "media-src 'self' file: blob:",
    ]
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

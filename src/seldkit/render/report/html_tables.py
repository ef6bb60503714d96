"""Tables of a report, as markup."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

Number = Callable[[float, str], str]
"""A score's value and name as a text with its unit."""


def table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are markup already; the first of each row names it."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    body = "\n".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    whole = f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
    return f'<div class="wide" tabindex="0">{whole}</div>\n'


def value_text(value: float | None, name: str, number: Number) -> str:
    """A score, or a dash where there is none."""
    return "–" if value is None or value != value else escape(number(value, name))

"""A model's figures as sections of its card, the sets side by side."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from seldkit.benchmark.figures import (
    Benchmark,
    cost_rows,
    degrees,
    error_rows,
    number,
    trust_rows,
    with_interval,
)
from seldkit.benchmark.held_out import HeldOut
from seldkit.benchmark.speed import Speed
from seldkit.metrics import SourceGroup

BEGIN: Final = "<!-- figures of seldkit benchmark -->"
END: Final = "<!-- end of figures -->"
WEAK: Final = 0.1
"""F-score below which a class is named."""
TITLES: Final = {
    "by_class": "class",
    "polyphony": "sources at once",
    "distance": "distance",
    "onscreen": "screen",
}


def markdown(found: Benchmark) -> str:
    """The figures as sections of a model card."""
    parts = ["## Speed and size\n", _table(("", "value"), cost_rows(found)), _machine(found.speed)]
    if found.sets:
        parts += _scores(found.sets)
    return "\n".join(parts)


def with_figures(card: str, found: Benchmark) -> str:
    """A card with the figures between its marks `BEGIN` and `END`, at its end where it has none."""
    before, begun, rest = card.partition(BEGIN)
    _, ended, after = rest.partition(END)
    block = f"{BEGIN}\n\n{markdown(found)}\n{END}"
    if begun and ended:
        return before + block + after
    return f"{card.rstrip()}\n\n{block}\n"


def _scores(sets: Sequence[HeldOut]) -> Iterator[str]:
    names = [one.name for one in sets]
    yield "## Scores\n"
    yield ("Strict reading, with 95 % jackknife intervals; the official one beside it where it differs.\n")
    yield _table(("", *names), _side_by_side(sets, _about))
    yield from _notes(sets)
    yield _table(("score", *names), _side_by_side(sets, _score_rows))
    yield _table(("trust", *names), _side_by_side(sets, trust_rows))
    yield "Rows of references, of false ones of predictions:\n"
    yield _table(("rows", *names), _side_by_side(sets, _shares))
    yield "\n".join(_weak(one) for one in sets)
    yield "F-score, DOA error and relative distance error (strict):\n"
    for part, title in TITLES.items():
        yield _table((title, *names), _side_by_side(sets, lambda one, part=part: _groups(one, part)))  # type: ignore[misc]


def _about(one: HeldOut) -> list[tuple[str, str]]:
    return [("clips", f"{one.clips:,}"), ("hours", f"{one.hours:.2f}")]


def _notes(sets: Sequence[HeldOut]) -> Iterator[str]:
    for one in sets:
        if one.failures:
            yield f"{one.name}: {len(one.failures)} clips could not be heard; the first: {one.failures[0]}\n"


def _score_rows(one: HeldOut) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _readings(one, name)) for name in one.strict.overall]


def _readings(one: HeldOut, name: str) -> str:
    strict, official = with_interval(one.strict, name), with_interval(one.official, name).partition(" (")[0]
    return strict if strict.partition(" (")[0] == official else f"{strict}; official {official}"


def _shares(one: HeldOut) -> list[tuple[str, str]]:
    return [(kind, share) for kind, _, share in error_rows(one)]


def _groups(one: HeldOut, part: str) -> list[tuple[str, str]]:
    groups: Sequence[SourceGroup] = getattr(one.breakdown, part)
    return [
        (
            group.name,
            f"{number(group.f_score)}, {degrees(group.doa_error)}, {number(group.relative_distance_error)}",
        )
        for group in groups
    ]


def _weak(one: HeldOut) -> str:
    weak = [group for group in one.breakdown.by_class if group.references and group.f_score < WEAK]
    listed = ", ".join(f"{group.name} ({number(group.f_score)})" for group in weak)
    return f"Classes of {one.name} below an F-score of {WEAK}: {listed or 'none'}.\n"


def _side_by_side(
    sets: Sequence[HeldOut], rows: Callable[[HeldOut], Sequence[tuple[str, str]]]
) -> list[tuple[str, ...]]:
    """Rows of one name in one line, a column for each set; a dash where a set has none."""
    columns = [dict(rows(one)) for one in sets]
    names = dict.fromkeys(name for column in columns for name in column)
    return [(name, *(column.get(name, "–") for column in columns)) for name in names]


def _machine(speed: Speed) -> str:
    return f"On {speed.machine}, {speed.cores} cores, load {speed.load:.1f} at the start.\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)

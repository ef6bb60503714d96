"""Figures of a model as sections of its model card, with one column per dataset."""

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
from seldkit.benchmark.held_out import HeldOutResult
from seldkit.benchmark.speed import Speed
from seldkit.metrics import SourceGroup

SECTIONS_BEGIN: Final = "<!-- figures of seldkit benchmark -->"
SECTIONS_END: Final = "<!-- end of figures -->"

WEAK_CLASS_F_SCORE: Final = 0.1
"""F-score below which a class is listed as weak."""

GROUP_TITLES: Final = {
    "by_class": "class",
    "polyphony": "simultaneous sources",
    "distance": "distance",
    "onscreen": "on-screen",
}
"""Titles of the parts of a breakdown."""


def markdown(result: Benchmark) -> str:
    """Formats figures as sections of a model card.

    Args:
        result: Figures of a model.

    Returns:
        Markdown text.
    """
    parts = ["## Speed and size\n", _table(("", "value"), cost_rows(result)), _machine(result.speed)]
    if result.sets:
        parts += _score_section(result.sets)
    return "\n".join(parts)


def update_card(card: str, result: Benchmark) -> str:
    """Puts figures into a model card.

    The sections stand between the comments `SECTIONS_BEGIN` and `SECTIONS_END` and replace earlier ones; a
    card without the comments gets the sections at its end.

    Args:
        card: Text of the card.
        result: Figures of the model.

    Returns:
        Text of the new card.
    """
    before, begin, rest = card.partition(SECTIONS_BEGIN)
    _, end, after = rest.partition(SECTIONS_END)
    block = f"{SECTIONS_BEGIN}\n\n{markdown(result)}\n{SECTIONS_END}"
    if begin and end:
        return before + block + after
    return f"{card.rstrip()}\n\n{block}\n"


def _score_section(sets: Sequence[HeldOutResult]) -> Iterator[str]:
    names = [result.name for result in sets]
    yield "## Scores\n"
    yield "Strict reading with 95 % jackknife intervals; the official reading is added where it differs.\n"
    yield _table(("", *names), _side_by_side(sets, _size_rows))
    yield from _failure_notes(sets)
    yield _table(("score", *names), _side_by_side(sets, _reading_rows))
    yield _table(("trust", *names), _side_by_side(sets, trust_rows))
    yield "Shares of the reference rows; for false predictions, of the predicted rows:\n"
    yield _table(("rows", *names), _side_by_side(sets, _share_rows))
    yield "\n".join(_weak_classes(result) for result in sets)
    yield "F-score, DOA error and relative distance error (strict):\n"
    for part, title in GROUP_TITLES.items():
        rows = _side_by_side(sets, lambda result, part=part: _group_rows(result, part))  # type: ignore[misc]
        yield _table((title, *names), rows)


def _size_rows(result: HeldOutResult) -> list[tuple[str, str]]:
    return [("clips", f"{result.clips:,}"), ("hours", f"{result.hours:.2f}")]


def _failure_notes(sets: Sequence[HeldOutResult]) -> Iterator[str]:
    for result in sets:
        if result.failures:
            yield (
                f"{result.name}: {len(result.failures)} clips could not be processed; first: "
                f"{result.failures[0]}\n"
            )


def _reading_rows(result: HeldOutResult) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _readings(result, name)) for name in result.strict.overall]


def _readings(result: HeldOutResult, name: str) -> str:
    strict, official = with_interval(result.strict, name), with_interval(result.official, name)
    official_value = official.partition(" (")[0]
    return strict if strict.partition(" (")[0] == official_value else f"{strict}; official {official_value}"


def _share_rows(result: HeldOutResult) -> list[tuple[str, str]]:
    return [(kind, share) for kind, _, share in error_rows(result)]


def _group_rows(result: HeldOutResult, part: str) -> list[tuple[str, str]]:
    groups: Sequence[SourceGroup] = getattr(result.breakdown, part)
    return [
        (
            group.name,
            f"{number(group.f_score)}, {degrees(group.doa_error)}, {number(group.relative_distance_error)}",
        )
        for group in groups
    ]


def _weak_classes(result: HeldOutResult) -> str:
    weak = [
        group
        for group in result.breakdown.by_class
        if group.references and group.f_score < WEAK_CLASS_F_SCORE
    ]
    names = ", ".join(f"{group.name} ({number(group.f_score)})" for group in weak)
    return f"Classes of {result.name} with an F-score below {WEAK_CLASS_F_SCORE}: {names or 'none'}.\n"


def _side_by_side(
    sets: Sequence[HeldOutResult], rows: Callable[[HeldOutResult], Sequence[tuple[str, str]]]
) -> list[tuple[str, ...]]:
    """One row per name, with a column for each dataset; "–" for datasets without such a row."""
    columns = [dict(rows(result)) for result in sets]
    names = dict.fromkeys(name for column in columns for name in column)
    return [(name, *(column.get(name, "–") for column in columns)) for name in names]


def _machine(speed: Speed) -> str:
    return f"On {speed.machine}, {speed.cores} cores, load {speed.load:.1f} at the start.\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)

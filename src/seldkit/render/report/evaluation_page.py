"""The report of an evaluation: scores, classes, kinds of errors, confusions, and the worst clips."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from seldkit.render.report.clip_players import ClipLine, worst_clips
from seldkit.render.report.html_page import write_page
from seldkit.render.report.html_tables import Number, table, value_text

READINGS: Final = ("official", "strict")
KINDS: Final = {
    "correct": "right in everything",
    "wrong_onscreen": "wrong on-screen flag",
    "wrong_distance": "wrong distance",
    "mirrored": "left and right exchanged",
    "wrong_direction": "wrong direction",
    "wrong_class": "taken for another class",
    "missed": "missed",
    "false": "nothing there",
}
"""The kinds of `seldkit.metrics.taxonomy` in the order of the bars, in words."""
SHADES: Final = 5
_WIDE, _HIGH = 600, 16


def write_evaluation_report(
    output: str | Path,
    scores: Mapping[str, Any],
    taxonomy: Mapping[str, Any],
    clips: Sequence[ClipLine],
    *,
    title: str,
    number: Number,
    max_angle_deg: float = 20.0,
    max_relative_distance: float = 1.0,
) -> Path:
    """Write an evaluation as one HTML file (`output`) that needs neither server, network nor script.

    scores: `seldkit.metrics.Evaluation.to_dict()`. taxonomy: `seldkit.metrics.Taxonomy.to_dict()`. clips: the
    worst first; their recordings are referred to by their paths as seen from the report. number: a score's
    value and name as a text with its unit. max_angle_deg, max_relative_distance: the protocol's thresholds.
    """
    output = Path(output)
    limits = f"within {max_angle_deg:g}° with a relative distance error of at most {max_relative_distance:g}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(f'<p class="note">{escape(note)}</p>' for note in scores["notes"]),
        _section("Scores", _overall(scores, number)),
        _section("Classes", _class_bars(scores, number) + _classwise(scores, number)),
        _section("What goes wrong", _errors(taxonomy)),
        _section("Classes taken for others", _confusions(taxonomy, max_angle_deg)),
        _section("Worst clips", worst_clips(clips, output, number, limits)),
    ]
    write_page(output, title, "\n".join(parts), ("style.css", "evaluation.css"), (), {})
    return output


def _section(name: str, content: str) -> str:
    return f"<section><h2>{escape(name)}</h2>\n{content}</section>"


def _words(name: str) -> str:
    return escape(name.replace("_", " "))


def _overall(scores: Mapping[str, Any], number: Number) -> str:
    names = [name for name, value in scores["strict"].items() if not isinstance(value, list | dict)]

    def cell(reading: str, name: str) -> str:
        text = value_text(scores[reading][name], name, number)
        interval = scores[reading].get("jackknife", {}).get(name)
        if interval is None or interval["low"] is None:
            return text
        ends = (value_text(interval[end], name, number) for end in ("low", "high"))
        return f"{text} <small>[{', '.join(ends)}]</small>"

    rows = [
        [_words(name), *(cell(reading, name) for reading in READINGS)] for name in names if name != "clips"
    ]
    rows.append(["clips", *(str(scores[reading]["clips"]) for reading in READINGS)])
    note = (
        "official is the challenge's evaluator with its quirks, strict counts all frames, files and classes; "
        "in brackets, where given, 95 % jackknife intervals over the clips"
    )
    return table(["", *READINGS], rows) + f'<p class="faint">{note}</p>'


def _class_bars(scores: Mapping[str, Any], number: Number) -> str:
    """F of each class, in both readings."""
    rows = []
    for place, name in enumerate(scores["strict"]["classes"]):
        values = [_at(scores[reading]["classwise"]["f_score"], place) for reading in READINGS]
        bars = "".join(
            f'<rect class="{reading}" x="0" y="{9 * line}" width="{_WIDE * (value or 0.0):.1f}" height="8"/>'
            for line, (reading, value) in enumerate(zip(READINGS, values, strict=True))
        )
        texts = [value_text(value, "f_score", number) for value in values]
        rows.append([escape(name), _picture(bars, 17), *texts])
    return table(["F score", _legend(zip(READINGS, READINGS, strict=True)), *READINGS], rows)


def _classwise(scores: Mapping[str, Any], number: Number) -> str:
    strict = scores["strict"]
    names = [name for name in strict["classwise"] if name != "f_score"]

    def cell(name: str, place: int) -> str:
        values = [_at(scores[reading]["classwise"][name], place) for reading in READINGS]
        texts = [value_text(value, name, number) for value in values]
        return texts[0] if texts[0] == texts[1] else " / ".join(texts)

    rows = [
        [escape(name), *(cell(score, place) for score in names)]
        for place, name in enumerate(strict["classes"])
    ]
    return table(["official / strict", *map(_words, names)], rows)


def _at(values: Sequence[float | None], place: int) -> float | None:
    """Only the strict reading has values of classes that the vocabulary lacks."""
    return values[place] if place < len(values) else None


def _errors(taxonomy: Mapping[str, Any]) -> str:
    """How many rows are of each kind, all together and by class, as shares of a bar and in numbers."""
    columns = taxonomy["by_class"]
    counted = [("all classes", [taxonomy["counts"][kind] for kind in KINDS])]
    counted += [
        (name, [columns[kind][place] for kind in KINDS]) for place, name in enumerate(taxonomy["classes"])
    ]
    rows = [
        [escape(name), _stacked(counts), *map(str, counts)] for name, counts in counted if sum(counts) > 0
    ]
    note = "Rows of 100 ms frames, each of one kind; frames are paired as by the strict reading."
    legend = _legend((kind.replace("_", "-"), words) for kind, words in KINDS.items())
    return (
        f'<p class="row">{legend}</p>'
        + table(["", "share", *map(escape, KINDS.values())], rows)
        + f'<p class="faint">{note}</p>'
    )


def _stacked(counts: Sequence[int]) -> str:
    bars, begin, total = [], 0.0, sum(counts)
    for kind, count in zip(KINDS, counts, strict=True):
        width = _WIDE * count / total
        title = f"<title>{escape(KINDS[kind])}: {count}</title>"
        place = f'x="{begin:.1f}" y="0" width="{width:.1f}" height="{_HIGH}"'
        bars.append(f'<rect class="{kind.replace("_", "-")}" {place}>{title}</rect>')
        begin += width
    return _picture("".join(bars), _HIGH)


def _picture(content: str, height: int) -> str:
    return (
        f'<svg class="bars" viewBox="0 0 {_WIDE} {height}" preserveAspectRatio="none" aria-hidden="true">'
        f"{content}</svg>"
    )


def _legend(kinds: Iterable[tuple[str, str]]) -> str:
    return " ".join(
        '<span class="key"><svg viewBox="0 0 1 1" aria-hidden="true">'
        f'<rect class="{kind}" width="1" height="1"/></svg> {escape(words)}</span>'
        for kind, words in kinds
    )


def _confusions(taxonomy: Mapping[str, Any], max_angle_deg: float) -> str:
    """What each class was taken for, shaded by the share of the largest."""
    confused, names = taxonomy["confusions"], taxonomy["classes"]
    rows = [place for place, row in enumerate(confused) if any(row)]
    columns = [place for place in range(len(names)) if any(row[place] for row in confused)]
    if not rows:
        return '<p class="faint">None: no source was given another class\'s name.</p>'
    most = max(max(row) for row in confused)

    def cell(count: int) -> str:
        shade = -(-SHADES * count // most)
        return f'<span class="shade{shade}">{count or ""}</span>'

    shown = [[escape(names[row]), *(cell(confused[row][column]) for column in columns)] for row in rows]
    note = (
        f"Rows: class of the reference. Columns: predicted class in the same frame within {max_angle_deg:g}°."
    )
    return table(["", *(escape(names[column]) for column in columns)], shown) + f'<p class="faint">{note}</p>'

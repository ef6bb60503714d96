"""Tables of a comparison for the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from seldkit.cli.batch import console, plain
from seldkit.metrics import Difference, Scores
from seldkit.training.comparison import Comparison, DegradedResult, SeedStatistics, System, TestResults

DEGRADATION_UNITS = {"blur": "of the height", "darkness": "stops", "occlusion": "of the image"}


def show(comparison: Comparison) -> None:
    """Prints strict scores with intervals, the cost of each system, and the further results.

    Args:
        comparison: The comparison.
    """
    screen = console()
    for test in comparison.tests:
        if len(comparison.tests) > 1:
            screen.print(f"[bold]{plain(test.name)}[/bold]  {test.clips} clips")
        if test.left_out:
            screen.print(f"{test.left_out} clips left out because not all systems can process them")
        screen.print(_scores_table(comparison, test))
        screen.print(_polyphony_table(comparison, test))
        if test.degraded:
            screen.print(_degraded_table(comparison, test))
    for system in comparison.systems:
        _show_weights(screen, system)


def _scores_table(comparison: Comparison, test: TestResults) -> Table:
    names = summary_headings([one.strict for one in test.results])
    table = _table("system", "seed", *names.values(), "p (F)", "parameters", "MACs", "ms a clip")
    last = {numbers[-1]: name for name, numbers in comparison.seeds().items()}
    for number, (system, result) in enumerate(zip(comparison.systems, test.results, strict=True)):
        table.add_row(
            plain(system.name),
            "" if system.seed is None else str(system.seed),
            *(_with_interval(result.strict, name) for name in names),
            _p_value(test.differences[number - 1]["f_score"]) if number else "",
            f"{system.parameters:,}",
            f"{system.macs / 1e6:,.0f} M",
            f"{system.seconds * 1000:.1f}",
        )
        if number in last:
            name = last[number]
            statistics = comparison.statistics(test, name)["strict"]
            cells = [_with_deviation(statistics[one]) if one in statistics else "–" for one in names]
            count = len(comparison.seeds()[name])
            table.add_row("  mean ± deviation", f"{count} seeds", *cells, style="dim")
    return table


def _polyphony_table(comparison: Comparison, test: TestResults) -> Table:
    names = summary_headings([one.strict for one in test.results])
    table = _table("system", "seed", "simultaneous sources", "frames", *names.values())
    for system, result in zip(comparison.systems, test.results, strict=True):
        for row, level in enumerate(result.by_polyphony):
            table.add_row(
                *(_named(system) if not row else ("", "")),
                level.sources,
                str(level.frames),
                *(_with_interval(level.strict, name) for name in names),
                end_section=level is result.by_polyphony[-1],
            )
    return table


def _degraded_table(comparison: Comparison, test: TestResults) -> Table:
    names = summary_headings([one.strict for one in test.degraded])
    table = _table("system", "seed", "images", "strength", *names.values(), "change of F", "p")
    current = None
    for one in test.degraded:
        if current != one.system:
            current = one.system
            unchanged = test.results[current].strict
            cells = [_with_interval(unchanged, name) for name in names]
            if table.rows:
                table.add_section()
            table.add_row(*_named(comparison.systems[current]), "unchanged", "", *cells)
        table.add_row(*("", ""), *_degraded_cells(one, names))
    return table


def _degraded_cells(one: DegradedResult, names: Iterable[str]) -> Iterator[str]:
    step = one.degradation
    yield step.kind if one.substitute is None else f"none: {one.substitute}"
    yield f"{step.strength:g} {DEGRADATION_UNITS[step.kind]}" if step.kind in DEGRADATION_UNITS else ""
    yield from (_with_interval(one.strict, name) for name in names)
    yield _number(one.changes["f_score"].value, "+.3f")
    yield _p_value(one.changes["f_score"])


def _show_weights(screen: Console, system: System) -> None:
    if system.weighting is None:
        return
    chosen = system.weighting
    screen.print(
        f"[bold]{plain(system.name)}[/bold]: weights chosen on {chosen.clips} validation windows, F "
        f"{chosen.f_score:.3f} (equal weights {chosen.equal_f_score:.3f}, best single model "
        f"{max(chosen.single_f_scores):.3f})"
    )
    screen.print(f"  seldkit detect FILE {plain(system.detect_options)}", soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        if column in ("system", "images", "strength"):
            table.add_column(column, overflow="fold", min_width=12)
        else:
            table.add_column(column, justify="right", no_wrap=True)
    return table


def summary_headings(scores: Sequence[Scores]) -> dict[str, str]:
    """Collects the summary scores of all protocols.

    Args:
        scores: Scores of systems.

    Returns:
        Headings by name of the scores that at least one system has.
    """
    definitions = [definition for one in scores for definition in one.definitions]
    return {one.name: one.heading or one.label for one in definitions if one.in_summary}


def _named(system: System) -> tuple[str, str]:
    return plain(system.name), "" if system.seed is None else str(system.seed)


def _with_interval(scores: Scores, name: str) -> str:
    value, interval = scores.overall.get(name, float("nan")), scores.intervals.get(name)
    half = float("nan") if interval is None else (interval.high - interval.low) / 2
    return "–" if value != value else f"{value:.3f} ± {_number(half, '.3f')}"


def _with_deviation(one: SeedStatistics) -> str:
    return "–" if one.mean != one.mean else f"{one.mean:.3f} ± {one.deviation:.3f}"


def _p_value(difference: Difference) -> str:
    return _number(difference.p_value, ".3f")


def _number(value: float, form: str) -> str:
    return "–" if value != value else f"{value:{form}}"

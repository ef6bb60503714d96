"""Report of a dataset for the terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from seldkit.cli.batch import plain

if TYPE_CHECKING:
    from seldkit.datasets.validation import DatasetReport, Histogram

BLOCKS = " ▁▂▃▄▅▆▇█"
MAX_PRINTED_PROBLEMS = 5
"""Problems of one kind that are printed; the JSON file has all."""


def show_dataset(screen: Console, report: "DatasetReport") -> None:
    """Prints the contents, distributions and problems of a dataset.

    Args:
        screen: The console.
        report: The report.
    """
    screen.print(f"[bold]{plain(report.path)}[/bold]")
    for name, text in _lines(report):
        screen.print(f"  {name:24} {plain(text)}", soft_wrap=True)
    screen.print(_classes(report))
    for kind, lines in report.findings.items():
        screen.print(f"  [bold]{kind}[/bold]: {len(lines)}")
        for line in lines[:MAX_PRINTED_PROBLEMS]:
            screen.print(f"  [bold]![/bold] {plain(line)}", soft_wrap=True)
        if len(lines) > MAX_PRINTED_PROBLEMS:
            screen.print(f"    and {len(lines) - MAX_PRINTED_PROBLEMS} more; --json FILE writes all")
    if not report.findings:
        screen.print("  no problems found")


def _lines(report: "DatasetReport") -> Iterator[tuple[str, str]]:
    yield "kind", f"{report.kind}, {report.input} audio"
    yield "clips", f"{report.clips}: {report.labelled} labelled, {report.videos} with video"
    yield "hours", f"{report.hours:.3g}"
    for split, share in report.splits.items():
        yield f"  {split}", f"{share.clips} clips, {share.hours:.3g} h, {share.rooms} rooms"
    labels = report.labels
    if not labels.frames:
        return
    shares = (
        f"{number}: {frames / labels.frames:.1%}" for number, frames in enumerate(labels.sources_at_once)
    )
    yield "sources at once", "  ".join(shares)
    for name, histogram in (
        ("azimuth", labels.azimuth),
        ("elevation", labels.elevation),
        ("distance", labels.distance),
    ):
        if histogram is not None:
            yield name, _bars(histogram)
    if labels.onscreen is not None:
        yield "on-screen", f"{labels.onscreen:.1%} of the rows"


def _bars(histogram: "Histogram") -> str:
    most = max(histogram.counts)
    bars = "".join(BLOCKS[-(-count * (len(BLOCKS) - 1) // most)] for count in histogram.counts[:200])
    end = histogram.start + histogram.step * len(histogram.counts)
    return f"{histogram.start:g} {bars} {end:g} {histogram.unit}"


def _classes(report: "DatasetReport") -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("  class")
    for name in ("frames", "events", "clips"):
        table.add_column(name, justify="right")
    for name, count in report.labels.classes.items():
        table.add_row(f"  {plain(name)}", f"{count.frames:,}", f"{count.events:,}", f"{count.clips:,}")
    return table

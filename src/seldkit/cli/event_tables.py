"""Tables of events for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from seldkit.annotations import Annotations, Event
from seldkit.detection.refinement import Effect
from seldkit.text_format import azimuth_text, distance_text, onscreen_text


def events_table(predictions: Sequence[Event], truth: Sequence[Event] = ()) -> Table:
    """Creates a table with one row per event, ordered by onset.

    Args:
        predictions: Predicted events.
        truth: Events of the ground truth, shown between the predicted ones.

    Returns:
        The table.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    if truth:
        table.add_column("")
    for name in ("no.", "onset", "offset"):
        table.add_column(name, justify="right")
    table.add_column("class")
    for name in ("azimuth", "distance"):
        table.add_column(name, justify="right")
    table.add_column("on-screen")
    table.add_column("confidence", justify="right")
    labelled = [("predicted", event) for event in predictions] + [("truth", event) for event in truth]
    for label, event in sorted(labelled, key=lambda row: (row[1].onset, row[1].name, row[0])):
        cells = [str(event.number) if label == "predicted" else "", *_cells(event)]
        table.add_row(*([label, *cells] if truth else cells), style="dim" if label == "truth" else "")
    return table


def effects_table(effects: Sequence[Effect]) -> Table:
    """Creates a table with one row per refinement rule whose class was detected.

    Args:
        effects: Effects of the rules.

    Returns:
        The table.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("refined class")
    table.add_column("visual source")
    for name in ("rows", "matched", "mean shift", "set on-screen"):
        table.add_column(name, justify="right")
    for effect in effects:
        if effect.rows:
            shift = f"{effect.shift:.1f}°" if effect.matched and effect.rule.sets_azimuth else "–"
            counts = (str(effect.rows), str(effect.matched), shift, str(effect.flagged))
            table.add_row(effect.rule.class_name, ", ".join(effect.rule.kinds), *counts)
    return table


def _cells(event: Event) -> list[str]:
    return [
        f"{event.onset:.1f} s",
        f"{event.offset:.1f} s",
        event.name,
        azimuth_text(event.azimuth),
        distance_text(event.distance),
        onscreen_text(event.onscreen),
        "" if event.confidence is None else f"{event.confidence:.2f}",
    ]


def truth_line(truth: Annotations, predictions: Annotations) -> str:
    """Formats the scores of predictions in one line.

    Args:
        truth: Ground truth.
        predictions: Predictions; their classes are matched by name.

    Returns:
        Strict DCASE 2025 scores, micro average.
    """
    from seldkit.metrics import evaluate

    predictions = predictions.renumbered(truth.classes)
    scores = evaluate(
        [truth], [predictions], protocol="dcase2025", reading="strict", average="micro"
    ).to_dict()
    return (
        f"against the ground truth: F20/1 {_number(scores['f_score'])}, "
        f"DOA error {_number(scores['doa_error'], 1)}°, "
        f"relative distance error {_number(scores['relative_distance_error'])} (strict, micro average)"
    )


def _number(value: object, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if isinstance(value, float) else "–"

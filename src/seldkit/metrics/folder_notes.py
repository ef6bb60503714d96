"""Notes on annotations: distances in the wrong unit, and sources with several positions."""

import math
from collections.abc import Iterator, Sequence

from seldkit.formats import ClipTable
from seldkit.formats.unit_check import median_known_distance, unit_error_text
from seldkit.metrics.scores import Scores
from seldkit.types import Floats

NOTED_SCORES = ("f_score", "relative_distance_error")
"""Scores that are stated for the other unit."""


def unit_note(
    distances: tuple[Floats, Floats],
    corrected: tuple[Floats, Floats],
    scores: tuple[Scores, Scores],
    corrected_scores: tuple[Scores, Scores],
) -> str:
    """Describes distances that were probably written in the other unit.

    Args:
        distances: Distances of references and predictions in metres. Shape ``(rows,)`` each.
        corrected: The same, with the sides in the wrong unit converted to metres. Shape ``(rows,)`` each.
        scores: Scores of the official and the strict reading.
        corrected_scores: The same with corrected distances.

    Returns:
        One line: medians as read and corrected, and the scores with both.
    """
    found, medians = [], []
    for name, side, other in zip(("reference", "prediction"), distances, corrected, strict=True):
        median, correct = median_known_distance(side), median_known_distance(other)
        medians.append(f"{name}s {correct:.3g} m")
        if not (math.isnan(median) or math.isclose(median, correct)):
            found.append(f"the {name} distances (median {median:.3g} m) {unit_error_text(correct / median)}")
    changes = []
    for name in (one.name for one in scores[0].definitions if one.name in NOTED_SCORES):
        definition = scores[0].definition(name)
        before, after = (
            " / ".join(definition.text(reading[name]) for reading in readings)
            for readings in (scores, corrected_scores)
        )
        changes.append(f"{definition.label} {after} instead of {before}")
    return (
        f"suspected unit error: {' and '.join(found)}; in the other unit (medians: {', '.join(medians)}), "
        f"official / strict would be: {', '.join(changes)}"
    )


def repeated_source_notes(
    names: Sequence[str], references: ClipTable, predictions: ClipTable
) -> Iterator[str]:
    """Describes sources with several positions in one frame.

    Args:
        names: Names of the clips.
        references: Rows of the references.
        predictions: Rows of the predictions of the same clips. Source number 0 means "no number" if they have
            no other numbers.

    Yields:
        One line for the references and one for the predictions, if there are such rows.
    """
    for side, rows in (("reference", references), ("prediction", predictions)):
        repeated = rows.repeated_sources()
        if not repeated.any() or (rows is predictions and not rows.source.any()):
            continue
        row = int(repeated.argmax())
        place = f"{names[rows.clip[row]]}, frame {rows.frame[row]}, class {rows.class_id[row]}"
        yield (
            f"one source at several positions: {int(repeated.sum())} {side} rows repeat the class and source "
            f"number of another row of their frame (first: {place}, source {rows.source[row]})"
        )

"""Scores of predicted events against reference events."""

from collections.abc import Sequence

import numpy as np

from seldkit.annotations import Event
from seldkit.classes import STARSS23
from seldkit.metrics.evaluation import require_average, require_equal_count
from seldkit.metrics.events.event_matching import EventPairs, pair_events
from seldkit.metrics.events.event_table import EventTable
from seldkit.metrics.events.track_continuity import track_continuity
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average
from seldkit.metrics.row_comparison import CountingOptions
from seldkit.metrics.scores import Scores, extend_class_names, mean_of_known, quotient
from seldkit.types import Floats, Integers


def evaluate_events(
    references: Sequence[Sequence[Event]],
    predictions: Sequence[Sequence[Event]],
    protocol: str = DEFAULT_PROTOCOL,
    average: Average = "macro",
    classes: Sequence[str] = STARSS23,
) -> Scores:
    """Scores the events of clips. docs/protocols.md defines all scores.

    `f_score`, `precision` and `recall` count reference and predicted events of one class as a match if their
    intersection over union is at least 0.5 and their mean angle is within the protocol's threshold. The
    scores with the prefix `overlap_` ignore the angle; those with `collar_` require onset and offset within
    0.2 s instead. `doa_error` (degrees), `relative_distance_error`, `onset_error` and `offset_error`
    (seconds) are means over the matches by overlap. `identity_switches`, `fragmentations`, `references` and
    `predictions` are counts.

    Args:
        references: Reference events of clips.
        predictions: Predicted events of the same clips, in the same order.
        protocol: Name of the scoring protocol, which determines angles, thresholds and the reported scores.
        average: "macro" is the mean over classes, "micro" pools all classes.
        classes: Names of the classes.

    Returns:
        Scores with the reading "events".

    Raises:
        SeldkitError: The numbers of clips differ, or the protocol or average is unknown.
    """
    require_equal_count(len(references), len(predictions))
    rules = PROTOCOLS[protocol]
    require_average(average)
    tables = EventTable.from_events(references), EventTable.from_events(predictions)
    size = 1 + max(len(classes) - 1, *(int(table.class_id.max(initial=0)) for table in tables))
    comparison = rules.compare(tables[0].rows, tables[1].rows, CountingOptions(False, size))
    continuity = track_continuity(*tables, comparison)
    sums = _sums(*tables, pair_events(*tables, comparison), size)
    sums["identity_switches"] = _sum_by_class(tables[0].class_id, continuity.switches, size)
    sums["fragmentations"] = _sum_by_class(tables[0].class_id, continuity.fragmentations, size)
    classwise = _ratios(sums)
    overall = {
        name: float(values[0])
        for name, values in _ratios({name: one.sum(keepdims=True) for name, one in sums.items()}).items()
    }
    if average == "macro":
        averaged = [definition.name for definition in rules.event_scores if not definition.is_count]
        overall |= {name: float(mean_of_known(classwise[name])) for name in averaged}
    names = [definition.name for definition in rules.event_scores]
    return Scores(
        protocol=protocol,
        reading="events",
        average=average,
        overall={name: overall[name] for name in names},
        classwise={name: classwise[name].tolist() for name in names},
        classes=extend_class_names(classes, size),
        clips=len(references),
        definitions=rules.event_scores,
    )


def _sums(references: EventTable, predictions: EventTable, pairs: EventPairs, size: int) -> dict[str, Floats]:
    """Sums by class from which the scores are computed. Shape ``(classes,)`` each."""
    class_id = references.class_id[pairs.reference]
    hits = {"": pairs.localized(), "overlap_": pairs.overlapping(), "collar_": pairs.within_collar()}
    matches = {name: pairs.match(mask) for name, mask in hits.items()}
    sums = {
        f"{name}hits": _sum_by_class(class_id[one], np.ones(len(one)), size) for name, one in matches.items()
    }
    overlapping = matches["overlap_"]
    relative_error = pairs.relative_distance_error[overlapping]
    known = np.isfinite(relative_error)
    errors = {
        "angle": pairs.angle[overlapping],
        "onset_error": pairs.onset_error[overlapping],
        "offset_error": pairs.offset_error[overlapping],
        "relative_distance_error": np.where(known, relative_error, 0.0),
        "distances": known.astype(np.float64),
    }
    sums |= {name: _sum_by_class(class_id[overlapping], values, size) for name, values in errors.items()}
    sums["references"] = _sum_by_class(references.class_id, np.ones(len(references)), size)
    sums["predictions"] = _sum_by_class(predictions.class_id, np.ones(len(predictions)), size)
    return sums


def _sum_by_class(class_id: Integers, values: Floats | Integers, size: int) -> Floats:
    return np.bincount(class_id, weights=np.asarray(values, np.float64), minlength=size).astype(np.float64)


def _ratios(sums: dict[str, Floats]) -> dict[str, Floats]:
    references, predictions = sums["references"], sums["predictions"]
    scores: dict[str, Floats] = {}
    for name in ("", "overlap_", "collar_"):
        hits = sums[f"{name}hits"]
        scores[f"{name}f_score"] = quotient(2.0 * hits, references + predictions)
        scores[f"{name}precision"] = quotient(hits, predictions)
        scores[f"{name}recall"] = quotient(hits, references)
    hits = sums["overlap_hits"]
    scores["doa_error"] = quotient(sums["angle"], hits)
    scores["relative_distance_error"] = quotient(sums["relative_distance_error"], sums["distances"])
    scores["onset_error"] = quotient(sums["onset_error"], hits)
    scores["offset_error"] = quotient(sums["offset_error"], hits)
    counts = ("references", "predictions", "identity_switches", "fragmentations")
    return scores | {name: sums[name] for name in counts}

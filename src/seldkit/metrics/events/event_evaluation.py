"""Scores of predicted events against true ones."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seldkit.annotations import Event
from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.metrics.evaluation import certain
from seldkit.metrics.events.event_matching import Meetings, meetings
from seldkit.metrics.events.event_table import EventTable
from seldkit.metrics.events.track_continuity import following
from seldkit.metrics.formulas import Average
from seldkit.metrics.row_pairs import COMPARED
from seldkit.metrics.scores import Scores, mean_of_known, quotient
from seldkit.metrics.selection import Rules
from seldkit.registry import nearest
from seldkit.types import Floats, Integers

COUNTS: Final = ("references", "predictions", "identity_switches", "fragmentations")


def evaluate_events(
    references: Sequence[Sequence[Event]],
    predictions: Sequence[Sequence[Event]],
    protocol: str = "dcase2025",
    average: Average = "macro",
    classes: tuple[str, ...] = STARSS23,
) -> Scores:
    """Scores of the events of clips, paired by position (docs/protocols.md defines them all).

    `f_score`, `precision`, `recall`: true and predicted events of one class that are one, by an intersection
    over union of at least 0.5 and a mean angle of at most 20 degrees; with `overlap_` without the angle, with
    `collar_` by onset and offset to 0.2 s instead. `doa_error` (degrees) and `relative_distance_error`: means
    over events found by overlap of their means over common frames. `onset_error`, `offset_error`: seconds,
    over the same. `identity_switches`, `fragmentations`, `references`, `predictions`: counts.
    Angles are those of the protocol. Raises SeldkitError.
    """
    if len(references) != len(predictions):
        raise SeldkitError(
            f"expected as many predictions as references ({len(references)}), got {len(predictions)}"
        )
    if protocol not in COMPARED:
        raise SeldkitError(f"unknown protocol '{protocol}'; {nearest(protocol, COMPARED)}")
    if average not in ("macro", "micro"):
        raise SeldkitError(f"expected the average 'macro' or 'micro', got '{average}'")
    truth, found = EventTable.of(references), EventTable.of(predictions)
    size = 1 + max(len(classes) - 1, *(int(side.class_id.max(initial=0)) for side in (truth, found)))
    compared = COMPARED[protocol](certain(truth.rows), certain(found.rows), Rules(False, size))
    followed = following(truth, found, compared)
    sums = _sums(truth, found, meetings(truth, found, compared), size)
    sums["identity_switches"] = _added(truth.class_id, followed.switches, size)
    sums["fragmentations"] = _added(truth.class_id, followed.fragmentations, size)
    by_class = _ratios(sums)
    pooled = _ratios({name: values.sum(keepdims=True) for name, values in sums.items()})
    overall = {name: float(values[0]) for name, values in pooled.items()}
    if average == "macro":
        overall |= {name: float(mean_of_known(row)) for name, row in by_class.items() if name not in COUNTS}
    return Scores(
        protocol=protocol,
        reading="events",
        average=average,
        overall=overall,
        classwise={name: values.tolist() for name, values in by_class.items()},
        classes=(*classes, *(f"class {number}" for number in range(len(classes), size))),
        clips=len(references),
    )


def _sums(truth: EventTable, found: EventTable, met: Meetings, size: int) -> dict[str, Floats]:
    """What is added up by class, (classes,) each."""
    class_id = truth.class_id[met.reference]
    hits = {"": met.located(), "overlap_": met.overlapping(), "collar_": met.within_collar()}
    pairs = {name: met.matched(one) for name, one in hits.items()}
    sums = {f"{name}hits": _added(class_id[one], np.ones(len(one)), size) for name, one in pairs.items()}
    both = pairs["overlap_"]
    known = np.isfinite(met.relative[both])
    sums |= {
        "references": _added(truth.class_id, np.ones(len(truth)), size),
        "predictions": _added(found.class_id, np.ones(len(found)), size),
        "off": _added(class_id[both], met.off[both], size),
        "onset": _added(class_id[both], met.onset[both], size),
        "offset": _added(class_id[both], met.offset[both], size),
        "relative": _added(class_id[both], np.where(known, met.relative[both], 0.0), size),
        "ranged": _added(class_id[both], known, size),
    }
    return sums


def _added(class_id: Integers, values: Floats | Integers, size: int) -> Floats:
    return np.bincount(class_id, weights=np.asarray(values, np.float64), minlength=size).astype(np.float64)


def _ratios(sums: dict[str, Floats]) -> dict[str, Floats]:
    true, said = sums["references"], sums["predictions"]
    scores: dict[str, Floats] = {}
    for name in ("", "overlap_", "collar_"):
        hits = sums[f"{name}hits"]
        scores[f"{name}f_score"] = quotient(2.0 * hits, true + said)
        scores[f"{name}precision"] = quotient(hits, said)
        scores[f"{name}recall"] = quotient(hits, true)
    hits = sums["overlap_hits"]
    scores["doa_error"] = quotient(sums["off"], hits)
    scores["relative_distance_error"] = quotient(sums["relative"], sums["ranged"])
    scores["onset_error"] = quotient(sums["onset"], hits)
    scores["offset_error"] = quotient(sums["offset"], hits)
    return scores | {name: sums[name] for name in COUNTS}

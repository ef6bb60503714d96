"""What was heard, corrected by what is seen: events whose class has a visible cause.

A person who speaks has a mouth in the picture, one who claps has wrists, one who walks has feet; a telephone
that rings is a telephone. Where such a cause lies near the direction that was heard, it lies there more
exactly than the sound tells, and the event is on the screen (the keypoint post-processing of the DCASE 2023
and 2025 systems; which causes, and how near, is chosen here and stands in `RULES`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.geometry import azimuth_difference
from seldkit.registry import nearest
from seldkit.types import Flags, Floats, Integers
from seldkit.visual_sources import VisualSources


@dataclass(frozen=True, eq=False)
class VisualDetections:
    """What was seen, a row for each thing in each frame of 100 ms.

    frame: (rows,); kind: names such as "mouth", "wrist", "foot", "telephone", (rows,); azimuth: degrees,
    positive to the left, (rows,); score: 0 to 1, (rows,); corners: where in the picture, see `VisualSources`,
    (rows, 4), or None where that is not known.
    """

    frame: Integers
    kind: Sequence[str]
    azimuth: Floats
    score: Floats
    corners: Floats | None = None

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class Rule:
    """What moves the events of one class.

    kinds: the things in the picture that make the sound. window: degrees on each side of the heard azimuth in
    which a thing counts as its cause. least_score: of a sighting. moves, flags: whether the azimuth is taken
    from the picture, and whether the event is set on-screen. on: whether the rule is used at all.
    """

    class_name: str
    kinds: tuple[str, ...]
    window: float = 15.0
    least_score: float = 0.3
    moves: bool = True
    flags: bool = True
    on: bool = True


RULES: Final = (
    Rule("female speech", ("mouth",)),
    Rule("male speech", ("mouth",)),
    Rule("laughter", ("mouth",)),
    Rule("clapping", ("wrist",)),
    Rule("footsteps", ("foot",)),
    Rule("knock", ("wrist",), window=10.0, on=False),
    Rule("telephone", ("telephone",)),
    Rule("door", ("door",), window=10.0),
    Rule("domestic sounds", ("kitchen appliance", "vacuum cleaner"), window=10.0, on=False),
    Rule("water tap", ("water tap", "sink")),
    Rule("music", ("loudspeaker", "television"), window=10.0),
    Rule("musical instrument", ("musical instrument",)),
    Rule("bell", ("bell",)),
)
"""One line a rule. Off are those whose things are seen far more often than they sound."""


@dataclass(frozen=True)
class Effect:
    """What a rule did.

    rows: of its class in the annotations. matched: rows with a cause in the window. shift: mean degrees by
    which these were moved. flagged: rows that were off-screen, or unknown, before. causes: where those of
    the matched rows were seen.
    """

    rule: Rule
    rows: int
    matched: int
    shift: float
    flagged: int
    causes: VisualSources = field(default_factory=VisualSources.empty, compare=False, repr=False)

    def to_dict(self) -> dict[str, str | int | float]:
        """Plain values, for JSON."""
        numbers = {name: getattr(self, name) for name in ("rows", "matched", "shift", "flagged")}
        return {"class": self.rule.class_name, "causes": ", ".join(self.rule.kinds), **numbers}


def refine(
    annotations: Annotations, sightings: VisualDetections, rules: Sequence[Rule] = RULES
) -> tuple[Annotations, list[Effect]]:
    """Annotations corrected by what was seen, and what each rule that is on did.

    A row takes the azimuth of the nearest cause in its frame, if that lies within the rule's window, and is
    then on-screen; rows without a cause stay as they are. Where several rows of a class would take one cause,
    the nearest does: a mouth does not speak for two. Rows without an azimuth are never moved.
    """
    effects = []
    for rule in rules:
        if rule.on and rule.class_name in annotations.classes:
            annotations, effect = _apply(rule, annotations, sightings)
            effects.append(effect)
    return annotations, effects


def chosen_rules(on: Mapping[str, bool], rules: Sequence[Rule] = RULES) -> tuple[Rule, ...]:
    """The rules with some switched on or off by the name of their class. Raises SeldkitError."""
    names = [rule.class_name for rule in rules]
    for name in on:
        if name not in names:
            raise SeldkitError(f"no refinement rule for '{name}'; {nearest(name, names)}")
    return tuple(replace(rule, on=on.get(rule.class_name, rule.on)) for rule in rules)


def _apply(rule: Rule, annotations: Annotations, sightings: VisualDetections) -> tuple[Annotations, Effect]:
    rows = np.flatnonzero(annotations.class_id == annotations.classes.index(rule.class_name))
    seen = np.isin(np.asarray(sightings.kind, dtype=object), rule.kinds)
    seen &= np.asarray(sightings.score) >= rule.least_score
    cause, distance = _nearest(annotations, rows, sightings, np.flatnonzero(seen))
    matched = _first_of_each(cause, distance, distance <= rule.window)
    rows, cause = rows[matched], cause[matched]
    azimuth, onscreen = annotations.azimuth.copy(), _flags(annotations)
    flagged = int((~onscreen[rows]).sum()) if rule.flags else 0
    if rule.moves:
        azimuth[rows] = np.asarray(sightings.azimuth)[cause]
    if rule.flags:
        onscreen[rows] = True
    changed = replace(
        annotations,
        azimuth=azimuth,
        onscreen=onscreen if annotations.onscreen is not None or onscreen.any() else None,
    )
    shift = float(distance[matched].mean()) if len(rows) else 0.0
    causes = _causes(changed.take(rows), sightings, cause)
    return changed, Effect(rule, len(matched), len(rows), shift, flagged, causes)


def _causes(rows: Annotations, sightings: VisualDetections, cause: Integers) -> VisualSources:
    """Where the causes of rows, by their numbers among the sightings, were seen."""
    if sightings.corners is None:
        return VisualSources.empty()
    return VisualSources(rows.frame, rows.class_id, rows.azimuth, sightings.corners[cause])


def _nearest(
    annotations: Annotations, rows: Integers, sightings: VisualDetections, seen: Integers
) -> tuple[Integers, Floats]:
    """For each row the nearest sighting of its frame, and how many degrees away; infinity where none is."""
    best, apart = np.zeros(len(rows), np.int64), np.full(len(rows), np.inf)
    seen = seen[np.argsort(sightings.frame[seen], kind="stable")]
    frames, wanted = sightings.frame[seen], annotations.frame[rows]
    first, end = np.searchsorted(frames, wanted, "left"), np.searchsorted(frames, wanted, "right")
    row = np.repeat(np.arange(len(rows)), end - first)  # (pairs of a row and a sighting of its frame,)
    starts = np.cumsum(end - first) - (end - first)
    cause = seen[np.arange(len(row)) - starts[row] + first[row]]
    pairs = azimuth_difference(annotations.azimuth[rows][row], sightings.azimuth[cause])
    order = np.lexsort((np.where(np.isfinite(pairs), pairs, np.inf), row))
    row, nearest_first = np.unique(row[order], return_index=True)
    best[row] = cause[order][nearest_first]
    apart[row] = np.nan_to_num(pairs[order][nearest_first], nan=np.inf)
    return best, apart


def _first_of_each(cause: Integers, distance: Floats, near: Flags) -> Flags:
    """Of the rows that are near their causes, for each cause the nearest."""
    rows = np.flatnonzero(near)
    rows = rows[np.argsort(distance[rows], kind="stable")]
    _, first = np.unique(cause[rows], return_index=True)
    kept = np.zeros_like(near)
    kept[rows[first]] = True
    return kept


def _flags(annotations: Annotations) -> Flags:
    if annotations.onscreen is None:
        return np.zeros(len(annotations), np.bool_)
    return annotations.onscreen.copy()

"""Visual refinement: corrects annotations by detected objects and body parts that may cause the sound.

Speech comes from a mouth, clapping from wrists, footsteps from feet, ringing from a telephone. If such a
visual source is close to the predicted direction, its azimuth is more accurate than that of the audio, and
the event is on-screen (keypoint post-processing of DCASE 2023 and 2025 systems). The visual sources of each
class and the angles are choices of this project; see `RULES`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.deprecation import renamed_attributes
from seldkit.errors import SeldkitError
from seldkit.geometry import azimuth_difference
from seldkit.registry import nearest
from seldkit.types import Flags, Floats, Integers
from seldkit.visual_sources import VisualSources


@dataclass(frozen=True, eq=False)
class VisualDetections:
    """Detected objects and body parts, one row for each in each frame.

    Attributes:
        frame: Frame numbers (100 ms each), shape ``(rows,)``.
        kind: Names such as "mouth", "wrist", "foot" or "telephone", length ``rows``.
        azimuth: Degrees, positive to the left, shape ``(rows,)``.
        score: Detection scores in [0, 1], shape ``(rows,)``.
        corners: Bounding boxes as in `VisualSources`, shape ``(rows, 4)``; None if unknown.
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
    """How events of one class are corrected.

    Attributes:
        class_name: The class.
        kinds: Kinds of visual detections that cause its sound.
        max_angle: Largest angle between the predicted azimuth and a visual source, in degrees.
        min_score: Smallest score of a visual detection, in [0, 1].
        sets_azimuth: Whether the azimuth is taken from the image.
        sets_onscreen: Whether a matched row is set on-screen.
        enabled: Whether the rule is used.
    """

    class_name: str
    kinds: tuple[str, ...]
    max_angle: float = 15.0
    min_score: float = 0.3
    sets_azimuth: bool = True
    sets_onscreen: bool = True
    enabled: bool = True


RULES: Final = (
    Rule("female speech", ("mouth",)),
    Rule("male speech", ("mouth",)),
    Rule("laughter", ("mouth",)),
    Rule("clapping", ("wrist",)),
    Rule("footsteps", ("foot",)),
    Rule("knock", ("wrist",), max_angle=10.0, enabled=False),
    Rule("telephone", ("telephone",)),
    Rule("door", ("door",), max_angle=10.0),
    Rule("domestic sounds", ("kitchen appliance", "vacuum cleaner"), max_angle=10.0, enabled=False),
    Rule("water tap", ("water tap", "sink")),
    Rule("music", ("loudspeaker", "television"), max_angle=10.0),
    Rule("musical instrument", ("musical instrument",)),
    Rule("bell", ("bell",)),
)
"""The default rules. Those whose objects are visible far more often than audible are disabled."""


@dataclass(frozen=True)
class Effect:
    """What a rule changed.

    Attributes:
        rule: The rule.
        rows: Rows of its class.
        matched: Rows with a visual source within the angle of the rule.
        shift: Mean change of the azimuth of the matched rows in degrees.
        flagged: Matched rows that were not on-screen before.
        causes: Visual sources of the matched rows.
    """

    rule: Rule
    rows: int
    matched: int
    shift: float
    flagged: int
    causes: VisualSources = field(default_factory=VisualSources.empty, compare=False, repr=False)

    def to_dict(self) -> dict[str, str | int | float]:
        """Converts the effect for JSON.

        Returns:
            Plain values by key.
        """
        numbers = {name: getattr(self, name) for name in ("rows", "matched", "shift", "flagged")}
        return {"class": self.rule.class_name, "causes": ", ".join(self.rule.kinds), **numbers}


def refine(
    annotations: Annotations, detections: VisualDetections, rules: Sequence[Rule] = RULES
) -> tuple[Annotations, list[Effect]]:
    """Corrects annotations by visual detections.

    A row takes the azimuth of the closest visual source in its frame, if it is within the angle of the rule,
    and is then on-screen. If several rows of a class are close to one visual source, only the closest row is
    matched. Rows without an azimuth are never matched; unmatched rows do not change.

    Args:
        annotations: Frame table.
        detections: Visual detections of the same recording.
        rules: The rules; disabled ones are ignored.

    Returns:
        The corrected frame table, and what each enabled rule changed.
    """
    effects = []
    for rule in rules:
        if rule.enabled and rule.class_name in annotations.classes:
            annotations, effect = _apply(rule, annotations, detections)
            effects.append(effect)
    return annotations, effects


def select_rules(enabled: Mapping[str, bool], rules: Sequence[Rule] = RULES) -> tuple[Rule, ...]:
    """Enables or disables rules.

    Args:
        enabled: Whether the rule is enabled, by class name. Other rules do not change.
        rules: The rules.

    Returns:
        The rules with the new settings.

    Raises:
        SeldkitError: No rule has this class name.
    """
    names = [rule.class_name for rule in rules]
    for name in enabled:
        if name not in names:
            raise SeldkitError(f"no refinement rule for '{name}'; {nearest(name, names)}")
    return tuple(replace(rule, enabled=enabled.get(rule.class_name, rule.enabled)) for rule in rules)


__getattr__ = renamed_attributes(__name__, {"chosen_rules": "select_rules"})


def _apply(rule: Rule, annotations: Annotations, detections: VisualDetections) -> tuple[Annotations, Effect]:
    rows = np.flatnonzero(annotations.class_id == annotations.classes.index(rule.class_name))
    candidate = np.isin(np.asarray(detections.kind, dtype=object), rule.kinds)
    candidate &= np.asarray(detections.score) >= rule.min_score
    source, angle = _closest(annotations, rows, detections, np.flatnonzero(candidate))
    matched = _closest_row_of_each(source, angle, angle <= rule.max_angle)
    rows, source = rows[matched], source[matched]
    azimuth, onscreen = annotations.azimuth.copy(), _onscreen_flags(annotations)
    flagged = int((~onscreen[rows]).sum()) if rule.sets_onscreen else 0
    if rule.sets_azimuth:
        azimuth[rows] = np.asarray(detections.azimuth)[source]
    if rule.sets_onscreen:
        onscreen[rows] = True
    changed = replace(
        annotations,
        azimuth=azimuth,
        onscreen=onscreen if annotations.onscreen is not None or onscreen.any() else None,
    )
    shift = float(angle[matched].mean()) if len(rows) else 0.0
    sources = _visual_sources(changed.take(rows), detections, source)
    return changed, Effect(rule, len(matched), len(rows), shift, flagged, sources)


def _visual_sources(rows: Annotations, detections: VisualDetections, source: Integers) -> VisualSources:
    """The visual sources of rows; `source` are row numbers of the detections."""
    if detections.corners is None:
        return VisualSources.empty()
    return VisualSources(rows.frame, rows.class_id, rows.azimuth, detections.corners[source])


def _closest(
    annotations: Annotations, rows: Integers, detections: VisualDetections, candidates: Integers
) -> tuple[Integers, Floats]:
    """For each row, the closest candidate in its frame and the angle in degrees, infinity if none."""
    closest, angle = np.zeros(len(rows), np.int64), np.full(len(rows), np.inf)
    candidates = candidates[np.argsort(detections.frame[candidates], kind="stable")]
    candidate_frame, row_frame = detections.frame[candidates], annotations.frame[rows]
    first = np.searchsorted(candidate_frame, row_frame, "left")
    end = np.searchsorted(candidate_frame, row_frame, "right")
    row = np.repeat(np.arange(len(rows)), end - first)  # (pairs of a row and a candidate of its frame,)
    starts = np.cumsum(end - first) - (end - first)
    candidate = candidates[np.arange(len(row)) - starts[row] + first[row]]
    angles = azimuth_difference(annotations.azimuth[rows][row], detections.azimuth[candidate])
    order = np.lexsort((np.where(np.isfinite(angles), angles, np.inf), row))
    row, first_of_row = np.unique(row[order], return_index=True)
    closest[row] = candidate[order][first_of_row]
    angle[row] = np.nan_to_num(angles[order][first_of_row], nan=np.inf)
    return closest, angle


def _closest_row_of_each(source: Integers, angle: Floats, within: Flags) -> Flags:
    """Keeps, for each visual source, the closest of the rows within the angle of the rule."""
    rows = np.flatnonzero(within)
    rows = rows[np.argsort(angle[rows], kind="stable")]
    _, first = np.unique(source[rows], return_index=True)
    kept = np.zeros_like(within)
    kept[rows[first]] = True
    return kept


def _onscreen_flags(annotations: Annotations) -> Flags:
    if annotations.onscreen is None:
        return np.zeros(len(annotations), np.bool_)
    return annotations.onscreen.copy()

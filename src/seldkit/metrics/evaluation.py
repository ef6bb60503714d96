"""Scores of predictions against references."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.formulas import Average
from seldkit.metrics.jackknife_intervals import intervals
from seldkit.metrics.protocols import PROTOCOLS, Protocol, Reading
from seldkit.metrics.scores import Scores
from seldkit.metrics.selection import Rules
from seldkit.metrics.statistics import ProtocolCounts
from seldkit.registry import nearest
from seldkit.types import Flags, Floats

Many = Mapping[str, Annotations] | Sequence[Annotations]


def evaluate(
    references: Many,
    predictions: Many,
    protocol: str = "dcase2025",
    reading: Reading = "official",
    average: Average = "macro",
    require_onscreen: bool = False,
    jackknife: bool = False,
) -> Scores:
    """Scores of predictions against references: mappings paired by name, or sequences paired by position.

    protocol: "dcase2025", "dcase2024" or "dcase2023". reading: "official" is the challenge's evaluator with
    its quirks; "strict" counts all frames, all clips and all classes (docs/protocols.md has both). average:
    "macro" is the mean over classes, "micro" pools them. require_onscreen: a hit of 2025 must also have the
    right on-screen flag. jackknife: with 95 % intervals.

    A reference without a prediction is skipped (official) or counts as missed (strict); a prediction without
    a reference is an error. Unknown azimuths and distances of predictions count as 0, what the DCASE files
    would hold. Scores are fractions, degrees and metres.
    """
    names, truth, found, present = _paired(references, predictions)
    counts = count(truth, found, protocol, reading, require_onscreen, names)
    kept = counts if reading == "strict" else chosen(counts, present)
    return scores(kept, protocol, reading, average, _names(truth, found), jackknife)


def jackknife(
    references: Many,
    predictions: Many,
    protocol: str = "dcase2025",
    reading: Reading = "official",
    average: Average = "macro",
    require_onscreen: bool = False,
) -> Scores:
    """`evaluate` with 95 % jackknife intervals over the clips in `Scores.intervals`."""
    return evaluate(references, predictions, protocol, reading, average, require_onscreen, jackknife=True)


def count(
    references: ClipTable,
    predictions: ClipTable,
    protocol: str,
    reading: Reading,
    require_onscreen: bool = False,
    names: Sequence[str] = (),
    classes: int | None = None,
) -> ProtocolCounts:
    """The additive counts of two tables of the same clips.

    classes: size of the vocabulary, by default that of the references.
    """
    if reading not in ("official", "strict"):
        raise SeldkitError(f"expected the reading 'official' or 'strict', got '{reading}'")
    rules = PROTOCOLS[protocol]
    _refuse_unknown(references, rules, protocol, names)
    size = len(references.classes) if classes is None else classes
    how = Rules(reading == "official", size, require_onscreen)
    return rules.count(certain(references), certain(predictions), how)


def chosen(counts: ProtocolCounts, clips: Flags) -> ProtocolCounts:
    """The counts of some of the clips."""
    return ProtocolCounts(counts.by_class[clips], counts.errors[clips])


def scores(
    counts: ProtocolCounts,
    protocol: str,
    reading: Reading,
    average: Average,
    classes: Sequence[str],
    jackknife: bool = False,
) -> Scores:
    """The scores of the clips that were counted together."""
    if average not in ("macro", "micro"):
        raise SeldkitError(f"expected the average 'macro' or 'micro', got '{average}'")
    rules, official = PROTOCOLS[protocol], reading == "official"
    overall, classwise = rules.score(counts.total(), average, official)
    size = counts.by_class.shape[1]
    named = (*classes, *(f"class {number}" for number in range(len(classes), size)))[:size]
    return Scores(
        protocol=protocol,
        reading=reading,
        average=average,
        overall={name: float(values[0]) for name, values in overall.items()},
        classwise={name: values[0].tolist() for name, values in classwise.items()},
        classes=named,
        clips=len(counts),
        intervals=intervals(counts, rules, average, official) if jackknife else {},
    )


def _paired(references: Many, predictions: Many) -> tuple[list[str], ClipTable, ClipTable, Flags]:
    """Names, both sides as tables of the same clips, and which of the clips have a prediction."""
    if isinstance(references, Mapping) != isinstance(predictions, Mapping):
        raise SeldkitError("expected references and predictions both by name or both by position")
    if not isinstance(references, Mapping) or not isinstance(predictions, Mapping):
        return _by_position(list(references), list(predictions))  # type: ignore[arg-type]
    names = sorted(references)
    for name in predictions:
        if name not in references:
            raise SeldkitError(f"prediction '{name}' has no reference; {nearest(name, names)}")
    nothing = Annotations.empty(0)
    given = [predictions.get(name, nothing) for name in names]
    present = np.array([name in predictions for name in names], np.bool_)
    return names, ClipTable.of([references[name] for name in names]), ClipTable.of(given), present


def _by_position(
    references: list[Annotations], predictions: list[Annotations]
) -> tuple[list[str], ClipTable, ClipTable, Flags]:
    if len(references) != len(predictions):
        raise SeldkitError(
            f"expected as many predictions as references ({len(references)}), got {len(predictions)}"
        )
    names = [f"clip {index}" for index in range(len(references))]
    return names, ClipTable.of(references), ClipTable.of(predictions), np.ones(len(names), np.bool_)


def _names(references: ClipTable, predictions: ClipTable) -> tuple[str, ...]:
    return references.classes + predictions.classes[len(references.classes) :]


def _refuse_unknown(references: ClipTable, protocol: Protocol, name: str, clips: Sequence[str]) -> None:
    wanted = {"azimuth": references.azimuth}
    if protocol.distance:
        wanted["distance"] = references.distance
    for column, values in wanted.items():
        unknown = np.isnan(values)
        if unknown.any():
            index = int(references.clip[unknown.argmax()])
            clip = clips[index] if clips else f"clip {index}"
            hint = "; --protocol dcase2023 scores none" if column == "distance" else ""
            raise SeldkitError(
                f"reference '{clip}': {name} scores the {column}, but it is unknown there{hint}"
            )


def certain(clips: ClipTable) -> ClipTable:
    """Unknown angles and distances as 0, which is what the DCASE files would hold."""

    def known(column: Floats) -> Floats:
        return np.nan_to_num(column, nan=0.0)

    return replace(
        clips, azimuth=known(clips.azimuth), elevation=known(clips.elevation), distance=known(clips.distance)
    )

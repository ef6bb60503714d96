"""Scores of predictions against references."""

from collections.abc import Mapping, Sequence

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.jackknife_intervals import jackknife_intervals
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average, Protocol, Reading
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import CountingOptions
from seldkit.metrics.scores import Scores, extend_class_names
from seldkit.registry import nearest
from seldkit.types import Flags

ClipCollection = Mapping[str, Annotations] | Sequence[Annotations]
"""Annotations of clips by name or by position."""


def evaluate(
    references: ClipCollection,
    predictions: ClipCollection,
    protocol: str = DEFAULT_PROTOCOL,
    reading: Reading = "official",
    average: Average = "macro",
    require_onscreen: bool = False,
    jackknife: bool = False,
) -> Scores:
    """Scores predictions against references.

    A reference without a prediction is skipped (official) or counts as missed (strict). Unknown azimuths and
    distances of predictions count as 0, as the DCASE formats store them.

    Args:
        references: References: a mapping, paired with predictions by name, or a sequence, paired by position.
        predictions: Predictions, a mapping or a sequence like `references`.
        protocol: Name of the scoring protocol, a key of `PROTOCOLS`.
        reading: "official" reproduces the challenge's evaluator; "strict" counts all frames, clips and
            classes (see docs/protocols.md).
        average: "macro" is the mean over classes, "micro" pools all classes.
        require_onscreen: Whether a true positive also requires the correct on-screen flag.
        jackknife: Whether to add 95 % jackknife intervals over the clips.

    Returns:
        Scores by name; fractions from 0 to 1, degrees or metres.

    Raises:
        SeldkitError: Clips cannot be paired, an argument is unknown, or a reference has no azimuth or
            distance although the protocol scores it.
    """
    names, reference_rows, prediction_rows, predicted = _pair(references, predictions)
    prediction_rows = prediction_rows.renumbered(reference_rows.classes)
    counts = count(reference_rows, prediction_rows, protocol, reading, require_onscreen, names)
    selected = counts if reading == "strict" else counts.select(predicted)
    classes = join_classes(reference_rows, prediction_rows)
    return compute_scores(selected, protocol, reading, average, classes, jackknife)


def jackknife(
    references: ClipCollection,
    predictions: ClipCollection,
    protocol: str = DEFAULT_PROTOCOL,
    reading: Reading = "official",
    average: Average = "macro",
    require_onscreen: bool = False,
) -> Scores:
    """Scores predictions against references, with 95 % jackknife intervals over the clips.

    Args:
        references: References: a mapping, paired with predictions by name, or a sequence, paired by position.
        predictions: Predictions, a mapping or a sequence like `references`.
        protocol: Name of the scoring protocol, a key of `PROTOCOLS`.
        reading: "official" or "strict".
        average: "macro" or "micro".
        require_onscreen: Whether a true positive also requires the correct on-screen flag.

    Returns:
        Scores with `Scores.intervals`.

    Raises:
        SeldkitError: As for `evaluate`.
    """
    return evaluate(references, predictions, protocol, reading, average, require_onscreen, jackknife=True)


def count(
    references: ClipTable,
    predictions: ClipTable,
    protocol: str,
    reading: Reading,
    require_onscreen: bool = False,
    names: Sequence[str] = (),
    class_count: int | None = None,
) -> ProtocolCounts:
    """Counts matches and errors.

    Args:
        references: Rows of the references.
        predictions: Rows of the predictions of the same clips.
        protocol: Name of the scoring protocol.
        reading: "official" or "strict".
        require_onscreen: Whether a true positive also requires the correct on-screen flag.
        names: Names of the clips for error messages.
        class_count: Number of classes of the vocabulary. Default: that of the references.

    Returns:
        Additive counts of each clip.

    Raises:
        SeldkitError: The protocol or reading is unknown, or a reference has no azimuth or distance although
            the protocol scores it.
    """
    if reading not in ("official", "strict"):
        raise SeldkitError(f"expected the reading 'official' or 'strict', got '{reading}'")
    rules = PROTOCOLS[protocol]
    _require_known(references, rules, names)
    size = len(references.classes) if class_count is None else class_count
    options = CountingOptions(reading == "official", size, require_onscreen)
    return rules.count_clips(references, predictions, options)


def compute_scores(
    counts: ProtocolCounts,
    protocol: str,
    reading: Reading,
    average: Average,
    classes: Sequence[str],
    jackknife: bool = False,
) -> Scores:
    """Computes scores from counts.

    Args:
        counts: Counts of each clip.
        protocol: Name of the scoring protocol.
        reading: "official" or "strict", as for the counts.
        average: "macro" or "micro".
        classes: Names of the classes.
        jackknife: Whether to add 95 % jackknife intervals over the clips.

    Returns:
        Scores of all clips together.

    Raises:
        SeldkitError: The protocol or average is unknown.
    """
    require_average(average)
    rules, official = PROTOCOLS[protocol], reading == "official"
    overall, classwise = rules.score(counts.total(), average, official)
    size = counts.by_class.shape[1]
    return Scores(
        protocol=protocol,
        reading=reading,
        average=average,
        overall={name: float(overall[name][0]) for name in rules.score_names},
        classwise={name: classwise[name][0].tolist() for name in rules.score_names},
        classes=extend_class_names(classes, size)[:size],
        clips=len(counts),
        intervals=jackknife_intervals(counts, rules, average, official) if jackknife else {},
        definitions=rules.scores,
    )


def require_average(average: str) -> None:
    """Checks the name of an average.

    Args:
        average: Name to check.

    Raises:
        SeldkitError: It is neither "macro" nor "micro".
    """
    if average not in ("macro", "micro"):
        raise SeldkitError(f"expected the average 'macro' or 'micro', got '{average}'")


def require_equal_count(references: int, predictions: int) -> None:
    """Checks that there is one prediction for each reference.

    Args:
        references: Number of reference clips.
        predictions: Number of predicted clips.

    Raises:
        SeldkitError: The numbers differ.
    """
    if references != predictions:
        raise SeldkitError(f"expected as many predictions as references ({references}), got {predictions}")


def join_classes(references: ClipTable, predictions: ClipTable) -> ClassVocabulary:
    """Extends the vocabulary of the references by the further classes of the predictions.

    Args:
        references: Rows of the references.
        predictions: Rows of the predictions.

    Returns:
        Vocabulary of both.
    """
    return references.classes.extended(predictions.classes[len(references.classes) :])


def _pair(
    references: ClipCollection, predictions: ClipCollection
) -> tuple[list[str], ClipTable, ClipTable, Flags]:
    """Names, rows of both sides for the same clips, and whether each clip has a prediction."""
    if isinstance(references, Mapping) and isinstance(predictions, Mapping):
        names = sorted(references)
        for name in predictions:
            if name not in references:
                raise SeldkitError(f"prediction '{name}' has no reference; {nearest(name, names)}")
        empty = Annotations.empty(0)
        reference_list = [references[name] for name in names]
        prediction_list = [predictions.get(name, empty) for name in names]
        predicted = np.array([name in predictions for name in names], np.bool_)
    elif isinstance(references, Mapping) or isinstance(predictions, Mapping):
        raise SeldkitError("expected references and predictions both by name or both by position")
    else:
        reference_list, prediction_list = list(references), list(predictions)
        require_equal_count(len(reference_list), len(prediction_list))
        names = [f"clip {index}" for index in range(len(reference_list))]
        predicted = np.ones(len(names), np.bool_)
    return (
        names,
        ClipTable.from_annotations(reference_list),
        ClipTable.from_annotations(prediction_list),
        predicted,
    )


def _require_known(references: ClipTable, protocol: Protocol, clips: Sequence[str]) -> None:
    columns = {"azimuth": references.azimuth}
    if protocol.scores_distance:
        columns["distance"] = references.distance
    for column, values in columns.items():
        unknown = np.isnan(values)
        if unknown.any():
            index = int(references.clip[unknown.argmax()])
            clip = clips[index] if clips else f"clip {index}"
            hint = _protocols_without_distance() if column == "distance" else ""
            raise SeldkitError(
                f"reference '{clip}': {protocol.name} scores the {column}, but a row has none{hint}"
            )


def _protocols_without_distance() -> str:
    names = [name for name in PROTOCOLS.names() if not PROTOCOLS[name].scores_distance]
    return f"; protocols that do not require it: {', '.join(names)}" if names else ""

"""Whether confidences are frequencies: of all that is said with 0.7, seven in ten should be true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.scores import quotient
from seldkit.types import Flags, Floats, Integers

BINS: Final = 15


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidences in bins of equal width from 0 to 1.

    counts: values in each bin. confidence, frequency: their mean confidence and the share that is true, NaN
    in an empty bin. All (bins,).
    """

    counts: Integers
    confidence: Floats
    frequency: Floats

    @property
    def error(self) -> float:
        """The expected calibration error: the bins' mean of |confidence − frequency|, by their counts."""
        if not self.counts.sum():
            return float("nan")
        return float(np.nansum(self.counts * np.abs(self.confidence - self.frequency)) / self.counts.sum())

    def to_dict(self) -> dict[str, Any]:
        """For JSON: None in empty bins."""
        columns = {"confidence": self.confidence, "frequency": self.frequency}
        content: dict[str, Any] = {"error": None if self.error != self.error else self.error}
        content["counts"] = self.counts.tolist()
        return content | {
            name: [None if value != value else value for value in column.tolist()]
            for name, column in columns.items()
        }


def reliability(confidence: Floats, true: NDArray[Any], bins: int = BINS) -> Reliability:
    """The bins of confidences (0 to 1) and of whether each came true, both (values,).

    (Naeini et al., AAAI 2015; Guo et al., ICML 2017.)
    """
    place = np.minimum((np.asarray(confidence) * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights=values, minlength=bins) for values in (confidence, true)]
    means = [quotient(np.asarray(total, np.float64), counts.astype(np.float64)) for total in sums]
    return Reliability(counts, means[0], means[1])


@dataclass(frozen=True, eq=False)
class FrameCells:
    """Every frame of every clip with every class: one cell each, in this order.

    class_id: of each cell. confidence: the highest that the prediction gives to the class in the frame, 0
    where it does not name it. named: whether it does. true: whether the class sounds there. All (cells,).
    """

    class_id: Integers
    confidence: Floats
    named: Flags
    true: Flags


def frame_cells(references: Sequence[Annotations], predictions: Sequence[Annotations]) -> FrameCells:
    """The cells of clips, paired by position, as long as their references.

    Predictions without confidences count as certain; those after the reference's end are passed over.
    """
    frames = np.array([one.frame_count for one in references], np.int64)
    classes = max((len(one.classes) for one in (*references, *predictions)), default=0)
    starts = np.cumsum(frames) - frames
    true = np.zeros((int(frames.sum()), classes), np.bool_)
    named, confidence = np.zeros_like(true), np.zeros(true.shape)
    truth, found = ClipTable.of(references), ClipTable.of(predictions)
    given = [np.ones(len(one)) if one.confidence is None else one.confidence for one in predictions]
    kept = found.frame < frames[found.clip] if len(found.frame) else np.zeros(0, np.bool_)
    place = (starts[found.clip[kept]] + found.frame[kept], found.class_id[kept])
    true[starts[truth.clip] + truth.frame, truth.class_id] = True
    named[place] = True
    np.maximum.at(confidence, place, np.concatenate([*given, np.zeros(0)])[kept])
    return FrameCells(np.tile(np.arange(classes), len(true)), confidence.ravel(), named.ravel(), true.ravel())

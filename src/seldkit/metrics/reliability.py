"""Reliability of confidences: the share of detections with confidence 0.7 that are correct should be 0.7."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.scores import nan_to_none, quotient
from seldkit.types import Flags, Floats, Integers

BIN_COUNT: Final = 15


@dataclass(frozen=True, eq=False)
class Reliability:
    """Reliability diagram: confidences in bins of equal width from 0 to 1.

    Attributes:
        counts: Number of values in each bin. Shape ``(bins,)``.
        confidence: Mean confidence of each bin, NaN in an empty bin. Shape ``(bins,)``.
        frequency: Share of correct values of each bin, NaN in an empty bin. Shape ``(bins,)``.
    """

    counts: Integers
    confidence: Floats
    frequency: Floats

    @property
    def error(self) -> float:
        """Expected calibration error: mean of |confidence − frequency|, weighted by the counts."""
        if not self.counts.sum():
            return float("nan")
        return float(np.nansum(self.counts * np.abs(self.confidence - self.frequency)) / self.counts.sum())

    def to_dict(self) -> dict[str, Any]:
        """Converts the diagram for JSON; NaN becomes None.

        Returns:
            Calibration error, counts, confidences and frequencies.
        """
        columns = {"confidence": self.confidence, "frequency": self.frequency}
        return {
            **nan_to_none({"error": self.error}),
            "counts": self.counts.tolist(),
            **{
                name: [None if value != value else value for value in column.tolist()]
                for name, column in columns.items()
            },
        }


def reliability(confidence: Floats, correct: Floats | Flags, bins: int = BIN_COUNT) -> Reliability:
    """Sorts confidences into bins.

    Source: expected calibration error after Naeini et al., AAAI 2015, and Guo et al., ICML 2017.

    Args:
        confidence: Confidences, 0 to 1. Shape ``(values,)``.
        correct: Whether each value is correct, or how often, 0 to 1. Shape ``(values,)``.
        bins: Number of bins.

    Returns:
        Reliability diagram.
    """
    bin_number = np.minimum((np.asarray(confidence) * bins).astype(np.int64), bins - 1)
    counts = np.bincount(bin_number, minlength=bins)
    sums = [np.bincount(bin_number, weights=values, minlength=bins) for values in (confidence, correct)]
    means = [quotient(np.asarray(total, np.float64), counts.astype(np.float64)) for total in sums]
    return Reliability(counts, means[0], means[1])


@dataclass(frozen=True, eq=False)
class FrameCells:
    """One cell for every clip, frame and class, in this order.

    Attributes:
        class_id: Class of each cell. Shape ``(cells,)``.
        confidence: Highest confidence of the predicted rows in the cell, 0 without rows. Shape ``(cells,)``.
        predicted: Whether the prediction has the class in the frame. Shape ``(cells,)``.
        active: Whether the reference has the class in the frame. Shape ``(cells,)``.
    """

    class_id: Integers
    confidence: Floats
    predicted: Flags
    active: Flags


def frame_cells(references: Sequence[Annotations], predictions: Sequence[Annotations]) -> FrameCells:
    """Builds the cells of clips.

    Args:
        references: References of clips; their `frame_count` is the number of frames.
        predictions: Predictions of the same clips, in the same order. Without confidences, all rows have
            confidence 1. Rows after the end of the reference are skipped.

    Returns:
        Cells of all clips.
    """
    frames = np.array([one.frame_count for one in references], np.int64)
    classes = max((len(one.classes) for one in (*references, *predictions)), default=0)
    starts = np.cumsum(frames) - frames
    active = np.zeros((int(frames.sum()), classes), np.bool_)
    predicted, confidence = np.zeros_like(active), np.zeros(active.shape)
    reference_rows, prediction_rows = (
        ClipTable.from_annotations(references),
        ClipTable.from_annotations(predictions),
    )
    clip, frame = prediction_rows.clip, prediction_rows.frame
    row_confidence = [np.ones(len(one)) if one.confidence is None else one.confidence for one in predictions]
    kept = frame < frames[clip] if len(frame) else np.zeros(0, np.bool_)
    cell = (starts[clip[kept]] + frame[kept], prediction_rows.class_id[kept])
    active[starts[reference_rows.clip] + reference_rows.frame, reference_rows.class_id] = True
    predicted[cell] = True
    np.maximum.at(confidence, cell, np.concatenate([*row_confidence, np.zeros(0)])[kept])
    class_id = np.tile(np.arange(classes), len(active))
    return FrameCells(class_id, confidence.ravel(), predicted.ravel(), active.ravel())

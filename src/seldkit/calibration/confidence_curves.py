"""Confidences as frequencies: curves from ACCDOA vector lengths to confidences, fitted and applied."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final, NamedTuple, Self

import numpy as np

from seldkit.annotations import Annotations
from seldkit.calibration.calibration_config import CalibrationConfig, ConfidenceCurve
from seldkit.calibration.cross_validation import FOLD_COUNT
from seldkit.types import Flags, Floats, Integers

MIN_FITTED_LENGTH: Final = 0.1
"""Cells with shorter vectors are not fitted: 19 of 20 are inactive, and they would dominate the fit."""

BIN_COUNT: Final = 100
"""Lengths are rounded to multiples of 1 / BIN_COUNT for the fit."""

KNOT_LENGTHS: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Lengths at which a fitted curve is stored."""

POOLING_STRENGTHS: Final = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 1.0)
"""Candidates for the L2 penalty on a class's deviation from the curve of all classes."""

SHARED_PENALTY: Final = 1e-3
"""L2 penalty on the deviation of the shared curve from the identity; keeps separable data finite."""


@dataclass(frozen=True, eq=False)
class CalibrationCells:
    """All cells of validation clips: one per frame and class.

    Attributes:
        fold: Fold of the cross-validation, ``(cells,)``.
        class_id: Class number, ``(cells,)``.
        length: Length of the longest ACCDOA vector, 0 to 1, ``(cells,)``.
        predicted: Whether the decoded prediction contains the class, ``(cells,)``.
        active: Whether the ground truth contains the class, ``(cells,)``.
    """

    fold: Integers
    class_id: Integers
    length: Floats
    predicted: Flags
    active: Flags

    def select(self, mask: Flags) -> Self:
        """Returns a subset of the cells.

        Args:
            mask: Cells to keep, ``(cells,)``.

        Returns:
            The selected cells.
        """
        return replace(self, **{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def fit_curves(cells: CalibrationCells, class_count: int) -> tuple[ConfidenceCurve, ...]:
    """Fits a logistic curve ``sigmoid(scale * logit(length) + shift)`` for each class.

    Temperature scaling with a shift (Guo et al. 2017, Platt 1999): one curve for all classes, and for each
    class a deviation with an L2 penalty (partial pooling: Gelman and Hill 2007, chapter 12), so that a class
    with few recordings stays near the shared curve. The penalty is the candidate with the lowest squared
    error in a cross-validation over recordings, on the cells that the model predicts as active.

    Args:
        cells: Cells of an uncalibrated model.
        class_count: Number of classes.

    Returns:
        One curve per class; the identity if no vector is longer than ``MIN_FITTED_LENGTH``.
    """
    fitted = cells.select(cells.length >= MIN_FITTED_LENGTH)
    if not len(fitted.length):
        identity = ConfidenceCurve(
            method="temperature", fitted_on="all", lengths=(0.0, 1.0), confidences=(0.0, 1.0)
        )
        return (identity,) * class_count
    histogram = _histogram(fitted, class_count)
    predicted_histogram = _histogram(fitted.select(fitted.predicted), class_count)
    errors = [
        _cross_validated_error(histogram, predicted_histogram, penalty) for penalty in POOLING_STRENGTHS
    ]
    penalty = POOLING_STRENGTHS[int(np.argmin(errors))]
    parameters = _fit_parameters(histogram.cells.sum(axis=0), histogram.active.sum(axis=0), penalty)
    has_cells = histogram.cells.sum(axis=(0, 2)) > 0
    return tuple(
        _sample_curve(curve, bool(is_fitted)) for curve, is_fitted in zip(parameters, has_cells, strict=True)
    )


def cross_validate_curves(cells: CalibrationCells, class_count: int) -> Floats:
    """Calibrates each fold with curves that were fitted on the other folds.

    Args:
        cells: Cells of an uncalibrated model.
        class_count: Number of classes.

    Returns:
        Confidences in [0, 1], ``(cells,)``.
    """
    confidence = np.zeros(len(cells.length))
    for number in range(FOLD_COUNT):
        held_out = cells.fold == number
        if held_out.any() and not held_out.all():
            curves = fit_curves(cells.select(~held_out), class_count)
            confidence[held_out] = apply_curves(curves, cells.class_id[held_out], cells.length[held_out])
    return confidence


def apply_curves(curves: Iterable[ConfidenceCurve], class_id: Integers, length: Floats) -> Floats:
    """Maps ACCDOA vector lengths to confidences.

    Args:
        curves: One curve per class.
        class_id: Class number of each row, ``(rows,)``.
        length: Vector length of each row, ``(rows,)``; clipped to [0, 1].

    Returns:
        Confidences in [0, 1], ``(rows,)``.
    """
    curves = tuple(curves)
    # The curves are placed side by side on one axis, two units apart: one interpolation serves all rows.
    knots = np.concatenate([2.0 * number + np.array(curve.lengths) for number, curve in enumerate(curves)])
    confidences = np.concatenate([curve.confidences for curve in curves])
    return np.asarray(np.interp(2.0 * class_id + np.clip(length, 0.0, 1.0), knots, confidences))


def calibrate_confidences(annotations: Annotations, calibration: CalibrationConfig | None) -> Annotations:
    """Replaces confidences that are vector lengths by the probability that the class is active.

    Args:
        annotations: Decoded predictions.
        calibration: Calibration of the model; with None the annotations are returned unchanged.

    Returns:
        Annotations with calibrated confidences.
    """
    if calibration is None or annotations.confidence is None:
        return annotations
    values = apply_curves(calibration.confidence, annotations.class_id, annotations.confidence)
    return replace(annotations, confidence=values)


class _Histogram(NamedTuple):
    """Numbers of cells and of active cells, ``(folds, classes, BIN_COUNT + 1)`` each."""

    cells: Floats
    active: Floats


def _histogram(cells: CalibrationCells, class_count: int) -> _Histogram:
    bins = np.rint(np.clip(cells.length, 0.0, 1.0) * BIN_COUNT).astype(np.int64)
    shape = (FOLD_COUNT, class_count, BIN_COUNT + 1)
    index = np.ravel_multi_index((cells.fold, cells.class_id, bins), shape)
    size = int(np.prod(shape))
    counts = (np.bincount(index, weights, size) for weights in (None, cells.active.astype(np.float64)))
    return _Histogram(*(count.reshape(shape).astype(np.float64) for count in counts))


def _cross_validated_error(fitted: _Histogram, evaluated: _Histogram, penalty: float) -> float:
    """Sum of squared errors of each fold's cells with curves of the other folds."""
    error = 0.0
    for number in np.flatnonzero(evaluated.cells.sum(axis=(1, 2))):
        count, active_count = (np.delete(part, number, axis=0).sum(axis=0) for part in fitted)
        if not count.any():
            continue
        probability = _sigmoid(_logits(_fit_parameters(count, active_count, penalty)))
        cells, active = evaluated.cells[number], evaluated.active[number]
        error += float((active * (1.0 - probability) ** 2 + (cells - active) * probability**2).sum())
    return error


def _fit_parameters(count: Floats, active_count: Floats, penalty: float) -> Floats:
    """Scale and shift of each class, (classes, 2), with the lowest penalized log loss.

    Args:
        count: Number of cells, (classes, BIN_COUNT + 1).
        active_count: Number of active cells, same shape.
        penalty: L2 penalty on the deviation of a class.
    """
    from scipy.optimize import minimize

    classes, total = len(count), count.sum()
    penalties = np.array([[SHARED_PENALTY], *[[penalty]] * classes])
    prior = np.array([[1.0, 0.0], *[[0.0, 0.0]] * classes])
    terms = np.stack([_logit(np.arange(BIN_COUNT + 1) / BIN_COUNT), np.ones(BIN_COUNT + 1)])  # (2, bins)

    def loss_and_gradient(flat: Floats) -> tuple[float, Floats]:
        values = flat.reshape(1 + classes, 2)  # the shared curve, then each class's deviation
        logits = _logits(values[:1] + values[1:])
        deviation = values - prior
        loss = (count * np.logaddexp(0.0, logits) - active_count * logits).sum() / total
        loss += (penalties * deviation**2).sum()
        by_class = (count * _sigmoid(logits) - active_count) @ terms.T / total
        gradient = np.concatenate([by_class.sum(axis=0, keepdims=True), by_class])
        return float(loss), (gradient + 2 * penalties * deviation).ravel()

    solution = minimize(loss_and_gradient, prior.ravel(), jac=True, method="L-BFGS-B").x
    solution = solution.reshape(1 + classes, 2)
    parameters = solution[:1] + solution[1:]
    parameters[:, 0] = np.maximum(parameters[:, 0], 0.0)  # confidences do not decrease with the length
    return np.asarray(parameters)


def _logits(parameters: Floats) -> Floats:
    """Logits of all bins, (classes, BIN_COUNT + 1), for scales and shifts (classes, 2)."""
    return np.asarray(parameters[:, :1] * _logit(np.arange(BIN_COUNT + 1) / BIN_COUNT) + parameters[:, 1:])


def _sample_curve(parameters: Floats, has_cells: bool) -> ConfidenceCurve:
    lengths: Floats = np.array(KNOT_LENGTHS)
    scale, shift = parameters
    values = np.where(lengths > 0.0, _sigmoid(scale * _logit(lengths) + shift), 0.0)
    return ConfidenceCurve(
        method="temperature",
        fitted_on="class" if has_cells else "all",
        lengths=KNOT_LENGTHS,
        confidences=tuple(np.round(values, 4).tolist()),
    )


def _logit(length: Floats) -> Floats:
    clipped = np.clip(length, 0.01, 0.99)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def _sigmoid(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-value)))

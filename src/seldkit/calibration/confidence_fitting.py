"""From ACCDOA lengths to frequencies: curves fitted on validation clips, judged by recordings new to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import torch

from seldkit.annotations import Annotations
from seldkit.calibration.model_calibration import ConfidenceCurve, confidences
from seldkit.metrics import frame_cells
from seldkit.models import SeldModel
from seldkit.training.source_folds import FOLDS
from seldkit.types import Flags, Floats, Integers

LEAST_LENGTH: Final = 0.1
"""Cells below are not fitted: in 19 of 20 nothing is heard, and they would bend the curve to suit them."""
FINE: Final = 100
"""Lengths apart that curves are fitted to."""
SAMPLED: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Lengths at which a curve is written down."""
PULLS: Final = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 1.0)
"""How strongly classes may be drawn to the curve of all."""
PULL_OF_ALL: Final = 1e-3
"""How strongly that one is drawn to the length itself: what is always true stays finite."""


@dataclass(frozen=True, eq=False)
class Lengths:
    """All cells of clips, frames and classes.

    fold: the part of a cross-validation that each is in. class_id: its class. length: the longest ACCDOA
    vector, at most 1. named: whether the model names the class there. true: whether it sounds. All (cells,).
    """

    fold: Integers
    class_id: Integers
    length: Floats
    named: Flags
    true: Flags

    @classmethod
    def of(
        cls, model: SeldModel, output: torch.Tensor, truth: Sequence[Annotations], folds: Integers
    ) -> Self:
        """The cells of an uncalibrated model's answers, (clips, frames, tracks, elements, classes).

        folds: of each class in each clip, (clips, classes).
        """
        cells = frame_cells(truth, model.decode(output))
        axes = 2 + ("z" in model.config.elements)
        longest = torch.linalg.vector_norm(output[:, :, :, :axes].double(), dim=3).amax(dim=2).clamp(max=1.0)
        # Decoding joins tracks: what is named has the length that it is named with.
        length = np.where(cells.named, cells.confidence, longest.numpy().ravel())
        fold = np.repeat(folds, output.shape[1], axis=0).ravel()
        return cls(fold, cells.class_id, length, cells.named, cells.true)

    def take(self, cells: Flags) -> Self:
        """Some of the cells."""
        return type(self)(*(column[cells] for column in vars(self).values()))


def fitted_curves(lengths: Lengths, classes: int) -> tuple[ConfidenceCurve, ...]:
    """For each class a logistic curve of scale · logit(length) + shift.

    Temperature scaling with a shift (Guo et al. 2017, Platt 1999), one for all classes, and of each class a
    deviation from it that is drawn to none (partial pooling: Gelman and Hill 2007, chapter 12): a class of
    which few recordings are known stays near all others. How strongly they are drawn is what gives the least
    squared error where classes are named, of cells whose recordings the curves were not fitted to. Where
    nothing is heard at all, confidences stay lengths.
    """
    heard = lengths.take(lengths.length >= LEAST_LENGTH)
    if not len(heard.length):
        plain = ConfidenceCurve(
            method="temperature", fitted_on="all", lengths=(0.0, 1.0), confidences=(0.0, 1.0)
        )
        return (plain,) * classes
    fitted, judged = _counted(heard, classes), _counted(heard.take(heard.named), classes)
    errors = [_cross_validated_error(fitted, judged, pull) for pull in PULLS]
    curves = _curves(fitted.cells.sum(axis=0), fitted.sounding.sum(axis=0), PULLS[int(np.argmin(errors))])
    own = fitted.cells.sum(axis=(0, 2)) > 0
    return tuple(_written(curve, bool(known)) for curve, known in zip(curves, own, strict=True))


def cross_validated(lengths: Lengths, classes: int) -> Floats:
    """Confidences of all cells by curves that other recordings gave, (cells,)."""
    found = np.zeros(len(lengths.length))
    for number in range(FOLDS):
        held = lengths.fold == number
        if held.any() and not held.all():
            curves = fitted_curves(lengths.take(~held), classes)
            found[held] = confidences(curves, lengths.class_id[held], lengths.length[held])
    return found


class _Counts(NamedTuple):
    """Cells, and those in which the class sounds, by fold, class and length: (folds, classes, FINE + 1)."""

    cells: Floats
    sounding: Floats


def _counted(cells: Lengths, classes: int) -> _Counts:
    bins = np.rint(np.clip(cells.length, 0.0, 1.0) * FINE).astype(np.int64)
    shape = (FOLDS, classes, FINE + 1)
    place = np.ravel_multi_index((cells.fold, cells.class_id, bins), shape)
    size = int(np.prod(shape))
    count, sounding = (np.bincount(place, values, size) for values in (None, cells.true.astype(np.float64)))
    return _Counts(*(part.reshape(shape).astype(np.float64) for part in (count, sounding)))


def _cross_validated_error(fitted: _Counts, judged: _Counts, pull: float) -> float:
    """The squared errors of cells in each fold by curves of the others."""
    error = 0.0
    for number in np.flatnonzero(judged.cells.sum(axis=(1, 2))):
        count, sounding = (np.delete(part, number, axis=0).sum(axis=0) for part in fitted)
        if not count.any():
            continue
        chance = _logistic(_odds(_curves(count, sounding, pull)))
        cells, true = judged.cells[number], judged.sounding[number]
        error += float((true * (1.0 - chance) ** 2 + (cells - true) * chance**2).sum())
    return error


def _curves(count: Floats, sounding: Floats, pull: float) -> Floats:
    """Scale and shift of each class, (classes, 2), with the least log loss on cells (classes, FINE + 1)."""
    from scipy.optimize import minimize

    classes, total = len(count), count.sum()
    pulls = np.array([[PULL_OF_ALL], *[[pull]] * classes])
    aim = np.array([[1.0, 0.0], *[[0.0, 0.0]] * classes])
    terms = np.stack([_logit(np.arange(FINE + 1) / FINE), np.ones(FINE + 1)])  # (2, FINE + 1)

    def loss(flat: Floats) -> tuple[float, Floats]:
        values = flat.reshape(1 + classes, 2)  # that of all, and each class's deviation
        odds = _odds(values[:1] + values[1:])
        off = values - aim
        value = (count * np.logaddexp(0.0, odds) - sounding * odds).sum() / total + (pulls * off**2).sum()
        own = (count * _logistic(odds) - sounding) @ terms.T / total
        return float(value), (np.concatenate([own.sum(axis=0, keepdims=True), own]) + 2 * pulls * off).ravel()

    found = minimize(loss, aim.ravel(), jac=True, method="L-BFGS-B").x.reshape(1 + classes, 2)
    curves = found[:1] + found[1:]
    curves[:, 0] = np.maximum(curves[:, 0], 0.0)  # longer is never less sure
    return np.asarray(curves)


def _odds(curves: Floats) -> Floats:
    """Logarithms of the odds at each of the lengths, (classes, FINE + 1)."""
    return np.asarray(curves[:, :1] * _logit(np.arange(FINE + 1) / FINE) + curves[:, 1:])


def _written(curve: Floats, known: bool) -> ConfidenceCurve:
    sampled: Floats = np.array(SAMPLED)
    heights = np.where(sampled > 0.0, _logistic(curve[0] * _logit(sampled) + curve[1]), 0.0)
    return ConfidenceCurve(
        method="temperature",
        fitted_on="class" if known else "all",
        lengths=SAMPLED,
        confidences=tuple(np.round(heights, 4).tolist()),
    )


def _logit(length: Floats) -> Floats:
    share = np.clip(length, 0.01, 0.99)
    return np.asarray(np.log(share / (1.0 - share)))


def _logistic(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-value)))

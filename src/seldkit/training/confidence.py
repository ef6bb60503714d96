"""From ACCDOA lengths to frequencies: curves fitted on validation clips, chosen by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import torch

from seldkit.annotations import Annotations, Flags, Floats, Integers
from seldkit.metrics import frame_cells
from seldkit.models import SeldModel
from seldkit.models.calibration import ConfidenceCurve, confidences

FOLDS: Final = 5
LEAST_LENGTH: Final = 0.1
"""Cells below are not fitted: in 19 of 20 nothing is heard, and they would bend the curve to suit them."""
FEWEST_CLIPS: Final = 10
"""Clips in which a class must sound and be heard for a curve of its own to be tried."""
GROUPS: Final = 10
SMALLEST_GROUP: Final = 50
FINE: Final = 200
"""Lengths apart that a temperature is fitted to."""
SAMPLED: Final = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Lengths at which a temperature's curve is written down."""

Method = Literal["temperature", "isotonic"]


@dataclass(frozen=True, eq=False)
class Lengths:
    """All cells of clips, frames and classes.

    clip, class_id: of each cell. length: the longest ACCDOA vector, at most 1. named: whether the model names
    the class there. true: whether it sounds. All (cells,).
    """

    clip: Integers
    class_id: Integers
    length: Floats
    named: Flags
    true: Flags

    @classmethod
    def of(cls, model: SeldModel, output: torch.Tensor, truth: Sequence[Annotations]) -> Self:
        """The cells of an uncalibrated model's answers, (clips, frames, tracks, elements, classes)."""
        cells = frame_cells(truth, model.decode(output))
        axes = 2 + ("z" in model.config.elements)
        longest = torch.linalg.vector_norm(output[:, :, :, :axes].double(), dim=3).amax(dim=2).clamp(max=1.0)
        # Decoding joins tracks: what is named has the length that it is named with.
        length = np.where(cells.named, cells.confidence, longest.numpy().ravel())
        clip = np.repeat(np.arange(len(truth)), longest[0].numel())
        return cls(clip, cells.class_id, length, cells.named, cells.true)

    def take(self, cells: Flags) -> Self:
        """Some of the cells."""
        return type(self)(*(column[cells] for column in vars(self).values()))


def fitted_curves(lengths: Lengths, classes: int) -> tuple[ConfidenceCurve, ...]:
    """For each class the curve that is best (least squared error) where the class is named.

    Tried are temperature and isotonic regression, on the class's own cells and on those of all classes, each
    judged by a cross-validation over the clips. A class that is hardly heard gets the curve of all; where
    nothing is heard at all, confidences stay lengths.
    """
    heard = lengths.take(lengths.length >= LEAST_LENGTH)
    errors = _cross_validated_errors(heard, classes)  # (candidates, classes)
    fitted = _candidates(heard, classes)  # (candidates, classes)
    return tuple(fitted[best][class_id] for class_id, best in enumerate(errors.argmin(axis=0).tolist()))


def cross_validated(lengths: Lengths, classes: int) -> Floats:
    """Confidences of all cells by curves that other clips gave, (cells,)."""
    found, fold = np.zeros(len(lengths.length)), _folds(lengths)
    for number in range(FOLDS):
        held = fold == number
        if held.any() and not held.all():
            curves = fitted_curves(lengths.take(~held), classes)
            found[held] = confidences(curves, lengths.class_id[held], lengths.length[held])
    return found


def isotonic_curve(length: Floats, true: Flags) -> tuple[Floats, Floats]:
    """Knots of the rising curve nearest to what is true, over groups of equally many cells."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(length, kind="stable")
    groups = np.array_split(order, max(1, min(GROUPS, len(order) // SMALLEST_GROUP)))
    middles = np.array([length[group].mean() for group in groups])
    shares = np.array([true[group].mean() for group in groups])
    rising = isotonic_regression(shares, weights=[len(group) for group in groups]).x
    return _knots(middles, np.clip(rising, 0.0, 1.0))


def temperature_curve(length: Floats, true: Flags) -> tuple[Floats, Floats]:
    """Knots of the logistic curve of logit(length) / temperature + shift with the least log loss."""
    from scipy.optimize import minimize

    # Cells of one length, to a half of a hundredth, are one term of the loss.
    bins = np.rint(np.clip(length, 0.0, 1.0) * FINE).astype(np.int64)
    count, sounding = (
        np.bincount(bins, minlength=FINE + 1),
        np.bincount(bins, weights=true, minlength=FINE + 1),
    )
    logit = _logit(np.arange(FINE + 1) / FINE)

    def loss(scale_and_shift: Floats) -> float:
        odds = np.exp(scale_and_shift[0]) * logit + scale_and_shift[1]
        # A little pull towards the length itself keeps classes that are always true finite.
        pull = 1e-3 * float(np.square(scale_and_shift).sum())
        return float((count * np.logaddexp(0.0, odds) - sounding * odds).sum() / len(length)) + pull

    scale, shift = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    sampled: Floats = np.array(SAMPLED)
    return sampled, np.where(sampled > 0.0, _logistic(np.exp(scale) * _logit(sampled) + shift), 0.0)


_FITS: Final[dict[Method, Callable[[Floats, Flags], tuple[Floats, Floats]]]] = {
    "temperature": temperature_curve,
    "isotonic": isotonic_curve,
}


def _candidates(heard: Lengths, classes: int) -> list[list[ConfidenceCurve]]:
    """Curves by candidate and class: each method on all classes, then each on the class itself."""
    shared = [_curve(method, heard, "all") for method in _FITS]
    own = [heard.take(heard.class_id == class_id) for class_id in range(classes)]
    enough = [len(np.unique(cells.clip[cells.true])) >= FEWEST_CLIPS for cells in own]
    return [[curve] * classes for curve in shared] + [
        [_curve(method, cells, "class") if fit else curve for cells, fit in zip(own, enough, strict=True)]
        for method, curve in zip(_FITS, shared, strict=True)
    ]


def _curve(method: Method, cells: Lengths, fitted_on: Literal["class", "all"]) -> ConfidenceCurve:
    nothing = not len(cells.length)
    lengths, heights = (np.array([0.0, 1.0]),) * 2 if nothing else _FITS[method](cells.length, cells.true)
    return ConfidenceCurve(
        method=method,
        fitted_on=fitted_on,
        lengths=tuple(np.round(lengths, 4).tolist()),
        confidences=tuple(np.round(heights, 4).tolist()),
    )


def _cross_validated_errors(heard: Lengths, classes: int) -> Floats:
    """The squared errors of each candidate where each class is named, (candidates, classes)."""
    fold, errors = _folds(heard), np.zeros((2 * len(_FITS), classes))
    for number in range(FOLDS):
        held = fold == number
        if not held.any() or held.all():
            continue
        judged = heard.take(held & heard.named)
        for candidate, curves in enumerate(_candidates(heard.take(~held), classes)):
            off = confidences(curves, judged.class_id, judged.length) - judged.true
            errors[candidate] += np.bincount(judged.class_id, weights=off**2, minlength=classes)
    return errors


def _folds(lengths: Lengths) -> Integers:
    """Clips in `FOLDS` runs, so that what was cut from one recording mostly stays together, (cells,)."""
    clips = int(lengths.clip.max(initial=-1)) + 1
    return np.asarray(lengths.clip * FOLDS // max(1, clips))


def _knots(lengths: Floats, heights: Floats) -> tuple[Floats, Floats]:
    """The same with ends at (0, 0) and 1, without knots that fall together when written down."""
    lengths, heights = np.r_[0.0, np.around(lengths, 4), 1.0], np.r_[0.0, heights, heights[-1]]
    kept = np.r_[True, np.diff(lengths) > 0]
    if not kept[-1]:  # a group at length 1 is the end itself
        return lengths[kept], np.r_[heights[kept][:-1], heights[-1]]
    return lengths[kept], heights[kept]


def _logit(length: Floats) -> Floats:
    share = np.clip(length, 0.01, 0.99)
    return np.asarray(np.log(share / (1.0 - share)))


def _logistic(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-value)))

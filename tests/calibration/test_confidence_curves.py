"""Confidence curves: fitted confidences are frequencies on cells that were not fitted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.examples import CALIBRATION, predictions
from seldkit.calibration.confidence_curves import (
    CalibrationCells,
    apply_curves,
    calibrate_confidences,
    cross_validate_curves,
    fit_curves,
)
from seldkit.calibration.cross_validation import FOLD_COUNT
from seldkit.metrics import reliability


def random_cells(seed: int, count: int = 20_000) -> CalibrationCells:
    """Cells of two classes whose frequency is the square of the length (class 0), or half of it (class 1)."""
    random = np.random.default_rng(seed)
    length, class_id = random.random(count), random.integers(0, 2, count)
    probability = np.where(class_id == 0, length**2, length / 2)
    fold = np.sort(random.integers(0, FOLD_COUNT, count))
    return CalibrationCells(fold, class_id, length, length > 0.3, random.random(count) < probability)


def test_fitted_confidences_are_frequencies_on_other_cells() -> None:
    curves, other = fit_curves(random_cells(1), 2), random_cells(2)
    confidence = apply_curves(curves, other.class_id, other.length)
    predicted = other.predicted
    assert reliability(other.length[predicted], other.active[predicted]).error > 0.15
    assert reliability(confidence[predicted], other.active[predicted]).error < 0.03


def test_each_class_has_its_own_curve() -> None:
    curves = fit_curves(random_cells(1), 2)
    confidence = apply_curves(curves, np.array([0, 1]), np.array([0.9, 0.9]))
    assert confidence == pytest.approx([0.81, 0.45], abs=0.05)
    assert {curve.fitted_on for curve in curves} == {"class"}


def test_a_class_without_cells_has_the_curve_of_all_classes() -> None:
    cells = random_cells(3)
    curves = fit_curves(cells.select(cells.class_id == 0), 2)
    assert [curve.fitted_on for curve in curves] == ["class", "all"]
    assert curves[1].confidences == pytest.approx(curves[0].confidences, abs=0.1)


def test_differences_between_recordings_only_do_not_change_a_curve() -> None:
    """Class 1 is active in one fold and inactive in the others: no evidence for new recordings."""
    cells = random_cells(5)
    active = cells.active.copy()
    active[cells.class_id == 1] = cells.fold[cells.class_id == 1] == 0
    by_recording = CalibrationCells(cells.fold, cells.class_id, cells.length, cells.predicted, active)
    shuffled_fold = np.random.default_rng(0).permutation(cells.fold)
    shuffled = CalibrationCells(shuffled_fold, cells.class_id, cells.length, cells.predicted, active)
    shared = fit_curves(by_recording.select(cells.class_id == 0), 2)[0]
    deviations = [
        abs(fit_curves(one, 2)[1].confidences[8] - shared.confidences[8]) for one in (by_recording, shuffled)
    ]
    assert deviations[0] < deviations[1]


def test_without_cells_confidences_equal_lengths() -> None:
    nothing = random_cells(1, 10).select(np.zeros(10, np.bool_))
    assert fit_curves(nothing, 2)[0].confidences == (0.0, 1.0)


def test_cross_validation_does_not_use_a_cell_for_its_own_confidence() -> None:
    cells = random_cells(4, 2000)
    first = cells.fold == 0
    inverted = CalibrationCells(
        cells.fold, cells.class_id, cells.length, cells.predicted, cells.active ^ first
    )
    assert np.array_equal(cross_validate_curves(cells, 2)[first], cross_validate_curves(inverted, 2)[first])


@given(seed=st.integers(0, 1000), count=st.integers(1, 300))
@settings(derandomize=True, max_examples=10, deadline=None)
def test_curves_increase_from_zero_and_stay_below_one(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    length = np.round(random.random(count), random.integers(0, 5))
    fold, zeros = random.integers(0, FOLD_COUNT, count), np.zeros(count, np.int64)
    cells = CalibrationCells(fold, zeros, length, length > 0.5, random.random(count) > length)
    (curve,) = fit_curves(cells, 1)
    assert (curve.lengths[0], curve.confidences[0], curve.lengths[-1]) == (0.0, 0.0, 1.0)
    assert np.all(np.diff(curve.confidences) >= 0)
    assert 0.0 <= curve.confidences[-1] <= 1.0


def test_each_class_has_its_own_confidence_for_a_length() -> None:
    def confidence(class_id: int, length: float) -> object:
        return calibrate_confidences(predictions(class_id, 0.0, length), CALIBRATION).confidence

    assert confidence(0, 0.75) == pytest.approx([0.3] * 10)
    assert confidence(1, 0.75) == pytest.approx([0.875] * 10)
    assert confidence(1, 1.0) == pytest.approx([1.0] * 10)
    assert calibrate_confidences(predictions(0, 0.0), None) == predictions(0, 0.0)

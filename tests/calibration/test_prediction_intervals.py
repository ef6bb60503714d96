"""Prediction intervals: coverage on new events, bounds of folded azimuths, missing values."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.examples import CALIBRATION, predictions
from seldkit.calibration.prediction_intervals import add_intervals, conformal_quantile, fit_half_widths
from seldkit.tracking import track_events


@given(st.integers(0, 1000), st.integers(10, 200))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_conformal_quantile_has_the_rank_of_the_theorem(seed: int, count: int) -> None:
    errors = np.random.default_rng(seed).random(count)
    rank = int(np.ceil((count + 1) * 0.9))
    assert conformal_quantile(errors, 0.9) == sorted(errors)[min(rank, count) - 1]


def test_half_widths_cover_new_events_of_every_class() -> None:
    random = np.random.default_rng(1)
    class_id, confidence = random.integers(0, 2, 40_000), random.random(40_000)
    errors = random.exponential(5.0, 40_000) * (1 + class_id) * (1 + 2 * (1 - confidence))
    fitted = fit_half_widths(errors[:20_000], class_id[:20_000], confidence[:20_000], 2, 0.9)
    assert fitted is not None
    assert fitted.slope >= 1.0
    half_width = np.array(fitted.half_width)[class_id] * (1 + fitted.slope * (1 - confidence))
    for number in range(2):
        covered = (errors <= half_width)[20_000:][class_id[20_000:] == number]
        assert covered.mean() == pytest.approx(0.9, abs=0.02)


def test_too_few_events_have_no_half_width() -> None:
    assert fit_half_widths(np.ones(5), np.zeros(5, np.int64), np.ones(5), 1, 0.9) is None


def test_intervals_widen_with_lower_confidence_and_stay_in_front() -> None:
    (event,) = add_intervals(track_events(predictions(1, 80.0, 0.5)), CALIBRATION, folded=True)
    assert event.azimuth_interval is not None
    assert event.distance_interval is not None
    assert (event.azimuth_interval.low, event.azimuth_interval.high) == pytest.approx((35.0, 90.0))
    distance = event.distance_interval
    assert (distance.low, distance.high) == pytest.approx((2 / np.exp(0.7), 2 * np.exp(0.7)))
    (event,) = add_intervals(track_events(predictions(1, 80.0, 0.5)), CALIBRATION, folded=False)
    assert event.azimuth_interval is not None
    assert event.azimuth_interval.high == pytest.approx(125.0)


def test_unknown_values_have_no_interval() -> None:
    (event,) = track_events(predictions(0, np.nan))
    (result,) = add_intervals([replace(event, distance=np.nan)], CALIBRATION, folded=True)
    assert result.azimuth_interval is None
    assert result.distance_interval is None
    assert add_intervals([event], None, folded=True) == (event,)

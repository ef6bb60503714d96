"""Calibration errors, cells of frames and classes, and coverage of intervals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clips import clip, random_clip
from seldkit.annotations import Annotations, PredictionInterval
from seldkit.detection import track_events
from seldkit.metrics import coverage, frame_cells, match_events, reliability


@given(st.integers(0, 1000), st.integers(1, 200), st.integers(1, 20))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_the_error_equals_that_of_a_plain_loop(seed: int, count: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    confidence, true = random.random(count), random.random(count) < 0.5
    total = 0.0
    for number in range(bins):
        within = [row for row in range(count) if number <= confidence[row] * bins < number + 1]
        if within:
            total += abs(sum(confidence[row] - true[row] for row in within))
    assert reliability(confidence, true, bins).error == pytest.approx(total / count)


def test_calibration_error_of_correct_and_wrong_certain_values() -> None:
    assert reliability(np.ones(5), np.ones(5, np.bool_)).error == 0.0
    assert reliability(np.ones(5), np.zeros(5, np.bool_)).error == 1.0
    assert np.isnan(reliability(np.zeros(0), np.zeros(0, np.bool_)).error)


def test_cells_have_the_highest_confidence_for_every_class_and_frame() -> None:
    references = [clip((3, 1, 0, 1, True)), clip((4, 2, 0, 1, True))]
    predictions = clip((4, 2, 0, 1, True), (4, 2, 50, 1, True), (60, 2, 0, 1, True))
    cells = frame_cells(references, [Annotations.empty(50), replace(predictions, confidence=[0.2, 0.7, 0.9])])
    assert len(cells.active) == 2 * 50 * 13
    at = 50 * 13 + 4 * 13 + 2
    assert np.flatnonzero(cells.predicted).tolist() == [at]
    assert np.flatnonzero(cells.active).tolist() == [3 * 13 + 1, at]
    assert (cells.confidence[at], cells.confidence.sum()) == (0.7, 0.7)


def test_events_are_matched_with_their_reference_sources() -> None:
    references = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    predictions = clip(
        *[(frame, 1, 25, 3, True) for frame in range(2, 9)], *[(30 + k, 1, 0, 1, True) for k in range(5)]
    )
    result = match_events([random_clip(1), references], [(), track_events(predictions)])
    assert len(result) == 1
    assert (result.azimuth[0], result.distance[0]) == (20.0, 2.0)


def test_coverage_is_the_share_of_intervals_with_the_reference_value() -> None:
    references = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    (event,) = track_events(clip(*[(frame, 1, 25, 3, True) for frame in range(10)]))
    near, off = PredictionInterval(15, 25, 0.9), PredictionInterval(24, 26, 0.9)
    events = [
        (replace(event, azimuth_interval=one, distance_interval=PredictionInterval(1, 4, 0.9)),)
        for one in (near, off)
    ]
    result = coverage(match_events([references, references], events))
    assert result is not None
    assert (result.azimuth, result.distance, result.nominal, result.events) == (0.5, 1.0, 0.9, 2)
    assert (result.azimuth_width, result.distance_factor) == (6.0, 4.0)


def test_events_without_intervals_have_no_coverage() -> None:
    references = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    assert coverage(match_events([references], [track_events(references)])) is None

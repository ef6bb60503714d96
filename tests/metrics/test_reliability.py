"""Calibration errors against loops, and cells that are counted once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clips import clip, random_clip
from seldkit.annotations import Annotations, Range
from seldkit.detection import track_events
from seldkit.metrics import coverage, frame_cells, match_events, reliability


@given(st.integers(0, 1000), st.integers(1, 200), st.integers(1, 20))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_the_error_is_that_of_a_plain_loop(seed: int, count: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    confidence, true = random.random(count), random.random(count) < 0.5
    total = 0.0
    for number in range(bins):
        within = [row for row in range(count) if number <= confidence[row] * bins < number + 1]
        if within:
            total += abs(sum(confidence[row] - true[row] for row in within))
    assert reliability(confidence, true, bins).error == pytest.approx(total / count)


def test_what_is_certain_and_true_is_no_error_and_certain_and_false_is_one() -> None:
    assert reliability(np.ones(5), np.ones(5, np.bool_)).error == 0.0
    assert reliability(np.ones(5), np.zeros(5, np.bool_)).error == 1.0
    assert np.isnan(reliability(np.zeros(0), np.zeros(0, np.bool_)).error)


def test_cells_hold_the_highest_confidence_and_every_class_of_every_frame() -> None:
    truth = [clip((3, 1, 0, 1, True)), clip((4, 2, 0, 1, True))]
    found = clip((4, 2, 0, 1, True), (4, 2, 50, 1, True), (60, 2, 0, 1, True))
    cells = frame_cells(truth, [Annotations.empty(50), replace(found, confidence=[0.2, 0.7, 0.9])])
    assert len(cells.active) == 2 * 50 * 13
    at = 50 * 13 + 4 * 13 + 2
    assert np.flatnonzero(cells.predicted).tolist() == [at]
    assert np.flatnonzero(cells.active).tolist() == [3 * 13 + 1, at]
    assert (cells.confidence[at], cells.confidence.sum()) == (0.7, 0.7)


def test_events_are_compared_with_the_sources_that_they_stand_for() -> None:
    truth = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    said = clip(
        *[(frame, 1, 25, 3, True) for frame in range(2, 9)], *[(30 + k, 1, 0, 1, True) for k in range(5)]
    )
    found = match_events([random_clip(1), truth], [(), track_events(said)])
    assert len(found) == 1
    assert (found.azimuth[0], found.distance[0]) == (20.0, 2.0)


def test_coverage_is_the_share_of_intervals_that_hold() -> None:
    truth = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    (event,) = track_events(clip(*[(frame, 1, 25, 3, True) for frame in range(10)]))
    near, off = Range(15, 25, 0.9), Range(24, 26, 0.9)
    events = [
        (replace(event, azimuth_interval=one, distance_interval=Range(1, 4, 0.9)),) for one in (near, off)
    ]
    found = coverage(match_events([truth, truth], events))
    assert found is not None
    assert (found.azimuth, found.distance, found.nominal, found.events) == (0.5, 1.0, 0.9, 2)
    assert (found.azimuth_width, found.distance_factor) == (6.0, 4.0)


def test_events_without_intervals_have_no_coverage() -> None:
    truth = clip(*[(frame, 1, 20, 2, True) for frame in range(10)])
    assert coverage(match_events([truth], [track_events(truth)])) is None

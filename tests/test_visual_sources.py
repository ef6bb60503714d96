"""Which event a cause in the picture belongs to."""

import numpy as np

from render.drawing import event
from seldkit.visual_sources import VisualSources


def causes(*rows: tuple[int, int, float]) -> VisualSources:
    """Rows of frame, class and azimuth, each with corners of its own."""
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    corners = np.arange(4.0 * len(rows)).reshape(-1, 4)
    return VisualSources(frame, class_id, azimuth.astype(float), corners)


def test_a_cause_is_the_nearest_events_of_its_class() -> None:
    left, right = event("a", 1, azimuth=(30.0,)), event("a", 1, azimuth=(-30.0,))
    other = event("b", 2, azimuth=(29.0,))
    seen = causes((3, 1, 29.0), (3, 1, -25.0), (4, 1, 28.0), (5, 3, 30.0))
    assert [rows.tolist() for rows in seen.match_events([other, right, left])] == [[], [1], [0, 2]]


def test_what_is_far_away_or_at_another_time_is_no_cause() -> None:
    seen = causes((3, 1, 31.0), (12, 1, 0.0), (9, 1, 0.0))
    assert [rows.tolist() for rows in seen.match_events([event("a", 1, azimuth=(0.0,))])] == [[2]]
    assert seen.match_events([event("a", 1, azimuth=(np.nan,))])[0].tolist() == []


def test_an_event_has_one_cause_a_frame() -> None:
    seen = causes((3, 1, 9.0), (3, 1, 2.0), (2, 1, 0.0))
    assert [rows.tolist() for rows in seen.match_events([event("a", 1, azimuth=(0.0,))])] == [[2, 1]]


def test_left_behind_is_near_right_behind() -> None:
    assert causes((3, 1, -175.0)).match_events([event("a", 1, azimuth=(175.0,))])[0].tolist() == [0]


def test_several_are_joined_by_frame() -> None:
    joined = VisualSources.concatenate(
        [causes((5, 1, 0.0), (6, 1, 0.0)), VisualSources.empty(), causes((2, 2, 0.0))]
    )
    assert joined.frame.tolist() == [2, 5, 6]
    assert joined.corners.shape == (3, 4)
    assert joined.class_id.tolist() == [2, 1, 1]
    assert len(VisualSources.concatenate([])) == 0

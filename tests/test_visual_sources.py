"""Assignment of visual sources to events."""

import numpy as np

from render.drawing import event
from seldkit.visual_sources import VisualSources


def visual_sources(*rows: tuple[int, int, float]) -> VisualSources:
    """Rows of frame, class and azimuth, each with different corners."""
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    corners = np.arange(4.0 * len(rows)).reshape(-1, 4)
    return VisualSources(frame, class_id, azimuth.astype(float), corners)


def test_a_source_is_assigned_to_the_closest_event_of_its_class() -> None:
    left, right = event("a", 1, azimuth=(30.0,)), event("a", 1, azimuth=(-30.0,))
    other = event("b", 2, azimuth=(29.0,))
    sources = visual_sources((3, 1, 29.0), (3, 1, -25.0), (4, 1, 28.0), (5, 3, 30.0))
    assert [rows.tolist() for rows in sources.match_events([other, right, left])] == [[], [1], [0, 2]]


def test_distant_sources_and_other_times_are_not_assigned() -> None:
    sources = visual_sources((3, 1, 31.0), (12, 1, 0.0), (9, 1, 0.0))
    assert [rows.tolist() for rows in sources.match_events([event("a", 1, azimuth=(0.0,))])] == [[2]]
    assert sources.match_events([event("a", 1, azimuth=(np.nan,))])[0].tolist() == []


def test_an_event_has_one_source_per_frame() -> None:
    sources = visual_sources((3, 1, 9.0), (3, 1, 2.0), (2, 1, 0.0))
    assert [rows.tolist() for rows in sources.match_events([event("a", 1, azimuth=(0.0,))])] == [[2, 1]]


def test_azimuths_wrap_behind_the_listener() -> None:
    assert visual_sources((3, 1, -175.0)).match_events([event("a", 1, azimuth=(175.0,))])[0].tolist() == [0]


def test_tables_are_concatenated_by_frame() -> None:
    table = VisualSources.concatenate(
        [visual_sources((5, 1, 0.0), (6, 1, 0.0)), VisualSources.empty(), visual_sources((2, 2, 0.0))]
    )
    assert table.frame.tolist() == [2, 5, 6]
    assert table.corners.shape == (3, 4)
    assert table.class_id.tolist() == [2, 1, 1]
    assert len(VisualSources.concatenate([])) == 0

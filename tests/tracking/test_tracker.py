from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.annotations import Annotations, Event
from seldkit.detection import track_events
from seldkit.events import events_to_annotations, source_events
from seldkit.geometry import wrap_azimuth
from seldkit.tracking import EventTracker
from seldkit.tracking.tracking_config import SpanSettings, TrackingConfig


def table(rows: list[tuple[int, int, float]], frame_count: int = 100, **columns: object) -> Annotations:
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows))
    return Annotations(frame, class_id, zeros, azimuth, zeros + 2.0, frame_count, **columns)  # type: ignore[arg-type]


def test_a_steady_source_is_one_event() -> None:
    (event,) = track_events(table([(frame, 3, 20.0) for frame in range(10, 30)]))
    assert (event.onset, event.offset, event.name) == (1.0, 3.0, "telephone")
    assert (event.azimuth, event.distance) == pytest.approx((20.0, 2.0))
    assert event.trajectory.frame.tolist() == list(range(10, 30))


def test_two_sources_of_one_class_are_distinguished_by_direction() -> None:
    rows = [(frame, 0, azimuth) for frame in range(20) for azimuth in (-40.0, 40.0)]
    events = track_events(table(rows))
    assert sorted(event.azimuth for event in events) == pytest.approx([-40.0, 40.0])


def test_crossing_order_of_rows_does_not_swap_tracks() -> None:
    rows = [(frame, 0, azimuth) for frame in range(20) for azimuth in ((-40, 40) if frame % 2 else (40, -40))]
    assert sorted(event.azimuth for event in track_events(table(rows))) == pytest.approx([-40.0, 40.0])


def test_a_short_pause_does_not_end_an_event_and_a_long_one_does() -> None:
    def count(pause: int) -> int:
        frames = [*range(10), *range(10 + pause, 20 + pause)]
        return len(track_events(table([(frame, 1, 0.0) for frame in frames])))

    assert (count(5), count(6)) == (1, 2)


def test_a_moving_source_stays_one_event() -> None:
    (event,) = track_events(table([(frame, 6, -60.0 + 3 * frame) for frame in range(40)]))
    assert len(event.trajectory) == 40


def test_the_rear_does_not_cancel_out() -> None:
    rows = [(frame, 6, azimuth) for frame, azimuth in enumerate([179.0, -179.0, 178.0, -178.0, 180.0])]
    (event,) = track_events(table(rows), folded=False)
    assert abs(event.azimuth) > 177


def test_a_single_frame_is_no_event() -> None:
    assert track_events(table([(5, 12, 0.0)])) == ()


def test_unknown_directions_join_and_stay_unknown() -> None:
    (event,) = track_events(table([(frame, 2, np.nan) for frame in range(5)]))
    assert np.isnan(event.azimuth)


def test_onscreen_and_confidence_are_summed_up() -> None:
    rows = [(frame, 2, 0.0) for frame in range(4)]
    confidence, onscreen = np.array([0.6, 0.7, 0.8, 0.9]), np.array([True, True, True, False])
    (event,) = track_events(table(rows, confidence=confidence, onscreen=onscreen))
    assert event.onscreen is True
    assert event.confidence == np.mean(confidence)


def test_pauses_are_filled_along_the_way() -> None:
    heard = [frame for frame in range(30) if frame not in (10, 11, 20)]
    (event,) = track_events(
        table([(frame, 6, -40.0 + 2 * frame) for frame in heard], confidence=np.full(27, 0.8))
    )
    assert event.trajectory.frame.tolist() == list(range(30))
    np.testing.assert_allclose(event.trajectory.azimuth, -40.0 + 2 * np.arange(30), atol=1e-6)
    assert event.trajectory.confidence is not None
    assert np.flatnonzero(event.trajectory.confidence == 0).tolist() == [10, 11, 20]
    assert event.confidence == pytest.approx(0.8)


def test_jitter_is_smoothed() -> None:
    noise = np.random.default_rng(0).normal(0, 8, 60)
    (event,) = track_events(table([(frame, 8, 20 + noise[frame]) for frame in range(60)]))
    assert np.abs(event.trajectory.azimuth - 20).mean() < 0.5 * np.abs(noise).mean()


def test_distances_are_smoothed_as_ratios() -> None:
    rows = table([(frame, 8, 0.0) for frame in range(60)])
    steps = np.where(np.arange(60) % 2, 4.0, 1.0)
    (event,) = track_events(replace(rows, distance=steps))
    assert event.distance == pytest.approx(2.0, rel=0.05)


def crossing(frames: int = 60, noise: float = 2.0) -> Annotations:
    """Two speakers who walk past each other; where they are near, a decoder hears one, in the middle."""
    random, rows = np.random.default_rng(1), []
    for frame in range(frames):
        left, right = -60 + 120 * frame / (frames - 1), 60 - 120 * frame / (frames - 1)
        seen = [(left + right) / 2] if abs(left - right) < 20 else [left, right]
        rows += [(frame, 1, azimuth + random.normal(0, noise)) for azimuth in seen]
    return table(rows)


def test_sources_that_cross_keep_their_identities() -> None:
    events = track_events(crossing())
    assert len(events) == 2
    ends = {
        (round(event.trajectory.azimuth[0], -1), round(event.trajectory.azimuth[-1], -1)) for event in events
    }
    assert ends == {(-60.0, 60.0), (60.0, -60.0)}


def test_a_source_can_move_behind_the_listener() -> None:
    azimuths = [(150.0 + 3 * frame + 180) % 360 - 180 for frame in range(30)]
    (event,) = track_events(
        table([(frame, 6, azimuth) for frame, azimuth in enumerate(azimuths)]), folded=False
    )
    assert np.abs(wrap_azimuth(event.trajectory.azimuth - azimuths)).max() < 1e-6


def test_stereo_sources_that_pass_the_side_come_back() -> None:
    azimuths = [90.0 - abs(3.0 * (frame - 15)) for frame in range(30)]
    (event,) = track_events(table([(frame, 6, azimuth) for frame, azimuth in enumerate(azimuths)]))
    assert np.abs(event.trajectory.azimuth - azimuths).mean() < 2
    assert np.abs(event.trajectory.azimuth).max() <= 90


def test_sources_above_each_other_are_two() -> None:
    rows = table([(frame, 0, 10.0) for frame in range(20) for _ in range(2)])
    rows = replace(rows, elevation=np.tile([0.0, 50.0], 20))
    assert sorted(event.elevation or 0.0 for event in track_events(rows)) == pytest.approx(
        [0.0, 50.0], abs=1e-6
    )


def test_minimum_and_gap_are_those_of_the_class() -> None:
    short = [(frame, class_id, 0.0) for frame in range(4) for class_id in (8, 12)]
    assert [event.name for event in track_events(table(short))] == ["knock"]
    paused = [(frame, class_id, 0.0) for frame in (*range(10), *range(18, 28)) for class_id in (8, 12)]
    assert sorted(event.name for event in track_events(table(paused))) == ["knock", "knock", "music"]


def test_a_configuration_overrides_the_table() -> None:
    config = TrackingConfig(classes={"music": SpanSettings(gap=0.0, minimum=0.1)})
    assert len(track_events(table([(frame, 8, 0.0) for frame in (3, 5, 7)]), config)) == 3


def test_a_flickering_flag_is_replaced_by_the_majority() -> None:
    flags = np.ones(40, bool)
    flags[[3, 17, 24]] = False
    flags[34:] = False
    (event,) = track_events(table([(frame, 0, 0.0) for frame in range(40)], onscreen=flags))
    assert event.onscreen is True
    assert event.trajectory.onscreen is not None
    assert np.flatnonzero(np.diff(event.trajectory.onscreen)).tolist() == [33]
    assert event.onscreen_segments == ((0.0, 3.4, True), (3.4, 4.0, False))


def test_numbers_are_those_of_the_rows() -> None:
    events = track_events(crossing())
    rows = events_to_annotations(events, 60)
    assert {event.number for event in events} == set(rows.source.tolist()) == {1, 2}
    again = source_events(rows)
    assert [(event.onset, event.offset) for event in again] == [
        (event.onset, event.offset) for event in events
    ]


def random_rows(seed: int, frames: int = 120) -> Annotations:
    random = np.random.default_rng(seed)
    frame = np.sort(random.integers(0, frames, 260))
    rows = table(
        [
            (at, class_id, azimuth)
            for at, class_id, azimuth in zip(
                frame.tolist(),
                random.choice([0, 6, 12], 260).tolist(),
                random.uniform(-90, 90, 260).tolist(),
                strict=True,
            )
        ],
        frames,
        onscreen=random.random(260) < 0.5,
        confidence=random.random(260),
    )
    return replace(rows, distance=random.uniform(0.3, 6, 260))


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 120), max_size=8))
@settings(max_examples=8, derandomize=True, deadline=None)
def test_segments_give_the_same_events_as_the_complete_clip(seed: int, cuts: list[int]) -> None:
    rows = random_rows(seed)
    tracker, edges = EventTracker(rows.classes), [0, *sorted(cuts), 120]
    events: list[Event] = []
    for begin, end in pairwise(edges):
        part = rows.take((rows.frame >= begin) & (rows.frame < end))
        events += tracker.push(replace(part, frame=part.frame - begin, frame_count=end - begin))
    events += tracker.finish()
    whole = track_events(rows)
    assert {event.number for event in events} == set(range(1, len(whole) + 1))
    by_number = {event.number: event for event in events}
    for event in whole:
        assert by_number[event.number] == event


def test_an_event_is_returned_when_it_has_ended() -> None:
    tracker = EventTracker(("knock",))
    rows = Annotations(*([0, 1, 2], [0] * 3, [0] * 3, [0.0] * 3, [1.0] * 3, 5), classes=("knock",))
    assert tracker.push(rows) == []
    assert [event.offset for event in tracker.current()] == [0.3]
    (event,) = tracker.push(Annotations.empty(5, ("knock",)))
    assert (event.onset, event.offset) == (0.0, 0.3)
    assert tracker.current() == tracker.finish() == []


def test_an_event_without_end_is_returned_in_parts() -> None:
    tracker = EventTracker(("music",), max_frames=30)
    rows = Annotations(range(100), [0] * 100, [0] * 100, [0.0] * 100, [1.0] * 100, 100, classes=("music",))
    events = tracker.push(rows) + tracker.finish()
    assert [(event.number, event.onset, event.offset) for event in events] == [
        (1, 0.0, 3.0),
        (2, 3.0, 6.0),
        (3, 6.0, 9.0),
        (4, 9.0, 10.0),
    ]


def test_labels_are_taken_as_they_are() -> None:
    rows = Annotations(
        [0, 1, 1, 2, 5, 1], [0, 0, 0, 0, 0, 3], [1, 1, 2, 1, 1, 0], [0, 10, 90, 20, 0, 5], np.ones(6), 10
    )
    events = [(event.class_id, event.onset, event.offset, event.azimuth) for event in source_events(rows)]
    assert events == [(0, 0.0, 0.3, 10.0), (0, 0.1, 0.2, 90.0), (3, 0.1, 0.2, 5.0), (0, 0.5, 0.6, 0.0)]


def test_rows_without_source_numbers_are_distinguished_by_their_order() -> None:
    rows = table([(frame, 0, azimuth) for frame in range(4) for azimuth in (-10.0, 50.0)])
    assert [event.azimuth for event in source_events(rows)] == [-10.0, 50.0]
    assert source_events(Annotations.empty(5)) == ()

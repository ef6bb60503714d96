import numpy as np

from seldkit.annotations import Annotations
from seldkit.detection import track_events


def table(rows: list[tuple[int, int, float]], frame_count: int = 100, **columns: object) -> Annotations:
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows))
    return Annotations(frame, class_id, zeros, azimuth, zeros + 2.0, frame_count, **columns)  # type: ignore[arg-type]


def test_a_steady_source_is_one_event() -> None:
    (event,) = track_events(table([(frame, 3, 20.0) for frame in range(10, 30)]))
    assert (event.onset, event.offset, event.name) == (1.0, 3.0, "telephone")
    assert (event.azimuth, event.distance, len(event.trajectory)) == (20.0, 2.0, 20)


def test_two_sources_of_one_class_are_told_apart_by_direction() -> None:
    rows = [(frame, 0, azimuth) for frame in range(20) for azimuth in (-40.0, 40.0)]
    events = track_events(table(rows))
    assert sorted(event.azimuth for event in events) == [-40.0, 40.0]


def test_crossing_order_of_rows_does_not_swap_tracks() -> None:
    rows = [(frame, 0, azimuth) for frame in range(20) for azimuth in ((-40, 40) if frame % 2 else (40, -40))]
    assert sorted(event.azimuth for event in track_events(table(rows))) == [-40.0, 40.0]


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
    (event,) = track_events(table(rows))
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

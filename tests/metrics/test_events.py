"""Scores of events: examples by hand, and an independent reference implementation."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.annotations import Annotations, Event
from seldkit.errors import SeldkitError
from seldkit.events import event_from_rows
from seldkit.metrics.events import evaluate_events

BELL, KNOCK = 11, 12
Azimuth = float | Sequence[float]


def event(begin: int, end: int, azimuth: Azimuth = 0.0, class_id: int = BELL, distance: float = 2.0) -> Event:
    """Frames begin to end − 1."""
    frame = np.arange(begin, end)
    one = np.ones(len(frame))
    return event_from_rows(Annotations(frame, one * class_id, one, one * azimuth, one * distance, end))


def scores(references: Sequence[Event], predictions: Sequence[Event]) -> dict[str, float]:
    return evaluate_events([references], [predictions], average="micro").overall


def test_exact_predictions_are_perfect() -> None:
    both = [event(0, 10), event(20, 25, -40), event(3, 30, 60, KNOCK)]
    result = scores(both, both)
    assert [result[name] for name in ("f_score", "overlap_f_score", "collar_f_score")] == [1, 1, 1]
    assert [result[name] for name in ("doa_error", "onset_error", "identity_switches", "fragmentations")] == [
        0
    ] * 4


def test_an_intersection_over_union_of_one_half_is_a_match() -> None:
    # Frames 0 to 9 and 0 to 4: 5 of 10. Frames 0 to 9 and 4 to 13: 6 of 14.
    assert scores([event(0, 10)], [event(0, 5)])["overlap_f_score"] == 1
    assert scores([event(0, 10)], [event(4, 14)])["overlap_f_score"] == 0


def test_an_event_with_a_wrong_direction_overlaps_but_is_not_localized() -> None:
    result = scores([event(0, 10, 10)], [event(0, 10, 31)])
    assert (result["f_score"], result["overlap_f_score"], result["doa_error"]) == (0, 1, 21)
    assert scores([event(0, 10, 10)], [event(0, 10, 30)])["f_score"] == 1


def test_onset_and_offset_have_collars() -> None:
    assert scores([event(10, 20)], [event(12, 22)])["collar_f_score"] == 1
    assert scores([event(10, 20)], [event(13, 20)])["collar_f_score"] == 0
    # A fifth of three seconds: six frames.
    assert scores([event(0, 30)], [event(0, 36)])["collar_f_score"] == 1
    assert scores([event(0, 30)], [event(0, 37)])["collar_f_score"] == 0


def test_other_classes_and_clips_are_other_events() -> None:
    assert scores([event(0, 10)], [event(0, 10, class_id=KNOCK)])["overlap_f_score"] == 0
    apart = evaluate_events([[event(0, 10)], []], [[], [event(0, 10)]], average="micro")
    assert (apart["overlap_recall"], apart["overlap_precision"], apart["fragmentations"]) == (0, 0, 0)


def test_an_event_in_two_parts_counts_once_and_is_fragmented() -> None:
    result = scores([event(0, 20)], [event(0, 12), event(14, 20)])
    assert (result["precision"], result["recall"]) == (0.5, 1)
    assert result["f_score"] == pytest.approx(2 / 3)
    assert (result["fragmentations"], result["identity_switches"]) == (1, 1)


def test_swapped_tracks_of_crossing_sources_are_two_switches() -> None:
    left, right = np.linspace(-60, 60, 40), np.linspace(60, -60, 40)
    swapped = [event(0, 40, np.where(np.arange(40) < 20, *pair)) for pair in ((left, right), (right, left))]
    references = [event(0, 40, left), event(0, 40, right)]
    assert scores(references, swapped)["identity_switches"] == 2
    assert scores(references, references[::-1])["identity_switches"] == 0


def test_a_kept_correspondence_is_no_switch_even_if_another_is_nearer() -> None:
    # Two true sources 10 degrees apart; the tracks jitter past each other, but stay within 20 degrees.
    references = [event(0, 10, 0), event(0, 10, 10)]
    jitter = np.where(np.arange(10) == 5, 1, 0)
    predictions = [event(0, 10, 1 + 9 * jitter), event(0, 10, 9 - 9 * jitter)]
    assert scores(references, predictions)["identity_switches"] == 0


def test_all_events_have_equal_weight_in_the_angle() -> None:
    references = [event(0, 40, 0), event(50, 54, 0)]
    predictions = [event(0, 40, 2), event(50, 54, 10)]
    assert scores(references, predictions)["doa_error"] == pytest.approx(6)


def test_azimuths_are_folded_only_in_2025() -> None:
    references, predictions = [event(0, 10, 30)], [event(0, 10, 150)]
    assert evaluate_events([references], [predictions], "dcase2025", "micro")["f_score"] == 1
    assert evaluate_events([references], [predictions], "dcase2024", "micro")["f_score"] == 0


def test_macro_is_the_mean_over_classes_and_counts_are_sums() -> None:
    references = [event(0, 10), event(0, 10, class_id=KNOCK), event(20, 30, class_id=KNOCK)]
    result = evaluate_events([references], [references[:2]])
    assert result["recall"] == 0.75
    assert (result["references"], result["predictions"]) == (3, 2)
    assert result.classwise["recall"][KNOCK] == 0.5


def test_scores_without_events_are_nan() -> None:
    result = evaluate_events([[]], [[]])
    assert result.to_dict()["f_score"] is None
    assert evaluate_events([[event(0, 5)]], [[]])["f_score"] == 0
    assert evaluate_events([], []).clips == 0


def test_unknown_distances_are_left_out() -> None:
    unknown = event(0, 10, distance=float("nan"))
    assert np.isnan(scores([unknown], [event(0, 10)])["relative_distance_error"])
    assert scores([event(0, 10)], [event(0, 10, distance=3.0)])["relative_distance_error"] == pytest.approx(
        0.5
    )


def test_invalid_arguments_are_errors() -> None:
    with pytest.raises(SeldkitError, match="as many predictions"):
        evaluate_events([[]], [])
    with pytest.raises(SeldkitError, match="dcase2025"):
        evaluate_events([[]], [[]], "dcase2026")
    with pytest.raises(SeldkitError, match="macro"):
        evaluate_events([[]], [[]], average="mean")  # type: ignore[arg-type]


def random_events(random: np.random.Generator) -> list[Event]:
    events = []
    for _ in range(random.integers(0, 6)):
        begin = int(random.integers(0, 20))
        end = begin + int(random.integers(1, 15))
        azimuth = random.uniform(-40, 40) + np.cumsum(random.normal(0, 5, end - begin))
        made = event(begin, end, np.clip(azimuth, -89, 89), int(random.choice([BELL, KNOCK])))
        events.append(replace(made, number=len(events)))
    return events


def angles(first: Event, second: Event) -> dict[int, float]:
    """Angle in degrees in each common frame."""
    one, two = (
        dict(zip(e.trajectory.frame.tolist(), e.trajectory.azimuth.tolist(), strict=True))
        for e in (first, second)
    )
    return {frame: abs(one[frame] - two[frame]) for frame in one if frame in two}


def reference_hits(references: list[Event], predictions: list[Event], located: bool) -> int:
    """The largest number of pairs of all one-to-one assignments."""

    def hit(a: Event, b: Event) -> bool:
        one, two = set(a.trajectory.frame.tolist()), set(b.trajectory.frame.tolist())
        overlaps = a.class_id == b.class_id and len(one & two) >= 0.5 * len(one | two)
        return overlaps and (not located or float(np.mean(list(angles(a, b).values()))) <= 20)

    shorter, longer = sorted((references, predictions), key=len)
    return max(
        sum(hit(a, b) for a, b in zip(shorter, selected, strict=True))
        for selected in permutations(longer, len(shorter))
    )


def reference_continuity(references: list[Event], predictions: list[Event]) -> tuple[int, int]:
    """Switches and fragmentations frame by frame; all assignments of the remaining events are tried."""
    current: dict[int, int] = {}
    last: dict[int, int] = {}
    switches = fragmentations = 0
    for frame in range(40):
        near = {
            (a.number, b.number): angles(a, b)[frame]
            for a in references
            for b in predictions
            if a.class_id == b.class_id and angles(a, b).get(frame, 99) <= 20
        }
        pairs: dict[int, int] = {}
        for (a, b), _ in sorted(near.items(), key=lambda pair: pair[1]):
            if current.get(a) == b and b not in pairs.values():
                pairs[a] = b
        rest = {k: v for k, v in near.items() if k[0] not in pairs and k[1] not in pairs.values()}
        pairs |= reference_assignment(rest)
        for a, b in pairs.items():
            switches += a in current and current[a] != b
            fragmentations += a in last and last[a] < frame - 1
            current[a], last[a] = b, frame
    return switches, fragmentations


def reference_assignment(near: dict[tuple[int, int], float]) -> dict[int, int]:
    best: tuple[int, float, dict[int, int]] = (0, 0.0, {})

    def search(remaining: list[tuple[int, int]], assigned: dict[int, int], cost: float) -> None:
        nonlocal best
        if (-len(assigned), cost) < (-best[0], best[1]):
            best = (len(assigned), cost, dict(assigned))
        for position, (a, b) in enumerate(remaining):
            if a not in assigned and b not in assigned.values():
                search(remaining[position + 1 :], assigned | {a: b}, cost + near[a, b])

    search(list(near), {}, 0.0)
    return best[2]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_events_equal_the_reference_implementation(seed: int) -> None:
    random = np.random.default_rng(seed)
    references, predictions = random_events(random), random_events(random)
    result = scores(references, predictions)
    for name, located in (("overlap_recall", False), ("recall", True)):
        hits = reference_hits(references, predictions, located)
        assert np.nan_to_num(result[name]) == pytest.approx(hits / max(1, len(references)))
    assert (result["identity_switches"], result["fragmentations"]) == reference_continuity(
        references, predictions
    )

"""Scores of events: examples worked out by hand, and an independent slow reference."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.annotations import Annotations, Event
from seldkit.errors import SeldkitError
from seldkit.events import event_of
from seldkit.metrics.events import evaluate_events

BELL, KNOCK = 11, 12
Azimuth = float | Sequence[float]


def event(begin: int, end: int, azimuth: Azimuth = 0.0, class_id: int = BELL, distance: float = 2.0) -> Event:
    """Frames begin to end − 1."""
    frame = np.arange(begin, end)
    one = np.ones(len(frame))
    return event_of(Annotations(frame, one * class_id, one, one * azimuth, one * distance, end))


def scores(truth: Sequence[Event], found: Sequence[Event]) -> dict[str, float]:
    return evaluate_events([truth], [found], average="micro").overall


def test_what_is_found_exactly_is_perfect() -> None:
    both = [event(0, 10), event(20, 25, -40), event(3, 30, 60, KNOCK)]
    found = scores(both, both)
    assert [found[name] for name in ("f_score", "overlap_f_score", "collar_f_score")] == [1, 1, 1]
    assert [found[name] for name in ("doa_error", "onset_error", "identity_switches", "fragmentations")] == [
        0
    ] * 4


def test_half_of_what_either_covers_is_one_event() -> None:
    # Frames 0 to 9 and 0 to 4: 5 of 10. Frames 0 to 9 and 4 to 13: 6 of 14.
    assert scores([event(0, 10)], [event(0, 5)])["overlap_f_score"] == 1
    assert scores([event(0, 10)], [event(4, 14)])["overlap_f_score"] == 0


def test_an_event_in_the_wrong_place_overlaps_but_is_not_located() -> None:
    found = scores([event(0, 10, 10)], [event(0, 10, 31)])
    assert (found["f_score"], found["overlap_f_score"], found["doa_error"]) == (0, 1, 21)
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


def test_an_event_in_two_pieces_counts_once_and_is_fragmented() -> None:
    found = scores([event(0, 20)], [event(0, 12), event(14, 20)])
    assert (found["precision"], found["recall"]) == (0.5, 1)
    assert found["f_score"] == pytest.approx(2 / 3)
    assert (found["fragmentations"], found["identity_switches"]) == (1, 1)


def test_tracks_that_swap_where_sources_cross_are_two_switches() -> None:
    left, right = np.linspace(-60, 60, 40), np.linspace(60, -60, 40)
    swapped = [event(0, 40, np.where(np.arange(40) < 20, *pair)) for pair in ((left, right), (right, left))]
    truth = [event(0, 40, left), event(0, 40, right)]
    assert scores(truth, swapped)["identity_switches"] == 2
    assert scores(truth, truth[::-1])["identity_switches"] == 0


def test_near_tracks_that_hold_are_no_switch_though_another_pairing_is_nearer() -> None:
    # Two true sources 10 degrees apart; the tracks jitter past each other, but stay within 20 degrees.
    truth = [event(0, 10, 0), event(0, 10, 10)]
    jitter = np.where(np.arange(10) == 5, 1, 0)
    found = [event(0, 10, 1 + 9 * jitter), event(0, 10, 9 - 9 * jitter)]
    assert scores(truth, found)["identity_switches"] == 0


def test_each_event_counts_alike_in_the_angle() -> None:
    truth = [event(0, 40, 0), event(50, 54, 0)]
    found = [event(0, 40, 2), event(50, 54, 10)]
    assert scores(truth, found)["doa_error"] == pytest.approx(6)


def test_stereo_folds_and_space_does_not() -> None:
    truth, found = [event(0, 10, 30)], [event(0, 10, 150)]
    assert evaluate_events([truth], [found], "dcase2025", "micro")["f_score"] == 1
    assert evaluate_events([truth], [found], "dcase2024", "micro")["f_score"] == 0


def test_macro_is_the_mean_over_classes_and_counts_are_sums() -> None:
    truth = [event(0, 10), event(0, 10, class_id=KNOCK), event(20, 30, class_id=KNOCK)]
    result = evaluate_events([truth], [truth[:2]])
    assert result["recall"] == 0.75
    assert (result["references"], result["predictions"]) == (3, 2)
    assert result.classwise["recall"][KNOCK] == 0.5


def test_nothing_at_all_is_no_number() -> None:
    result = evaluate_events([[]], [[]])
    assert result.to_dict()["f_score"] is None
    assert evaluate_events([[event(0, 5)]], [[]])["f_score"] == 0
    assert evaluate_events([], []).clips == 0


def test_distances_that_nobody_knows_are_left_out() -> None:
    unknown = event(0, 10, distance=float("nan"))
    assert np.isnan(scores([unknown], [event(0, 10)])["relative_distance_error"])
    assert scores([event(0, 10)], [event(0, 10, distance=3.0)])["relative_distance_error"] == pytest.approx(
        0.5
    )


def test_wrong_calls_are_said() -> None:
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
    """Degrees apart in each common frame."""
    one, two = (
        dict(zip(e.trajectory.frame.tolist(), e.trajectory.azimuth.tolist(), strict=True))
        for e in (first, second)
    )
    return {frame: abs(one[frame] - two[frame]) for frame in one if frame in two}


def slow_hits(truth: list[Event], found: list[Event], located: bool) -> int:
    """The most pairs of any one-to-one assignment, by trying all."""

    def hit(a: Event, b: Event) -> bool:
        one, two = set(a.trajectory.frame.tolist()), set(b.trajectory.frame.tolist())
        fits = a.class_id == b.class_id and len(one & two) >= 0.5 * len(one | two)
        return fits and (not located or float(np.mean(list(angles(a, b).values()))) <= 20)

    shorter, longer = sorted((truth, found), key=len)
    return max(
        sum(hit(a, b) for a, b in zip(shorter, chosen, strict=True))
        for chosen in permutations(longer, len(shorter))
    )


def slow_following(truth: list[Event], found: list[Event]) -> tuple[int, int]:
    """Switches and fragmentations, frame by frame, all pairings of what does not hold tried."""
    held: dict[int, int] = {}
    last: dict[int, int] = {}
    switches = fragmentations = 0
    for frame in range(40):
        near = {
            (a.number, b.number): angles(a, b)[frame]
            for a in truth
            for b in found
            if a.class_id == b.class_id and angles(a, b).get(frame, 99) <= 20
        }
        pairs: dict[int, int] = {}
        for (a, b), _ in sorted(near.items(), key=lambda pair: pair[1]):
            if held.get(a) == b and b not in pairs.values():
                pairs[a] = b
        rest = {k: v for k, v in near.items() if k[0] not in pairs and k[1] not in pairs.values()}
        pairs |= slow_pairing(rest)
        for a, b in pairs.items():
            switches += a in held and held[a] != b
            fragmentations += a in last and last[a] < frame - 1
            held[a], last[a] = b, frame
    return switches, fragmentations


def slow_pairing(near: dict[tuple[int, int], float]) -> dict[int, int]:
    best: tuple[int, float, dict[int, int]] = (0, 0.0, {})

    def tried(left: list[tuple[int, int]], taken: dict[int, int], cost: float) -> None:
        nonlocal best
        if (-len(taken), cost) < (-best[0], best[1]):
            best = (len(taken), cost, dict(taken))
        for place, (a, b) in enumerate(left):
            if a not in taken and b not in taken.values():
                tried(left[place + 1 :], taken | {a: b}, cost + near[a, b])

    tried(list(near), {}, 0.0)
    return best[2]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_the_slow_reference_agrees(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, found = random_events(random), random_events(random)
    result = scores(truth, found)
    for name, located in (("overlap_recall", False), ("recall", True)):
        hits = slow_hits(truth, found, located)
        assert np.nan_to_num(result[name]) == pytest.approx(hits / max(1, len(truth)))
    assert (result["identity_switches"], result["fragmentations"]) == slow_following(truth, found)

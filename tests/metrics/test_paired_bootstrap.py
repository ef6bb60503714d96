"""Whether one system is better than another."""

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import evaluate, paired_differences

CLIPS, FRAMES = 60, 20


def clips(seed: int, error: float, found: float = 1.0) -> list[Annotations]:
    """One source a clip, heard `error` degrees off (standard deviation) in a share `found` of the frames."""
    rng, tables = np.random.default_rng(seed), []
    for number in range(CLIPS):
        frame = np.flatnonzero(rng.random(FRAMES) < found)
        azimuth = np.clip((number % 13) * 10 - 60 + error * rng.standard_normal(len(frame)), -90, 90)
        tables.append(
            Annotations(frame, 0 * frame + number % 13, 0 * frame, azimuth, 0 * azimuth + 2, FRAMES)
        )
    return tables


TRUTH = clips(0, 0.0)


def test_a_clearly_better_system_is_found_better() -> None:
    difference = paired_differences(TRUTH, clips(1, 25.0), clips(2, 5.0))["f_score"]
    assert difference.p_value < 0.002
    assert difference.low > 0.0
    assert difference.low < difference.value < difference.high
    worse = paired_differences(TRUTH, clips(2, 5.0), clips(1, 25.0))["f_score"]
    assert worse.value == pytest.approx(-difference.value)
    assert worse.high < 0.0


def test_the_value_is_that_of_the_scores() -> None:
    first, second = clips(1, 25.0, 0.8), clips(2, 5.0, 0.9)
    found = paired_differences(TRUTH, first, second)
    for name, difference in found.items():
        before, after = (evaluate(TRUTH, one, reading="strict")[name] for one in (first, second))
        if after == after:
            assert difference.value == pytest.approx(after - before)


def test_two_systems_alike_differ_by_luck_alone() -> None:
    values = [
        paired_differences(TRUTH, clips(2 * n + 1, 15.0), clips(2 * n + 2, 15.0), resamples=300)[
            "f_score"
        ].p_value
        for n in range(40)
    ]
    assert np.mean(np.array(values) < 0.05) <= 0.15
    assert 0.3 < np.median(values) < 0.75


def test_the_same_answers_do_not_differ() -> None:
    difference = paired_differences(TRUTH, clips(1, 10.0), clips(1, 10.0))["f_score"]
    assert (difference.value, difference.low, difference.high, difference.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_clips_of_one_recording_are_drawn_together() -> None:
    first, second = clips(1, 25.0), clips(2, 20.0)
    groups = [f"recording {number // 15}" for number in range(CLIPS)]
    alone = paired_differences(TRUTH, first, second)["f_score"]
    together = paired_differences(TRUTH * 4, first * 4, second * 4, groups=[str(n) for n in range(CLIPS)] * 4)
    assert together["f_score"].high - together["f_score"].low == pytest.approx(
        alone.high - alone.low, rel=0.1
    )
    four = paired_differences(TRUTH, first, second, groups=groups)["f_score"]
    assert four.value == alone.value


def test_answers_must_pair_with_references() -> None:
    with pytest.raises(SeldkitError, match="as many predictions"):
        paired_differences(TRUTH, TRUTH[:-1], TRUTH)

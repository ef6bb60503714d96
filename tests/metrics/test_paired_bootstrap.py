"""Paired differences between systems."""

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import evaluate, paired_differences

CLIPS, FRAMES = 60, 20


def clips(seed: int, error: float, detection_rate: float = 1.0) -> list[Annotations]:
    """One source per clip, predicted in a share of the frames with a Gaussian error in degrees."""
    rng, tables = np.random.default_rng(seed), []
    for number in range(CLIPS):
        frame = np.flatnonzero(rng.random(FRAMES) < detection_rate)
        azimuth = np.clip((number % 13) * 10 - 60 + error * rng.standard_normal(len(frame)), -90, 90)
        tables.append(
            Annotations(frame, 0 * frame + number % 13, 0 * frame, azimuth, 0 * azimuth + 2, FRAMES)
        )
    return tables


REFERENCES = clips(0, 0.0)


def test_a_better_system_has_a_significant_difference() -> None:
    difference = paired_differences(REFERENCES, clips(1, 25.0), clips(2, 5.0))["f_score"]
    assert difference.p_value < 0.002
    assert difference.low > 0.0
    assert difference.low < difference.value < difference.high
    worse = paired_differences(REFERENCES, clips(2, 5.0), clips(1, 25.0))["f_score"]
    assert worse.value == pytest.approx(-difference.value)
    assert worse.high < 0.0


def test_the_value_is_the_difference_of_the_scores() -> None:
    first, second = clips(1, 25.0, 0.8), clips(2, 5.0, 0.9)
    differences = paired_differences(REFERENCES, first, second)
    for name, difference in differences.items():
        before, after = (evaluate(REFERENCES, one, reading="strict")[name] for one in (first, second))
        if after == after:
            assert difference.value == pytest.approx(after - before)


def test_equivalent_systems_rarely_differ_significantly() -> None:
    values = [
        paired_differences(REFERENCES, clips(2 * n + 1, 15.0), clips(2 * n + 2, 15.0), resamples=300)[
            "f_score"
        ].p_value
        for n in range(40)
    ]
    assert np.mean(np.array(values) < 0.05) <= 0.15
    assert 0.3 < np.median(values) < 0.75


def test_equal_predictions_do_not_differ() -> None:
    difference = paired_differences(REFERENCES, clips(1, 10.0), clips(1, 10.0))["f_score"]
    assert (difference.value, difference.low, difference.high, difference.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_clips_of_one_recording_are_drawn_together() -> None:
    first, second = clips(1, 25.0), clips(2, 20.0)
    groups = [f"recording {number // 15}" for number in range(CLIPS)]
    alone = paired_differences(REFERENCES, first, second)["f_score"]
    together = paired_differences(
        REFERENCES * 4, first * 4, second * 4, groups=[str(n) for n in range(CLIPS)] * 4
    )
    assert together["f_score"].high - together["f_score"].low == pytest.approx(
        alone.high - alone.low, rel=0.1
    )
    four = paired_differences(REFERENCES, first, second, groups=groups)["f_score"]
    assert four.value == alone.value


def test_predictions_must_pair_with_references() -> None:
    with pytest.raises(SeldkitError, match="as many predictions"):
        paired_differences(REFERENCES, REFERENCES[:-1], REFERENCES)

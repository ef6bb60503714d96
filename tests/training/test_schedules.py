"""Learning rates over a stage."""

import pytest

from seldkit.training.schedules import (
    SCHEDULES,
    CosineSettings,
    HoldAndDecaySettings,
    OneCycleSettings,
)


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_a_schedule_stays_between_nothing_and_the_highest_rate(name: str) -> None:
    schedule = SCHEDULES[name]()
    factors = [schedule.factor(step, 10, 600) for step in range(601)]
    assert max(factors) == pytest.approx(1.0)
    assert min(factors) >= 0.0


def test_held_rates_fall_by_a_twentieth_each_later_epoch() -> None:
    schedule = HoldAndDecaySettings(hold=30, decay=0.95)
    assert schedule.factor(299, 10, 500) == 1.0
    assert schedule.factor(300, 10, 500) == pytest.approx(0.95)
    assert schedule.factor(499, 10, 500) == pytest.approx(0.95**20)


def test_one_cycle_goes_up_then_down() -> None:
    schedule = OneCycleSettings(warm_up=0.25)
    assert [schedule.factor(step, 1, 100) for step in (0, 25, 100)] == pytest.approx([0.04, 1.0, 1e-4])


def test_a_cosine_ends_at_nothing() -> None:
    assert CosineSettings(warm_up=0.0).factor(100, 1, 100) == 0.0

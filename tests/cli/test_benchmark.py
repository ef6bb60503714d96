"""seldkit benchmark and calibrate: what is wrong is said in one line; figures go to JSON and to a card."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cli.commands import Command
from seldkit.annotations import Annotations
from seldkit.benchmark import Agreement, Benchmark, HeldOut, Speed, markdown, with_figures
from seldkit.benchmark.speed import Cost
from seldkit.metrics import Coverage, breakdown, evaluate, reliability, taxonomy


def figures(intervals: Coverage | None) -> Benchmark:
    """A model that saw one clip of one row, and refuses sound alone."""
    one = np.zeros(1, np.int64)
    truth = [Annotations(one, one, one, one, one + 1.0, 50), Annotations.empty(50)]
    scores = [evaluate(truth, truth, reading=reading, jackknife=True) for reading in ("official", "strict")]
    same = Agreement(100, 1, 1.0, 1.0, 0.0)
    held = HeldOut(
        *("rooms", Path("rooms"), 2, 0.01, *scores, breakdown(truth, truth), taxonomy(truth, truth)),
        *(reliability(np.ones(2), np.ones(2)), reliability(np.ones(2), np.zeros(2)), intervals),
        *(same, Agreement(0, 0, *[float("nan")] * 3), ("a note",), ()),
    )
    speed = Speed(Cost(float("nan"), 2.0, 0, "has no picture"), Cost(31.4, 2.0, 10**9), "a machine", 2, 0.5)
    return Benchmark("model", 1000, 2_000_000, speed, (held,))


@pytest.mark.parametrize("intervals", [None, Coverage(0.9, 0.88, float("nan"), 20.0, float("nan"), 7)])
def test_figures_go_to_json_and_to_a_card(intervals: Coverage | None) -> None:
    found = figures(intervals)
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["sets"][0]["strict"]["clips"] == 2
    card = markdown(found)
    assert "31.4 × real time" in card
    assert "has no picture" in card
    assert "| score | rooms |" in card
    assert ("88.0%" in card) == (intervals is not None)
    assert "nan" not in card
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_sets_stand_side_by_side_and_weak_classes_are_named() -> None:
    one = figures(None)
    other = replace(one.sets[0], name="measured", clips=7)
    card = markdown(replace(one, sets=(one.sets[0], other)))
    assert "| clips | 2 | 7 |" in card
    assert "| female speech | 1.000, 0.0°, 0.000 | 1.000, 0.0°, 0.000 |" in card
    assert "Classes of measured below an F-score of 0.1: none." in card
    nothing = [Annotations.empty(50)] * 2
    truth = [Annotations(*[np.zeros(1, np.int64)] * 4, np.ones(1), 50), Annotations.empty(50)]
    deaf = replace(one.sets[0], breakdown=breakdown(truth, nothing))
    assert "below an F-score of 0.1: female speech (0.000)." in markdown(replace(one, sets=(deaf,)))


def test_figures_replace_those_of_before_and_leave_the_rest_of_a_card() -> None:
    once = with_figures("# A model\n\nText.\n", figures(None))
    assert once.startswith("# A model\n\nText.\n")
    faster = replace(figures(None), parameters=4321)
    twice = with_figures(once + "\n## Limits\n\nMany.\n", faster)
    assert twice.endswith("## Limits\n\nMany.\n")
    assert "4,321" in twice
    assert "| parameters | 1,000 |" not in twice
    assert with_figures(twice, faster) == twice


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["benchmark", "--model", "nothing-there"], "nothing-there: expected"),
        (["benchmark", "--data", "nowhere"], "nowhere"),
        (["benchmark", "--data", "a=x", "--data", "a=y"], "second dataset named 'a'"),
        (["benchmark", "--card", "no-card.md"], "no-card.md: expected a model card"),
        (["calibrate", "default", "--data", "nowhere"], "add --output"),
        (["calibrate", "nothing-there", "--data", "nowhere"], "nothing-there"),
        (["calibrate", "default", "--data", "nowhere", "--output", "out"], "nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = command(*arguments)
    assert result.status == 1
    assert said in result.err
    assert result.err.count("\n") == 1
    assert "fault of seldkit" not in result.err
    assert not (tmp_path / "out").exists()

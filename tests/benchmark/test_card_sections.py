"""Figures as JSON, as rows of tables and as sections of a model card."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.benchmark import Agreement, Benchmark, Cost, HeldOutResult, Speed, markdown, update_card
from seldkit.benchmark.figures import (
    GROUP_HEAD,
    cost_rows,
    degrees,
    error_rows,
    group_rows,
    number,
    score_rows,
    trust_rows,
)
from seldkit.metrics import Coverage, breakdown, evaluate, reliability, taxonomy

COVERAGE = Coverage(0.9, 0.88, float("nan"), 20.0, float("nan"), 7)


def held_out(predict: bool = True, intervals: Coverage | None = None) -> HeldOutResult:
    """A clip with one row, and an empty clip; the row is predicted exactly or not at all."""
    one = np.zeros(1, np.int64)
    references = [Annotations(one, one, one, one, one + 1.0, 50), Annotations.empty(50)]
    predictions = references if predict else [Annotations.empty(50)] * 2
    scores = [
        evaluate(references, predictions, reading=reading, jackknife=True)
        for reading in ("official", "strict")
    ]
    return HeldOutResult(
        name="rooms",
        folder=Path("rooms"),
        clips=2,
        hours=0.01,
        official=scores[0],
        strict=scores[1],
        breakdown=breakdown(references, predictions),
        taxonomy=taxonomy(references, predictions),
        calibration=reliability(np.ones(2), np.ones(2)),
        predicted_calibration=reliability(np.ones(2), np.zeros(2)),
        intervals=intervals,
        mirror=Agreement(100, 1, 1.0, 1.0, 0.0),
        streaming=Agreement(0, 0, *[float("nan")] * 3),
        notes=("a note",),
        failures=(),
    )


def figures(*sets: HeldOutResult) -> Benchmark:
    """A model that does not support audio files."""
    unsupported = Cost(float("nan"), 2.0, 0, "has no video frames")
    speed = Speed(unsupported, Cost(31.4, 2.0, 10**9), "a machine", 2, 0.5)
    return Benchmark("model", 1000, 2_000_000, speed, sets or (held_out(),))


@pytest.mark.parametrize("intervals", [None, COVERAGE])
def test_figures_are_valid_json_and_markdown(intervals: Coverage | None) -> None:
    result = figures(held_out(intervals=intervals))
    content = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert content["sets"][0]["strict"]["clips"] == 2
    assert (content["sets"][0]["intervals"] is None) == (intervals is None)
    card = markdown(result)
    assert ("88.0%" in card) == (intervals is not None)
    assert "nan" not in card
    tables = [line for line in card.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_a_card_has_speed_scores_and_reasons_for_missing_values() -> None:
    card = markdown(figures())
    assert "31.4 × real time" in card
    assert "not supported: has no video frames" in card
    assert "| score | rooms |" in card
    assert "| intervals | none: not calibrated |" in card


def test_without_datasets_a_card_has_speed_and_size_only() -> None:
    card = markdown(replace(figures(), sets=()))
    assert "## Speed and size" in card
    assert "## Scores" not in card


def test_datasets_are_columns() -> None:
    other = replace(held_out(), name="measured", clips=7)
    card = markdown(figures(held_out(), other))
    assert "| clips | 2 | 7 |" in card
    assert "| female speech | 1.000, 0.0°, 0.000 | 1.000, 0.0°, 0.000 |" in card


def test_weak_classes_are_listed() -> None:
    card = markdown(figures(held_out(), replace(held_out(predict=False), name="hard")))
    assert "Classes of rooms with an F-score below 0.1: none." in card
    assert "Classes of hard with an F-score below 0.1: female speech (0.000)." in card


def test_failed_clips_are_counted_with_the_first_reason() -> None:
    failed = replace(held_out(), failures=("a.wav: no audio", "b.wav: no labels"))
    assert "rooms: 2 clips could not be processed; first: a.wav: no audio" in markdown(figures(failed))


def test_the_official_reading_is_added_only_if_it_differs() -> None:
    equal = replace(held_out(), official=held_out().strict)
    assert "; official" not in markdown(figures(equal))
    # The only row is in the last annotated frame, which the official reading skips.
    assert "| f score | 1.000; official 0.000 |" in markdown(figures())


def test_figures_replace_earlier_ones_and_nothing_else() -> None:
    once = update_card("# A model\n\nText.\n", figures())
    assert once.startswith("# A model\n\nText.\n")
    changed = replace(figures(), parameters=4321)
    twice = update_card(once + "\n## Limits\n\nMany.\n", changed)
    assert twice.endswith("## Limits\n\nMany.\n")
    assert "4,321" in twice
    assert "| parameters | 1,000 |" not in twice
    assert update_card(twice, changed) == twice


def test_cells_do_not_break_tables() -> None:
    broken = replace(figures(), speed=replace(figures().speed, audio=Cost(1.0, 1.0, 0, "a | b")))
    assert "not supported: a / b" in markdown(broken)


def test_rows_of_size_and_speed() -> None:
    rows = dict(cost_rows(figures()))
    assert rows["parameters"] == "1,000"
    assert rows["size on disk"] == "2.0 MB"
    assert rows["start-up, with video"] == "2.0 s"
    assert rows["peak memory, with video"] == "1,000 MB"
    assert rows["speed, audio only"] == "not supported: has no video frames"


def test_rows_of_scores_have_both_readings() -> None:
    rows = {name: values for name, *values in score_rows(held_out(predict=False))}
    assert set(rows) >= {"f score", "doa error"}
    assert all(len(values) == 2 for values in rows.values())
    assert rows["doa error"][1].startswith("–")


def test_rows_of_trust() -> None:
    rows = dict(trust_rows(held_out(intervals=COVERAGE)))
    assert rows["expected calibration error, all cells"] == "0.000"
    assert rows["expected calibration error, predicted cells"] == "1.000"
    assert rows["coverage of 90% azimuth intervals"] == "88.0% (median width 20°)"
    assert rows["coverage of 90% distance intervals"] == "– (median high / low –)"
    assert rows["mirror test, frames that agree"] == "100.0% of 100 frames, 100.0% of 1 with events"
    assert rows["streaming test, frames that agree"] == "– of 0 frames, – of 0 with events, –"


def test_rows_of_errors_are_shares_of_references() -> None:
    rows = {kind: (count, share) for kind, count, share in error_rows(held_out(predict=False))}
    assert rows["missed"] == ("1", "100.0%")
    assert rows["false"] == ("0", "–")


def test_rows_of_groups_have_the_columns_of_the_heading() -> None:
    rows = group_rows(held_out().breakdown.by_class)
    assert len(rows) == 1
    assert all(len(row) == 1 + len(GROUP_HEAD) for row in rows)
    assert rows[0][:5] == ("female speech", "1", "1", "1.000", "1.000")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number(0.12345), "0.123"),
        (number(0.12345, 1), "0.1"),
        (number(float("nan")), "–"),
        (degrees(12.34), "12.3°"),
        (degrees(float("nan")), "–"),
    ],
)
def test_missing_numbers_are_dashes(text: str, expected: str) -> None:
    assert text == expected

"""Breakdowns add up to the scores, and every row is in the right group."""

import json

import numpy as np
import pytest

from metrics.clips import clip, random_clip
from seldkit.annotations import Annotations
from seldkit.metrics import breakdown, evaluate

REFERENCES = [random_clip(seed) for seed in range(5)]
PREDICTIONS = [random_clip(seed + 3) for seed in range(5)]


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024"])
def test_classes_have_the_strict_scores(protocol: str) -> None:
    scores = evaluate(REFERENCES, PREDICTIONS, protocol, reading="strict")
    names = ["f_score", "doa_error", "relative_distance_error"]
    names += ["onscreen_accuracy"] if protocol == "dcase2025" else []
    for group in breakdown(REFERENCES, PREDICTIONS, protocol).by_class:
        for name in names:
            expected = scores.classwise[name][scores.classes.index(group.name)]
            assert getattr(group, name) == pytest.approx(expected), (group.name, name)


@pytest.mark.parametrize("kind", ["by_class", "polyphony", "distance", "onscreen"])
def test_every_row_is_in_one_group(kind: str) -> None:
    groups = getattr(breakdown(REFERENCES, PREDICTIONS), kind)
    pooled = evaluate(REFERENCES, PREDICTIONS, reading="strict", average="micro")["f_score"]
    references = sum(group.references for group in groups)
    predictions = sum(group.predictions for group in groups)
    assert (references, predictions) == (sum(map(len, REFERENCES)), sum(map(len, PREDICTIONS)))
    hits = sum(group.hits for group in groups)
    assert 2 * hits / (references + predictions) == pytest.approx(pooled)


def test_a_matched_prediction_is_in_the_group_of_its_reference() -> None:
    result = breakdown([clip((0, 1, 0, 0.8, True))], [clip((0, 1, 0, 3.0, False))])
    assert [(group.name, group.references, group.predictions) for group in result.distance] == [
        ("below 1 m", 1, 1)
    ]
    assert [group.name for group in result.onscreen] == ["on-screen"]


def test_an_unmatched_prediction_is_in_the_group_of_its_own_values() -> None:
    result = breakdown([Annotations.empty(50)], [clip((0, 1, 0, 3.0, False))])
    assert [group.name for group in result.distance] == ["2 to 4 m"]
    assert [group.name for group in result.onscreen] == ["off-screen"]
    assert [group.name for group in result.polyphony] == ["0"]
    assert result.distance[0].precision == 0.0
    assert np.isnan(result.distance[0].recall)


def test_polyphony_counts_the_sources_of_the_frame() -> None:
    reference = clip(*[(0, number, 10.0 * number, 1, True) for number in range(6)], (1, 0, 0, 1, True))
    groups = breakdown([reference], [reference]).polyphony
    assert [(group.name, group.references, group.f_score) for group in groups] == [
        ("1", 1, 1.0),
        ("4 or more", 6, 1.0),
    ]


def test_unknown_values_have_their_own_group() -> None:
    table = clip((0, 1, 0, 1, True))
    unknown_flags = Annotations(table.frame, table.class_id, table.source, table.azimuth, [np.nan], 50)
    result = breakdown([table], [unknown_flags])
    assert result.onscreen[0].name == "on-screen"
    assert np.isnan(result.onscreen[0].onscreen_accuracy)
    assert [group.name for group in breakdown([Annotations.empty(50)], [unknown_flags]).distance] == [
        "unknown"
    ]
    assert [group.name for group in breakdown([Annotations.empty(50)], [unknown_flags]).onscreen] == [
        "unknown"
    ]


def test_conversion_to_json() -> None:
    content = json.loads(json.dumps(breakdown(REFERENCES, PREDICTIONS).to_dict(), allow_nan=False))
    assert {"by_class", "polyphony", "distance", "onscreen"} == set(content)

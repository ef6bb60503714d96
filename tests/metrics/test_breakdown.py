"""Break-downs add up to the scores, and a row is in the group that it belongs to."""

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


def test_a_matched_prediction_is_where_its_reference_is() -> None:
    found = breakdown([clip((0, 1, 0, 0.8, True))], [clip((0, 1, 0, 3.0, False))])
    assert [(group.name, group.references, group.predictions) for group in found.distance] == [
        ("below 1 m", 1, 1)
    ]
    assert [group.name for group in found.onscreen] == ["on-screen"]


def test_a_lone_prediction_is_where_it_says() -> None:
    found = breakdown([Annotations.empty(50)], [clip((0, 1, 0, 3.0, False))])
    assert [group.name for group in found.distance] == ["2 to 4 m"]
    assert [group.name for group in found.onscreen] == ["off-screen"]
    assert [group.name for group in found.polyphony] == ["0"]
    assert found.distance[0].precision == 0.0
    assert np.isnan(found.distance[0].recall)


def test_polyphony_counts_the_sources_of_the_frame() -> None:
    truth = clip(*[(0, number, 10.0 * number, 1, True) for number in range(6)], (1, 0, 0, 1, True))
    groups = breakdown([truth], [truth]).polyphony
    assert [(group.name, group.references, group.f_score) for group in groups] == [
        ("1", 1, 1.0),
        ("4 or more", 6, 1.0),
    ]


def test_what_is_not_said_has_a_group_of_its_own() -> None:
    table = clip((0, 1, 0, 1, True))
    silent = Annotations(table.frame, table.class_id, table.source, table.azimuth, [np.nan], 50)
    found = breakdown([table], [silent])
    assert found.onscreen[0].name == "on-screen"
    assert np.isnan(found.onscreen[0].onscreen_accuracy)
    assert [group.name for group in breakdown([Annotations.empty(50)], [silent]).distance] == ["unknown"]
    assert [group.name for group in breakdown([Annotations.empty(50)], [silent]).onscreen] == ["unknown"]


def test_it_goes_to_json() -> None:
    content = json.loads(json.dumps(breakdown(REFERENCES, PREDICTIONS).to_dict(), allow_nan=False))
    assert {"by_class", "polyphony", "distance", "onscreen"} == set(content)

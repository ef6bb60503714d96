"""What every registered protocol must fulfil."""

import re
from pathlib import Path

import numpy as np
import pytest

from metrics.clips import random_clip
from seldkit.annotations import Annotations
from seldkit.formats import FORMATS
from seldkit.metrics import DEFAULT_PROTOCOL, PROTOCOLS, Scores, evaluate, taxonomy
from seldkit.metrics.events import evaluate_events
from seldkit.metrics.score_definition import EVENT_SCORES, ScoreDefinition

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"
UNITS = {"°": "degrees", "m": "metres"}
every_protocol = pytest.mark.parametrize("name", PROTOCOLS.names())


def perfect(definition: ScoreDefinition) -> float:
    return 1.0 if definition.higher_is_better else 0.0


@every_protocol
def test_names_and_formats_are_registered(name: str) -> None:
    protocol = PROTOCOLS[name]
    assert protocol.name == name
    assert protocol.format in FORMATS
    assert set(protocol.event_scores) <= set(EVENT_SCORES)
    assert DEFAULT_PROTOCOL in PROTOCOLS


@every_protocol
def test_perfect_predictions_have_the_best_value_of_every_score(name: str) -> None:
    references = [random_clip(seed, 60, step=7) for seed in range(4)]
    for reading in ("official", "strict"):
        scores = evaluate(references, references, name, reading, "micro")
        for definition in scores.definitions:
            value = scores[definition.name]
            assert value == pytest.approx(perfect(definition), abs=2e-3), (reading, definition.name)


@every_protocol
@pytest.mark.parametrize("average", ["macro", "micro"])
def test_better_predictions_score_better_in_every_direction(name: str, average: str) -> None:
    references = [random_clip(seed, 60, step=7) for seed in range(4)]

    def scores(error: float) -> Scores:
        moved = [
            Annotations(
                *(one.frame, one.class_id, one.source, one.azimuth * (1 - error), one.distance * (1 + error)),
                *(one.frame_count, one.elevation),
                onscreen=one.onscreen ^ (np.arange(len(one)) % 10 < 10 * error),
            )
            for one in references
        ]
        return evaluate(references, moved, name, "strict", average)

    better, worse = scores(0.2), scores(0.9)
    for definition in PROTOCOLS[name].scores:
        difference = better[definition.name] - worse[definition.name]
        assert difference >= 0 if definition.higher_is_better else difference <= 0, definition.name


@every_protocol
@pytest.mark.parametrize("reading", ["official", "strict"])
def test_scores_have_the_declared_names_in_order(name: str, reading: str) -> None:
    clips = [random_clip(1)]
    scores = evaluate(clips, clips, name, reading, jackknife=True)
    declared = list(PROTOCOLS[name].score_names)
    assert list(scores.overall) == list(scores.classwise) == list(scores.intervals) == declared
    assert list(evaluate_events([[]], [[]], name).overall) == [
        one.name for one in PROTOCOLS[name].event_scores
    ]


@every_protocol
def test_folding_is_as_declared(name: str) -> None:
    def row(azimuth: float) -> list[Annotations]:
        return [Annotations([0], [0], [0], [azimuth], [1.0], 50, elevation=[0.0])]

    kinds = taxonomy(row(20.0), row(160.0), name).to_dict()["counts"]
    assert (kinds["correct"] == 1) == PROTOCOLS[name].folds_azimuth


def test_values_are_shown_with_their_unit() -> None:
    texts = {
        unit: ScoreDefinition("x", True, unit).text(1.23456)  # type: ignore[arg-type]
        for unit in ("", "°", "m", "s", "count")
    }
    assert texts == {"": "1.235", "°": "1.2°", "m": "1.235 m", "s": "1.235 s", "count": "1"}
    assert ScoreDefinition("doa_error", False, "°").text(float("nan")) == "–"
    assert ScoreDefinition("doa_error", False).label == "doa error"


def test_the_page_lists_every_score_of_its_protocols_with_unit_and_direction() -> None:
    page = PAGE.read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (higher|lower) \| (dcase[\w, ]+) \|$", page, re.MULTILINE)
    stated = {name: (unit, direction, names.split(", ")) for name, unit, direction, names in rows}
    users: dict[str, list[str]] = {}
    definitions: dict[str, ScoreDefinition] = {}
    for protocol in (name for name in PROTOCOLS.names() if name in page):
        for definition in PROTOCOLS[protocol].scores:
            users.setdefault(definition.name, []).append(protocol)
            definitions[definition.name] = definition
    assert set(stated) == set(users)
    for name, definition in definitions.items():
        unit, direction, names = stated[name]
        assert (direction == "higher") == definition.higher_is_better, name
        assert (unit in UNITS.values()) == (definition.unit in UNITS), name
        assert UNITS.get(definition.unit, unit) == unit, name
        assert names == users[name], name

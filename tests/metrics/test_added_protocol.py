"""A protocol that is registered only here works in every consumer."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cli.commands import Command
from metrics.clips import clip, random_clip
from seldkit.annotations import PredictionInterval
from seldkit.benchmark import Agreement, HeldOutResult
from seldkit.benchmark.figures import score_rows
from seldkit.benchmark.properties import compare_annotations
from seldkit.cli.comparison_tables import summary_headings
from seldkit.errors import SeldkitError
from seldkit.events import source_events
from seldkit.formats import write_annotations
from seldkit.metrics import (
    PROTOCOLS,
    Protocol,
    ScoreDefinition,
    SeldScore,
    breakdown,
    coverage,
    evaluate,
    evaluate_folders,
    jackknife,
    match_events,
    paired_differences,
    reliability,
    taxonomy,
)
from seldkit.metrics.angles import great_circle_angle
from seldkit.metrics.clip_scores import clip_scores
from seldkit.metrics.events import evaluate_events, evaluate_folder_events
from seldkit.metrics.formulas import NamedScores, average_scores, f_score, localization_recall
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import ComparisonRules
from seldkit.metrics.row_selection import rows_before_last_frame
from seldkit.metrics.score_definition import EVENT_SCORES, F_SCORE
from seldkit.models import ModelConfig
from seldkit.training.comparison.test_results import differences, score_system
from seldkit.training.recipe import read_recipe
from seldkit.types import Floats

NAME = "azimuth-within-5"


def class_scores(by_class: Floats, official: bool) -> NamedScores:
    return {
        "f_score": f_score(by_class, official),
        "miss_angle": 90 * localization_recall(by_class, official),
    }


def score(counts: ProtocolCounts, average: str, official: bool) -> tuple[NamedScores, NamedScores]:
    return average_scores(counts, average, official, class_scores)


ADDED = Protocol(
    name=NAME,
    scores=(F_SCORE, ScoreDefinition("miss_angle", False, "°", heading="miss", in_summary=True)),
    score=score,
    rules=ComparisonRules(
        great_circle_angle, great_circle_angle, max_angle_deg=5.0, max_relative_distance=9.0
    ),
    select_official=rows_before_last_frame,
    event_scores=tuple(one for one in EVENT_SCORES if "distance" not in one.name),
    format="dcase2024",
    reference_centimetres=True,
    prediction_centimetres=True,
    scores_distance=False,
)


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PROTOCOLS, "_parts", dict(PROTOCOLS._parts))
    PROTOCOLS.register(NAME)(ADDED)


REFERENCE = clip(*[(frame, 1, 20, 2, True) for frame in range(20)], (30, 1, 20, 2, True))
NEAR = replace(REFERENCE, azimuth=REFERENCE.azimuth + 4.0)
FAR = replace(REFERENCE, azimuth=REFERENCE.azimuth + 6.0)
REAR = replace(REFERENCE, azimuth=180.0 - REFERENCE.azimuth)
"""Equal to the reference if azimuths are folded, which this protocol does not do."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    sides = {"reference": (REFERENCE, REFERENCE), "predictions": (NEAR, FAR)}
    for name, (first, second) in sides.items():
        (tmp_path / name).mkdir()
        write_annotations(first, tmp_path / name / "a.csv", "dcase2024")
        write_annotations(second, tmp_path / name / "b.csv", "dcase2024")
    return tmp_path / "reference", tmp_path / "predictions"


def test_scores_follow_its_rules_and_names() -> None:
    for reading in ("official", "strict"):
        scores = {
            name: evaluate([REFERENCE], [one], NAME, reading)
            for name, one in {"near": NEAR, "far": FAR, "rear": REAR}.items()
        }
        assert {name: one.to_dict()["f_score"] for name, one in scores.items()} == {
            "near": pytest.approx(1.0 if reading == "strict" else 1 / 13),
            "far": 0.0,
            "rear": 0.0,
        }
        assert list(scores["near"].overall) == ["f_score", "miss_angle"]
        assert scores["near"].definition("miss_angle").text(90.0) == "90.0°"


def test_distances_are_not_required() -> None:
    unknown = replace(REFERENCE, distance=np.full(len(REFERENCE), np.nan))
    assert evaluate([unknown], [unknown], NAME, "strict")["f_score"] == 1.0
    with pytest.raises(SeldkitError, match=NAME):  # named as one that requires none
        evaluate([unknown], [unknown], "dcase2024")


def test_intervals_accumulation_and_differences() -> None:
    references, predictions = [REFERENCE] * 3, [NEAR, FAR, NEAR]
    scores = jackknife(references, predictions, NAME, "strict")
    assert set(scores.intervals) == {"f_score", "miss_angle"}
    metric = SeldScore(NAME, "strict")
    metric.update(references, predictions)
    assert metric.compute().overall == pytest.approx(scores.overall)
    differences = paired_differences(references, predictions, references, NAME, resamples=20)
    assert list(differences) == ["f_score", "miss_angle"]
    assert differences["f_score"].value == pytest.approx(1 / 3)


def test_breakdown_taxonomy_and_clip_scores() -> None:
    (group,) = breakdown([REFERENCE], [FAR], NAME).by_class
    assert (group.hits, group.doa_error) == (0, pytest.approx(6.0))
    kinds = taxonomy([REFERENCE] * 2, [NEAR, FAR], NAME).to_dict()["counts"]
    assert (kinds["correct"], kinds["wrong_direction"]) == (21, 21)
    assert [one.name for one in clip_scores("ab", [REFERENCE] * 2, [NEAR, FAR], NAME)] == ["b", "a"]


def test_coverage_and_reliability() -> None:
    (event, last) = source_events(REAR)
    events = [replace(one, azimuth_interval=PredictionInterval(150, 170, 0.9)) for one in (event, last)]
    matched = match_events([REAR], [events], NAME)
    assert matched.azimuth.tolist() == pytest.approx([160.0, 160.0])  # not folded
    result = coverage(matched)
    assert result is not None
    assert result.azimuth == 1.0
    assert reliability(np.ones(2), np.ones(2)).error == 0.0


def test_events_of_arrays_and_folders(folders: tuple[Path, Path]) -> None:
    events = [source_events(one) for one in (REFERENCE, NEAR, FAR)]
    near = evaluate_events(events[:1], events[1:2], NAME, "micro")
    far = evaluate_events(events[:1], events[2:], NAME, "micro")
    assert (near["f_score"], far["f_score"], far["overlap_f_score"]) == (1.0, 0.0, 1.0)
    assert list(near.overall) == [one.name for one in ADDED.event_scores]
    of_folders = evaluate_folder_events(*folders, NAME, "micro")
    assert of_folders["as_written"]["recall"] == 0.5
    assert "relative_distance_error" not in of_folders["tracked"].overall


def test_folders_are_read_in_its_format_and_units(folders: tuple[Path, Path]) -> None:
    result = evaluate_folders(*folders, NAME, "micro")
    assert result.strict["f_score"] == pytest.approx(0.5)
    assert result.notes == []  # predictions in centimetres are expected
    write_annotations(NEAR, folders[1] / "a.csv", "dcase2025")
    with pytest.raises(SeldkitError, match="5 to 7 columns"):
        evaluate_folders(*folders, NAME)


def test_a_model_can_be_configured_with_it() -> None:
    values = read_recipe("dcase2025-audio").model.model_dump(mode="json")
    assert ModelConfig.model_validate(values | {"protocol": NAME}).protocol == NAME
    with pytest.raises(ValueError, match=f"did you mean '{NAME}'"):
        ModelConfig.model_validate(values | {"protocol": "azimuth-within-6"})


def test_the_benchmark_uses_its_scores_and_angles() -> None:
    references, predictions = [REFERENCE] * 2, [NEAR, FAR]
    assert compare_annotations([REFERENCE], [REAR], NAME).agreement < 1.0
    assert compare_annotations([REFERENCE], [REAR], "dcase2025").agreement == 1.0
    same = Agreement(1, 1, 1.0, 1.0, 0.0)
    scores = [
        evaluate(references, predictions, NAME, one, "micro", False, True) for one in ("official", "strict")
    ]
    flat = reliability(np.ones(1), np.ones(1))
    parts = breakdown(references, predictions, NAME), taxonomy(references, predictions, NAME)
    held = HeldOutResult("set", Path("set"), 2, 0.1, *scores, *parts, flat, flat, None, same, same, (), ())
    rows = {row[0]: row[2] for row in score_rows(held)}
    assert rows["miss angle"].startswith("90.0°")
    assert rows["f score"].startswith("0.500")


def test_the_command_lists_it_and_prints_its_scores(
    command: Command, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    shown = command("evaluate", "--help").out
    assert NAME in re.sub(r"[\s│]", "", shown)
    assert "[default: dcase2025]" in shown
    arguments = ("evaluate", *folders, "--protocol", NAME, "--average", "micro")
    result = command(*arguments, "--events", "--jackknife", "--report", tmp_path / "r.html")
    assert result.status == 0, result.err
    assert re.search(r"miss angle +90\.0°", result.out)
    assert "within 5°" in result.out
    page = re.sub(r"\s+", " ", (tmp_path / "r.html").read_text())
    assert "miss angle" in page
    assert "within 5° of the reference, with a relative distance error of at most 9" in page
    assert "90.0°" in page
    scores = json.loads(command(*arguments, "--json", "-").out)
    assert scores["strict"]["f_score"] == pytest.approx(0.5)


def test_the_command_suggests_it(command: Command, tmp_path: Path) -> None:
    result = command("evaluate", tmp_path, tmp_path, "--protocol", "azimuth-within-4")
    assert result.status == 2
    assert f"did you mean '{NAME}'" in re.sub(r"\s+", " ", re.sub("[│╭╮╰╯─]", "", result.err))


def test_comparisons_of_systems_report_its_scores() -> None:
    model = SimpleNamespace(config=SimpleNamespace(protocol=NAME))
    near = score_system(model, [REFERENCE], [NEAR])  # type: ignore[arg-type]
    far = score_system(model, [REFERENCE], [FAR])  # type: ignore[arg-type]
    assert (near.strict["f_score"], far.strict["f_score"]) == (1.0, 0.0)
    assert near.by_polyphony[0].official is not None
    assert list(near.by_polyphony[0].strict.overall) == ["f_score", "miss_angle"]
    (difference,) = differences([near, far], ["recording"])
    assert difference["f_score"].value == -1.0
    assert summary_headings([near.strict]) == {"f_score": "F", "miss_angle": "miss"}


def test_an_f_score_is_required() -> None:
    with pytest.raises(SeldkitError, match="f_score"):
        replace(ADDED, scores=ADDED.scores[1:])


def test_random_clips_never_fail() -> None:
    for seed in range(5):
        references, predictions = [random_clip(seed)], [random_clip(seed + 50)]
        scores = evaluate(references, predictions, NAME, "strict", "micro")
        hits = breakdown(references, predictions, NAME).onscreen
        total = sum(group.references + group.predictions for group in hits)
        assert scores["f_score"] == pytest.approx(2 * sum(group.hits for group in hits) / total)

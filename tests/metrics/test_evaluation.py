"""Pairing, both readings of folders, notes, jackknife and the accumulator."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from metrics.clips import clip, random_clip
from paths import vector
from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.formats import write_annotations
from seldkit.metrics import PROTOCOLS, SeldScore, evaluate, evaluate_folders, jackknife
from seldkit.metrics.events import evaluate_folder_events
from seldkit.registry import UnknownNameError

REFERENCES = [random_clip(seed) for seed in range(8)]
PREDICTIONS = [random_clip(100 + seed) for seed in range(8)]


def written(
    folder: Path, clips: dict[str, Annotations], format: str = "dcase2025", **options: object
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in clips.items():
        write_annotations(one, folder / f"{name}.csv", format=format, **options)
    return folder


def test_pairing_by_name_equals_pairing_by_position() -> None:
    names = [f"clip{index}" for index in range(8)]
    by_name = evaluate(
        dict(zip(names, REFERENCES, strict=True)), dict(reversed(list(zip(names, PREDICTIONS, strict=True))))
    )
    assert by_name.overall == evaluate(REFERENCES, PREDICTIONS).overall


def test_unpaired_files_are_an_error() -> None:
    with pytest.raises(SeldkitError, match="as many predictions as references"):
        evaluate(REFERENCES, PREDICTIONS[1:])
    with pytest.raises(SeldkitError, match="'bel' has no reference; did you mean 'bell'"):
        evaluate({"bell": REFERENCES[0]}, {"bel": REFERENCES[0]})
    with pytest.raises(SeldkitError, match="both by name or both by position"):
        evaluate({"a": REFERENCES[0]}, [REFERENCES[0]])
    with pytest.raises(UnknownNameError, match="dcase2025"):
        evaluate(REFERENCES, PREDICTIONS, "dcase2052")
    with pytest.raises(SeldkitError, match="'official' or 'strict'"):
        evaluate(REFERENCES, PREDICTIONS, reading="loose")
    with pytest.raises(SeldkitError, match="'macro' or 'micro'"):
        evaluate(REFERENCES, PREDICTIONS, average="mean")


def test_references_must_have_the_scored_values() -> None:
    unknown_distance = clip((0, 0, 10, math.nan, 0))
    with pytest.raises(SeldkitError, match="'clip 0': dcase2024 scores the distance"):
        evaluate([unknown_distance], [unknown_distance], "dcase2024")
    assert evaluate([unknown_distance], [unknown_distance], "dcase2023", "strict")["f_score"] == 1
    with pytest.raises(SeldkitError, match="the azimuth"):
        evaluate([clip((0, 0, math.nan, 1, 0))], [unknown_distance], "dcase2023")


def test_an_unknown_azimuth_of_a_prediction_counts_as_zero() -> None:
    reference, unknown = clip((0, 0, 10, 1, 0), (1, 0, 10, 1, 0)), clip((0, 0, math.nan, math.nan, 0))
    assert evaluate([reference], [unknown], reading="official")["doa_error"] == 10


def test_no_onscreen_flags_give_no_onscreen_accuracy() -> None:
    without_flags = Annotations([0, 1], [0, 0], [0, 0], [10, 10], [1, 1], 50)
    scores = evaluate([clip((0, 0, 10, 1, 1), (1, 0, 10, 1, 1))], [without_flags])
    assert math.isnan(scores["onscreen_accuracy"])
    assert scores.to_dict()["onscreen_accuracy"] is None


def test_thresholds_are_inclusive() -> None:
    reference = [clip((0, 0, 0, 1.55, 0), (1, 0, 0, 1.55, 0))]
    for azimuth, distance, hits in ((20, 1.55, 1), (21, 1.55, 0), (0, 3.1, 1), (0, 3.11, 0), (0, 0, 1)):
        result = evaluate(reference, [clip((0, 0, azimuth, distance, 0))], average="micro")
        assert result["f_score"] == pytest.approx(hits), (azimuth, distance)


def test_the_rear_is_folded_to_the_front() -> None:
    reference = [clip((0, 0, 30, 1, 0), (1, 0, 30, 1, 0))]
    assert evaluate(reference, [clip((0, 0, 150, 1, 0))])["doa_error"] == 0
    assert evaluate(reference, [clip((0, 0, 150, 1, 0))], "dcase2024")["doa_error"] == pytest.approx(120)


@pytest.mark.parametrize("reading", ["official", "strict"])
@pytest.mark.parametrize("protocol", PROTOCOLS.names())
def test_jackknife_equals_leaving_out_single_clips(protocol: str, reading: str) -> None:
    scores = jackknife(REFERENCES, PREDICTIONS, protocol, reading, "micro")
    n = len(REFERENCES)
    without = [
        evaluate(
            REFERENCES[:i] + REFERENCES[i + 1 :],
            PREDICTIONS[:i] + PREDICTIONS[i + 1 :],
            protocol,
            reading,
            "micro",
        )
        for i in range(n)
    ]
    for name, interval in scores.intervals.items():
        partial = np.array([one[name] for one in without])
        estimate = n * scores[name] - (n - 1) * partial.mean()
        error = math.sqrt((n - 1) / n * ((partial - partial.mean()) ** 2).sum())
        reach = stats.t.ppf(0.975, n - 1) * error
        assert interval.estimate == pytest.approx(estimate, rel=1e-6)
        assert (interval.low, interval.high) == pytest.approx((estimate - reach, estimate + reach), rel=1e-6)


def test_one_clip_has_no_interval() -> None:
    content = jackknife(REFERENCES[:1], PREDICTIONS[:1]).to_dict()
    assert content["jackknife"]["f_score"]["low"] is None
    json.dumps(content, allow_nan=False)


@pytest.mark.parametrize("protocol", PROTOCOLS.names())
def test_batches_add_up(protocol: str) -> None:
    whole = evaluate(REFERENCES, PREDICTIONS, protocol, "strict")
    first, second = SeldScore(protocol, "strict"), SeldScore(protocol, "strict")
    first.update(REFERENCES[:3], PREDICTIONS[:3])
    second.update(REFERENCES[3:5], PREDICTIONS[3:5])
    second.update(REFERENCES[5:], PREDICTIONS[5:])
    both = (first + second).compute()
    assert both.overall == pytest.approx(whole.overall)
    assert both.clips == 8
    first.reset()
    with pytest.raises(SeldkitError, match="no clips"):
        first.compute()


def test_folders_are_searched_recursively_and_paired_by_name(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference" / "dev" / "room", {"a": REFERENCES[0], "b": REFERENCES[1]})
    predictions = written(tmp_path / "predictions", {"b": PREDICTIONS[1], "c": PREDICTIONS[2]})
    result = evaluate_folders(tmp_path / "reference", predictions)
    assert (result.official.clips, result.strict.clips) == (1, 2)
    assert len(result.notes) == 2
    assert "1 reference (a) without a prediction" in result.notes[0]
    assert "1 prediction (c) without a reference" in result.notes[1]
    content = result.to_dict()
    assert set(content["official"]) >= {"f_score", "doa_error", "classwise"}
    assert set(content["official"]["classwise"]) == set(result.official.overall)
    json.dumps(content, allow_nan=False)
    assert evaluate_folders(reference, reference, jackknife=True).strict.intervals


def test_folders_that_cannot_be_scored_are_errors(tmp_path: Path) -> None:
    good = written(tmp_path / "good", {"a": REFERENCES[0]})
    twice = written(tmp_path / "twice" / "one", {"a": REFERENCES[0]}).parent
    written(twice / "two", {"a": REFERENCES[0]})
    other = written(tmp_path / "other", {"z": REFERENCES[0]})
    (tmp_path / "empty").mkdir()
    for reference, predictions, message in (
        (twice, good, r"two/a.csv: .*each file name once.*one/a.csv"),
        (good, other, "named like the references"),
        (good, tmp_path / "empty", "found none"),
        (tmp_path / "nowhere", good, "found nothing"),
    ):
        with pytest.raises(SeldkitError, match=message):
            evaluate_folders(reference, predictions)
    (good / "a.csv").write_text("frame,class,source,azimuth,distance,onscreen\n0,0,1,200,1,0\n")
    with pytest.raises(SeldkitError, match=r"a.csv, line 2: expected an azimuth"):
        evaluate_folders(good, good)


def test_unknown_classes_are_read_noted_and_counted_by_strict(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference", {"a": clip((0, 0, 1, 1, 0), (1, 0, 1, 1, 0))})
    (tmp_path / "predictions").mkdir()
    rows = "0,0,0,1,100,0\n1,0,0,1,100,0\n0,14,0,1,100,0\n0,14,1,1,100,0\n0,14,1,1,100,0\n"
    (tmp_path / "predictions" / "a.csv").write_text("frame,class,source,azimuth,distance,onscreen\n" + rows)
    result = evaluate_folders(reference, tmp_path / "predictions", average="micro")
    assert result.official["f_score"] == pytest.approx(1)
    assert result.strict["f_score"] == pytest.approx(2 / 3.5)
    assert result.strict.classes[13:] == ("class 13", "class 14")
    assert len(result.official.classwise["f_score"]) == 13
    assert "3 prediction rows of unknown classes" in result.notes[0]


def test_required_flags_that_the_protocol_does_not_score_are_noted() -> None:
    folder = vector("dcase2023/expected_scores.json").parent
    result = evaluate_folders(
        folder / "reference", folder / "predictions", "dcase2023", require_onscreen=True
    )
    assert "on-screen flags are required, but dcase2023 does not score them" in result.notes


def test_json_predictions_are_scored_too(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference", {"a": REFERENCES[0]})
    (tmp_path / "predictions").mkdir()
    write_annotations(PREDICTIONS[0], tmp_path / "predictions" / "a.json")
    result = evaluate_folders(reference, tmp_path / "predictions")
    assert result.strict.overall == pytest.approx(
        evaluate([REFERENCES[0]], [PREDICTIONS[0]], reading="strict").overall
    )


def test_predictions_of_2024_are_metres_and_references_centimetres(tmp_path: Path) -> None:
    reference = written(tmp_path / "reference", {"a": REFERENCES[0]}, "dcase2024")
    metres = written(tmp_path / "metres", {"a": REFERENCES[0]}, "dcase2024", coordinates="cartesian")
    assert evaluate_folders(reference, metres, "dcase2024").strict["distance_error"] == pytest.approx(
        0, abs=1e-9
    )
    result = evaluate_folders(reference, reference, "dcase2024")
    assert "the prediction distances" in result.notes[0]
    assert "look like centimetres where metres are expected" in result.notes[0]


def rows(folder: Path, distances: dict[str, tuple[float, ...]], source: int = 0) -> Path:
    """DCASE 2025 files with a bell at 10 degrees in each frame, with distances as written in the file."""
    folder.mkdir()
    for name, values in distances.items():
        lines = [f"{frame},11,{source},10,{value},0\n" for frame, value in enumerate(values)]
        (folder / f"{name}.csv").write_text("".join(lines))
    return folder


@pytest.mark.parametrize(
    ("reference", "prediction", "named"),
    [
        (1.73, 173, "the reference distances (median 0.0173 m) look like metres where centimetres"),
        (173, 1.73, "the prediction distances (median 0.0173 m) look like metres where centimetres"),
        (1.73, 1.73, "the reference distances (median 0.0173 m) look like metres"),
        (25, 2500, "the prediction distances (median 25 m) look like centimetres"),
        (173, 17300, "the prediction distances (median 173 m) look like centimetres where metres"),
    ],
)
def test_a_suspected_unit_error_is_noted_with_medians_and_scores(
    reference: float, prediction: float, named: str, tmp_path: Path
) -> None:
    sides = [
        rows(tmp_path / name, {"a": (value,) * 10})
        for name, value in (("reference", reference), ("prediction", prediction))
    ]
    result = evaluate_folders(*sides, average="micro")
    (note,) = result.notes
    assert note.startswith("suspected unit error: ")
    assert named in note
    corrected = 0.25 if reference == 25 else 1.73
    assert f"(medians: references {corrected:g} m, predictions {corrected:g} m)" in note
    before = f"{result.official['f_score']:.3f} / {result.strict['f_score']:.3f}"
    assert f"f score 1.000 / 1.000 instead of {before}" in note
    assert "relative distance error 0.000 / 0.000 instead of" in note


@pytest.mark.parametrize("distances", [(50, 50), (800, 40), (2500, 2500), (0, 200)])
def test_plausible_distances_have_no_note_on_units(distances: tuple[float, float], tmp_path: Path) -> None:
    sides = [
        rows(tmp_path / name, {"a": (value,) * 10})
        for name, value in zip(("reference", "prediction"), distances, strict=True)
    ]
    assert not any("unit" in note for note in evaluate_folders(*sides).notes)


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024"])
def test_strict_leaves_unknown_reference_distances_out_of_distance_errors(protocol: str) -> None:
    known = (0, 11, 10, 2.0, False), (1, 11, 10, 4.0, False)
    unknown = [(frame, 11, 10, 0.0, False) for frame in range(2, 5)]
    predictions = [clip(*((frame, 11, 10, 3.0, False) for frame in range(6)))]
    all_rows = [clip(*known, *unknown, (5, 11, 10, 3.0, False))]
    strict = evaluate(all_rows, predictions, protocol, "strict", "micro")
    assert strict["f_score"] == 1.0
    assert strict["distance_error"] == pytest.approx(2 / 3)
    assert strict["relative_distance_error"] == pytest.approx((0.5 + 0.25) / 3)
    official = evaluate(all_rows, predictions, protocol, "official", "micro")
    assert official["relative_distance_error"] > 1e14
    assert official["f_score"] < 0.6
    only_unknown = [clip(*unknown)]
    assert np.isnan(evaluate(only_unknown, predictions, protocol, "strict")["distance_error"])


def test_unknown_reference_distances_are_counted(tmp_path: Path) -> None:
    reference = rows(tmp_path / "reference", {"a": (150, 0, 0), "b": (0, 200)})
    prediction = rows(tmp_path / "prediction", {"a": (150, 150, 150), "b": (200, 200)})
    result = evaluate_folders(reference, prediction)
    assert result.unknown_distances == result.to_dict()["unknown_distances"] == 3
    assert result.notes == [
        "3 of 5 reference rows have distance 0, which means unknown: strict leaves them out of the distance "
        "errors, official does not"
    ]
    assert evaluate_folder_events(reference, prediction)["as_written"]["relative_distance_error"] == 0.0


def test_one_source_at_several_positions_is_noted(tmp_path: Path) -> None:
    sides = [rows(tmp_path / name, {"a": (150,) * 3}, source=1) for name in ("reference", "prediction")]
    for side in sides:
        with (side / "a.csv").open("a") as file:
            file.write("1,11,1,80,150,0\n")
    notes = evaluate_folders(*sides).notes
    assert len(notes) == 2
    for note, name in zip(notes, ("reference", "prediction"), strict=True):
        assert note == (
            f"one source at several positions: 1 {name} rows repeat the class and source number of another "
            "row of their frame (first: a, frame 1, class 11, source 1)"
        )


def test_predictions_without_source_numbers_repeat_the_number_0(tmp_path: Path) -> None:
    sides = [rows(tmp_path / name, {"a": (150,) * 3}) for name in ("reference", "prediction")]
    with (sides[1] / "a.csv").open("a") as file:
        file.write("1,11,0,80,150,0\n")
    assert evaluate_folders(*sides).notes == []


def test_files_and_arrays_score_alike() -> None:
    folder = vector("dcase2025/expected_scores.json").parent
    from seldkit.formats import read_annotations

    sides = [
        {path.stem: read_annotations(path) for path in (folder / name).rglob("*.csv")}
        for name in ("reference", "predictions")
    ]
    result = evaluate_folders(folder / "reference", folder / "predictions")
    assert evaluate(*sides).overall == result.official.overall
    assert evaluate(*sides, reading="strict").overall == result.strict.overall

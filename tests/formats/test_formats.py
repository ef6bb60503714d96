"""Every format writes what it reads."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.test_registry import FULL
from paths import vector
from seldkit.annotations import Annotations, Event
from seldkit.formats import (
    FORMATS,
    ClipTable,
    ReadOptions,
    check_annotations,
    check_events,
    detect_format,
    read_annotations,
    write_annotations,
)
from seldkit.formats.number_table import parse_numbers


@pytest.mark.parametrize("name", ["dcase2023", "dcase2024"])
def test_cartesian_files_keep_the_direction(name: str, tmp_path: Path) -> None:
    write_annotations(FULL, tmp_path / "clip.csv", format=name, coordinates="cartesian")
    read = read_annotations(tmp_path / "clip.csv", format=name)
    assert read.elevation is not None
    assert FULL.elevation is not None
    np.testing.assert_allclose(read.azimuth, FULL.azimuth, atol=1e-9)
    np.testing.assert_allclose(read.elevation, FULL.elevation, atol=1e-9)
    expected = FULL.distance if name == "dcase2024" else np.full(3, np.nan)
    np.testing.assert_array_equal(read.distance, expected)
    assert detect_format(tmp_path / "clip.csv") == name


def test_the_csv_of_2025_is_the_challenges() -> None:
    path = vector("dcase2025/reference/dev-test/fold4_room11_mix012_deg165_start0407.csv")
    read = read_annotations(path)
    assert read.frame[:4].tolist() == [9, 10, 43, 44]
    assert (read.azimuth[0], read.distance[0], read.frame_count) == (-10, 6.48, 50)
    assert read.onscreen is not None
    assert bool(read.onscreen[0])


def test_every_vector_is_written_back_byte_for_byte(tmp_path: Path) -> None:
    paths = sorted((vector("dcase2025/expected_scores.json").parent).glob("[rp]*/**/*.csv"))
    assert len(paths) > 40
    for path in paths:
        write_annotations(read_annotations(path), tmp_path / "clip.csv")
        assert (tmp_path / "clip.csv").read_text().split() == path.read_text().split()


def test_the_clip_is_as_long_as_asked_or_needed() -> None:
    path = vector("dcase2025/reference/dev-test/fold4_room11_mix012_deg165_start0407.csv")
    assert read_annotations(path, frames=80).frame_count == 80
    assert read_annotations(path, frames=0).frame_count == read_annotations(path).frame.max() + 1


def test_unknown_values_become_zero_in_csv_and_stay_unknown_in_json(tmp_path: Path) -> None:
    unknown = Annotations([0], [0], [0], [np.nan], [np.nan], 5)
    write_annotations(unknown, tmp_path / "clip.csv")
    assert (tmp_path / "clip.csv").read_text().splitlines()[1] == "0,0,0,0,0,0"
    write_annotations(unknown, tmp_path / "clip.json")
    assert read_annotations(tmp_path / "clip.json") == unknown


floats = st.floats(-180, 180, allow_nan=False) | st.just(float("nan"))


@settings(derandomize=True, max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 2), floats, st.booleans()), max_size=8))
def test_json_loses_nothing(
    rows: list[tuple[int, int, float, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    frame, class_id, azimuth, onscreen = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    clip = Annotations(
        frame,
        class_id,
        class_id,
        azimuth,
        np.abs(azimuth) / 7,
        100,
        onscreen=onscreen,
        classes=("ä", "b", "c"),
    )
    path = tmp_path_factory.mktemp("json") / "clip.json"
    write_annotations(clip, path)
    assert read_annotations(path) == clip


def test_json_carries_events_notes_and_more(tmp_path: Path) -> None:
    event = Event(0, "female speech", 0.3, 0.8, -90.0, float("nan"), None, True, 0.5, FULL.take([0]))
    write_annotations(FULL, tmp_path / "clip.json", events=[event], notes=["mono"], source="clip.mp4")
    content = json.loads((tmp_path / "clip.json").read_text())
    assert content["events"][0]["class"] == "female speech"
    assert content["events"][0]["distance"] is None
    assert content["events"][0]["trajectory"]["frame"] == [3]
    assert (content["notes"], content["source"], content["version"]) == (["mono"], "clip.mp4", 1)
    assert read_annotations(tmp_path / "clip.json") == FULL


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    write_annotations(FULL, tmp_path / "clip.json")
    with pytest.raises(TypeError):
        write_annotations(FULL, tmp_path / "clip.json", source=object())
    assert read_annotations(tmp_path / "clip.json") == FULL
    assert len(list(tmp_path.iterdir())) == 1


def test_many_files_are_read_as_one_by_one(tmp_path: Path) -> None:
    paths = sorted((vector("dcase2025/expected_scores.json").parent / "reference").rglob("*.csv"))
    together = FORMATS["dcase2025"].read_many(paths, ReadOptions())
    assert [together.annotations(index, 50) for index in range(len(paths))] == [
        read_annotations(p) for p in paths
    ]
    assert isinstance(together, ClipTable)


def test_files_of_several_layouts_are_read_together(tmp_path: Path) -> None:
    contents = ["0,0,1,-9,155,1\n", "frame,class,source,azimuth,distance\n1,2,0,8,90\n", "", "5,1,0,7,60\n"]
    paths = [tmp_path / f"{index}.csv" for index in range(4)]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    clips = FORMATS["dcase2025"].read_many(paths, ReadOptions())
    assert clips.lengths.tolist() == [1, 1, 0, 1]
    assert clips.distance.tolist() == [1.55, 0.9, 0.6]
    assert clips.onscreen.tolist() == [1, -1, -1]


number = st.integers(-(10**11), 10**11).map(str) | st.floats(-1e6, 1e6).map(repr)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(number, number, number), min_size=1, max_size=6))
def test_numbers_are_read_as_python_reads_them(rows: list[tuple[str, str, str]]) -> None:
    body = "\n".join(",".join(row) for row in rows).encode()
    read = parse_numbers(body, 3)
    assert read is not None
    assert read.tolist() == [[float(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(
    "body", [b"1,,3", b"1,2", b"1,2,3,4", b"1,2\n3,4,5,6", b"1,-,3", b"1,2 3,4", b"1,2,3\n\n4,5,6"]
)
def test_what_is_not_three_numbers_is_none(body: bytes) -> None:
    assert parse_numbers(body, 3) is None


def test_a_report_sums_up_a_folder() -> None:
    report = check_annotations(vector("dcase2025/expected_scores.json").parent / "reference")
    assert (report.files, report.problems, report.formats) == (24, [], ("dcase2025",))
    assert sum(report.rows_by_class.values()) == report.rows
    assert report.azimuth is not None
    assert -90 <= report.azimuth[0] < report.azimuth[1] <= 90
    assert report.onscreen_share is not None
    assert 0 < report.onscreen_share < 1


def test_a_report_says_every_problem_of_every_file(tmp_path: Path) -> None:
    header = "frame,class,source,azimuth,distance,onscreen\n"
    (tmp_path / "good.csv").write_text(header + "0,0,1,5,100,1\n")
    (tmp_path / "bad.csv").write_text(
        header + "0,0,1,500,100,1\n0,99,1,5,100,1\n0,0,1,5,100\n0,0,2,5,1,1\n0,0,2,5,1,1\n"
    )
    report = check_annotations(tmp_path)
    assert [problem.split(": ")[0].split(", ")[-1] for problem in report.problems] == [
        "line 2",
        "line 3",
        "line 4",
        "line 6",
    ]
    assert (report.files, report.rows) == (1, 1)


@pytest.mark.parametrize(
    ("distance", "expected"), [("1.73", "metres where centimetres"), ("17300", "centimetres where metres")]
)
def test_a_check_reports_a_suspected_unit_error(distance: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{frame},3,0,10,{distance},0\n" for frame in range(9)) + "9,3,0,10,0,0\n")
    for place in (path, tmp_path):
        report = check_annotations(place)
        assert report.median_distance == pytest.approx(float(distance) / 100)
        assert report.unknown_distances == 1
        (problem,) = report.problems
        assert expected in problem
        assert "suspected unit error" in problem
        assert "the median is 1.73 m" in problem


def test_a_check_reports_one_source_at_several_positions(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    clip = Annotations([0, 0, 1], [3, 3, 3], [1, 1, 1], [10, 80, 10], [2, 2, 2], 5)
    write_annotations(clip, path)
    report = check_annotations(path)
    assert report.repeated_sources == 1
    assert "one source at several positions: 1 rows" in report.problems[0]
    write_annotations(replace(clip, source=[0, 0, 0]), path)
    report = check_annotations(path)
    assert (report.repeated_sources, report.problems) == (1, [])


def test_a_check_of_events_reports_a_suspected_unit_error(tmp_path: Path) -> None:
    path = tmp_path / "a.events.csv"
    path.write_text("onset,offset,class,distance\n0,1,bell,173\n1,2,bell,181\n")
    assert "suspected unit error: expected distances in metres" in check_events(path).problems[0]
    path.write_text("onset,offset,class,distance\n0,1,bell,1.73\n1,2,bell,\n")
    assert check_events(path).problems == []

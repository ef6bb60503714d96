"""Each format of events gives back what it can carry, and other programs read it."""

import csv
import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.samples import HARMFUL, NAN, SCENE, event
from formats.vtt_grammar import violations
from seldkit.annotations import Event, PredictionInterval
from seldkit.errors import FormatError
from seldkit.events import events_to_annotations
from seldkit.formats import (
    EVENT_FORMATS,
    check_annotations,
    detect_event_format,
    event_line,
    read_annotations,
    read_events,
    write_annotations,
    write_events,
)
from seldkit.metrics.folder_evaluation import files_by_name
from seldkit.registry import UnknownNameError

NAMES = EVENT_FORMATS.names()
EXACT = ("events", "jsonl", "rttm")
LABELLED = ("audacity", "eaf", "textgrid", "vtt")


def written(events: tuple[Event, ...], folder: Path, name: str) -> Path:
    path = folder / f"clip{EVENT_FORMATS[name].suffix}"
    write_events(events, path, source="holiday film.mp4", seconds=10.0)
    return path


def said(one: Event, decimals: int | None = None) -> tuple[object, ...]:
    """What a format may carry of an event; NaN as None, numbers to so many decimals."""

    def number(value: float | None) -> float | None:
        if value is None or math.isnan(value):
            return None
        return (value if decimals is None else round(value, decimals)) + 0.0

    directions = [number(value) for value in (one.azimuth, one.elevation, one.distance, one.confidence)]
    return (one.name, round(one.onset, 3), round(one.offset, 3), *directions, one.onscreen)


@pytest.mark.parametrize("name", EXACT)
def test_tables_and_lines_lose_nothing(name: str, tmp_path: Path) -> None:
    read = read_events(written(SCENE, tmp_path, name))
    assert [said(one) for one in read] == [said(one) for one in SCENE]
    assert [one.class_id for one in read] == [3, 3, 0, 11, 11, 13]
    assert read[0].trajectory.classes[-1] == "washing machine"
    assert [path.name for path in tmp_path.iterdir()] == [f"clip{EVENT_FORMATS[name].suffix}"]


@pytest.mark.parametrize("name", LABELLED)
def test_labels_keep_thousandths(name: str, tmp_path: Path) -> None:
    read = read_events(written(SCENE, tmp_path, name))
    assert [said(one) for one in read] == [said(one, 3) for one in SCENE]


def test_subrip_keeps_words(tmp_path: Path) -> None:
    path = written(SCENE, tmp_path, "srt")
    assert path.read_text("utf-8").split("\n\n")[:3] == [
        "1\n00:00:00,300 --> 00:00:00,800\n[telephone, left, 1.8 m, off screen]",
        "2\n00:00:00,500 --> 00:00:01,250\n[telephone, right, behind, 1.8 m]",
        "3\n00:00:00,800 --> 00:00:02,000\n[female speech, on screen]",
    ]
    read = read_events(path)
    assert [(one.name, one.onset, one.offset, one.onscreen) for one in read] == [
        (one.name, one.onset, one.offset, one.onscreen) for one in SCENE
    ]
    assert [one.azimuth for one in read[:2]] == [50.0, -130.0]
    assert [one.distance for one in read] == pytest.approx([1.8, 1.8, NAN, 0.0, 12.0, 0.0], nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_read_is_written_the_same(name: str, tmp_path: Path) -> None:
    first = written(SCENE, tmp_path, name).read_text("utf-8")
    again = written(read_events(written(SCENE, tmp_path, name)), tmp_path, name).read_text("utf-8")
    assert [line for line in again.splitlines() if "DATE=" not in line] == [
        line for line in first.splitlines() if "DATE=" not in line
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_event_is_an_empty_file_that_reads(name: str, tmp_path: Path) -> None:
    assert read_events(written((), tmp_path, name)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_harmful_names_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    events = tuple(
        event(harmful, 0.1 * number, 0.1 * number + 1.0, class_id=number)
        for number, harmful in enumerate(HARMFUL)
    )
    read = read_events(written(events, tmp_path, name), classes=HARMFUL)
    assert [one.name for one in read] == list(HARMFUL)
    assert [one.class_id for one in read] == list(range(len(HARMFUL)))
    assert {one.distance for one in read} == {1.8}
    assert [path.name for path in tmp_path.iterdir()] == [f"clip{EVENT_FORMATS[name].suffix}"]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    names=st.lists(st.text(st.characters(), min_size=1, max_size=12), min_size=1, max_size=3),
    azimuth=st.floats(-180, 180) | st.just(NAN),
    distance=st.floats(0, 1e4) | st.just(NAN),
    times=st.tuples(st.integers(0, 10**8), st.integers(1, 10**4)),
    onscreen=st.sampled_from([None, True, False]),
)
def test_any_event_comes_back(
    names: list[str],
    azimuth: float,
    distance: float,
    times: tuple[int, int],
    onscreen: bool | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    onset, offset = times[0] / 1000, (times[0] + times[1]) / 1000
    events = tuple(
        replace(event(name, class_id=number), onset=onset, offset=offset, azimuth=azimuth, distance=distance)
        for number, name in enumerate(names)
    )
    events = tuple(replace(one, onscreen=onscreen) for one in events)
    folder = tmp_path_factory.mktemp("any")
    for name in (*EXACT, *LABELLED):
        sent = events
        if name == "events":  # a table in UTF-8 has neither zeros nor halves of signs
            sent = tuple(replace(one, name=plain(one.name)) for one in events)
        read = read_events(
            written(sent, folder, name), classes=tuple(dict.fromkeys(one.name for one in sent))
        )
        decimals = 3 if name in LABELLED else None
        assert sorted(map(repr, map(said, read))) == sorted(repr(said(one, decimals)) for one in sent), name


def plain(name: str) -> str:
    return name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def test_json_lines_keep_the_trajectory_and_stand_alone(tmp_path: Path) -> None:
    sent = event(azimuth_interval=PredictionInterval(20.0, 50.0, 0.9))
    line = event_line(sent)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["class"] == "telephone"
    (tmp_path / "live.jsonl").write_text(line + "\n" + event_line(event("bell", 1.0, 2.0, class_id=11)))
    read, bell = read_events(tmp_path / "live.jsonl", classes=(*sent.trajectory.classes[:3], "telephone"))
    assert read.trajectory.azimuth.tolist() == sent.trajectory.azimuth.tolist()
    assert read.trajectory.source.tolist() == [2] * 5
    assert read.azimuth_interval == PredictionInterval(20.0, 50.0, 0.9)
    assert (bell.name, bell.trajectory.frame.tolist()) == ("bell", list(range(10, 20)))


def test_a_table_has_intervals_where_there_are_some(tmp_path: Path) -> None:
    sent = (event(), event(azimuth_interval=PredictionInterval(20.0, 50.0, 0.9)))
    path = written(sent, tmp_path, "events")
    assert "azimuth_coverage" in path.read_text().splitlines()[0]
    assert [one.azimuth_interval for one in read_events(path)] == [None, PredictionInterval(20.0, 50.0, 0.9)]
    assert "azimuth_low" not in written((event(),), tmp_path, "events").read_text()


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    path = written(tuple(map(event, HARMFUL)), tmp_path, "events")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(HARMFUL) + 1
    assert not [row for row in rows if row[2][:1] in tuple("=+-@＝\t\r")]
    labels = written(tuple(map(event, HARMFUL)), tmp_path, "audacity").read_text("utf-8").splitlines()
    assert len(labels) == len(HARMFUL)
    assert not [line for line in labels if line.split("\t")[2].lstrip('"')[:1] in tuple("=+-@＝")]


def test_the_events_of_a_json_file_are_read(tmp_path: Path) -> None:
    sent = event()
    write_annotations(sent.trajectory, tmp_path / "clip.json", events=[sent])
    (read,) = read_events(tmp_path / "clip.json")
    assert said(read) == said(sent)
    assert read.trajectory.frame.tolist() == [3, 4, 5, 6, 7]
    assert len(read.trajectory.classes) == 61
    write_annotations(sent.trajectory, tmp_path / "frames.json")
    with pytest.raises(FormatError, match="no 'events'; read it as annotations"):
        read_events(tmp_path / "frames.json")
    assert read_annotations(tmp_path / "clip.json") == sent.trajectory


def walking() -> Event:
    """An event that leaves the picture after 0.2 s and comes back for its last 0.1 s."""
    one = event(onset=0.3, offset=0.8)
    return replace(
        one, trajectory=replace(one.trajectory, onscreen=np.array([True, True, False, False, True]))
    )


def test_lines_say_when_a_source_is_in_the_picture(tmp_path: Path) -> None:
    path = written((walking(), event(onscreen=None)), tmp_path, "jsonl")
    said = [json.loads(text)["onscreen_segments"] for text in path.read_text().splitlines()]
    assert said == [
        [
            {"onset": 0.3, "offset": 0.5, "onscreen": True},
            {"onset": 0.5, "offset": 0.7, "onscreen": False},
            {"onset": 0.7, "offset": 0.8, "onscreen": True},
        ],
        None,
    ]
    assert read_events(path)[0].onscreen_segments == walking().onscreen_segments


def test_stretches_in_the_picture_come_back_without_the_trajectory(tmp_path: Path) -> None:
    path = written((walking(),), tmp_path, "jsonl")
    bare = {key: value for key, value in json.loads(path.read_text()).items() if key != "trajectory"}
    path.write_text(json.dumps(bare))
    (read,) = read_events(path)
    assert read.onscreen_segments == walking().onscreen_segments
    assert read.trajectory.frame.tolist() == [3, 4, 5, 6, 7]


def test_an_event_without_rows_has_no_stretches(tmp_path: Path) -> None:
    rows = {"frame": [], "azimuth": [], "distance": [], "onscreen": []}
    content = {"class": "bell", "onset": 1.0, "offset": 2.0, "trajectory": rows}
    (tmp_path / "x.jsonl").write_text(json.dumps(content))
    (read,) = read_events(tmp_path / "x.jsonl")
    assert read.onscreen_segments == ()
    assert event_line(read)


def test_a_source_keeps_still_where_the_format_does_not_say(tmp_path: Path) -> None:
    (read,) = read_events(written((event(),), tmp_path, "vtt"))
    assert read.trajectory.frame.tolist() == [3, 4, 5, 6, 7]
    assert set(read.trajectory.azimuth.tolist()) == {34.2}
    assert read.trajectory.onscreen is not None


@pytest.mark.parametrize("name", sorted({*NAMES} - {"jsonl"}))
def test_what_was_annotated_elsewhere_becomes_a_frame_table(name: str, tmp_path: Path) -> None:
    events = read_events(written(SCENE[:3], tmp_path, name))
    assert [one.number for one in events] == [1, 2, 3]
    table = events_to_annotations(events, 50, events[0].trajectory.classes)
    assert table.frame.tolist() == sorted(frame for one in SCENE[:3] for frame in one.trajectory.frame)
    assert set(table.source.tolist()) == {1, 2, 3}


def test_a_changed_caption_counts_more_than_the_comment_before_it(tmp_path: Path) -> None:
    path = written((event(),), tmp_path, "vtt")
    path.write_text(path.read_text("utf-8").replace("[telephone, left", "[bell, right"), "utf-8")
    (read,) = read_events(path)
    assert (read.name, read.azimuth) == ("bell", -50.0)


def test_webvtt_keeps_to_the_grammar(tmp_path: Path) -> None:
    assert violations(written(SCENE, tmp_path, "vtt").read_text("utf-8")) == []
    harmful = written(tuple(map(event, HARMFUL)), tmp_path, "vtt").read_text("utf-8")
    assert violations(harmful) == []
    assert harmful.count("\n00:00:00.300 --> 00:00:00.800\n") == len(HARMFUL)


@pytest.mark.parametrize(
    "text",
    [
        "00:01.000 --> 00:02.000\nx\n",
        "WEBVTT\n\n00:02.000 --> 00:01.000\nx\n",
        "WEBVTT\n\n0:01.000 --> 0:02.000\nx\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\na < b & c\n",
        "WEBVTT\n\nNOTE -->\n",
    ],
)
def test_the_grammar_objects(text: str) -> None:
    assert violations(text)


def test_the_validator_of_the_w3c_finds_nothing(tmp_path: Path) -> None:
    script = Path(__file__).with_name("webvtt_validator.js")
    node = shutil.which("node")
    if (
        node is None
        or subprocess.run([node, "-e", "require('webvtt-parser')"], capture_output=True).returncode
    ):
        pytest.skip("needs node and, on NODE_PATH, npm's webvtt-parser")
    text = written((*SCENE, *map(event, HARMFUL)), tmp_path, "vtt").read_bytes()
    done = subprocess.run([node, str(script)], input=text, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["errors"] == []
    assert len(answer["texts"]) == len(SCENE) + len(HARMFUL)
    assert "[R&B &lt;x&gt; &amp;, left, 1.8 m, off screen]" in answer["texts"]


def test_elan_is_read_by_pympi(tmp_path: Path) -> None:
    elan = pytest.importorskip("pympi.Elan")
    document = elan.Eaf(str(written(SCENE, tmp_path, "eaf")))
    assert list(document.get_tier_names()) == [
        "female speech", "telephone", "telephone (2)", "bell", "washing machine",
    ]  # fmt: skip
    first = document.get_annotation_data_for_tier("telephone")
    assert first == [(300, 800, "telephone, 34.2° left, 1.8 m, off screen, confidence 0.83")]
    assert [row[:2] for row in document.get_annotation_data_for_tier("bell")] == [
        (3600000, 3600001), (3600001, 3661250),
    ]  # fmt: skip
    (media,) = document.get_linked_files()
    assert media["MEDIA_URL"].endswith("/holiday%20film.mp4")
    document.to_file(str(tmp_path / "again.eaf"))
    assert list(map(said, read_events(tmp_path / "again.eaf"))) == [said(one, 3) for one in SCENE]


def test_textgrid_is_read_by_praatio_and_read_back_in_both_layouts(tmp_path: Path) -> None:
    textgrid = pytest.importorskip("praatio.textgrid")
    path = written((*SCENE, *map(event, HARMFUL[:8])), tmp_path, "textgrid")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False)
    assert grid.tierNames[:3] == ("female speech", "telephone", "telephone (2)") or grid.tierNames
    (entry,) = grid.getTier("telephone").entries[:1]
    assert (entry.start, entry.end, entry.label[:22]) == (0.3, 0.8, "telephone, 34.2° left,")
    for layout in ("short_textgrid", "long_textgrid"):
        grid.save(str(tmp_path / f"{layout}.TextGrid"), layout, includeBlankSpaces=True)
        read = read_events(tmp_path / f"{layout}.TextGrid")
        assert sorted(map(repr, map(said, read))) == sorted(map(repr, map(said, read_events(path))))


def test_praats_own_utf16_is_read(tmp_path: Path) -> None:
    path = written(SCENE, tmp_path, "textgrid")
    (tmp_path / "praat.TextGrid").write_bytes(path.read_text("utf-8").encode("utf-16"))
    assert len(read_events(tmp_path / "praat.TextGrid")) == len(SCENE)


def test_rttm_has_ten_fields_for_plain_readers(tmp_path: Path) -> None:
    path = tmp_path / "clip.rttm"
    write_events(SCENE, path, source="a b.mp4", spatial=False)
    lines = path.read_text().splitlines()
    assert lines[2] == "SPEAKER a_b 1 0.800 1.200 <NA> <NA> female_speech 0.83 <NA>"
    assert {len(line.split()) for line in lines} == {10}
    assert [one.name for one in read_events(path)] == [one.name for one in SCENE]
    assert math.isnan(read_events(path)[0].azimuth)


def test_rttm_of_others_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.rttm").write_text(
        ";; NIST\nSPKR-INFO x 1 <NA> <NA> <NA> unknown anna <NA>\n"
        "SPEAKER x 1 1.5 .25 <NA> <NA> anna <NA> <NA>\n"
    )
    (read,) = read_events(tmp_path / "x.rttm")
    assert (read.name, read.onset, read.offset, read.trajectory.frame.tolist()) == (
        "anna",
        1.5,
        1.75,
        [15, 16, 17],
    )


def test_labels_by_hand_are_read(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text(
        "1.0\t2.5\tbell\r\n\\\t100.0\t200.0\r\n"
        '3\t3\ttelephone, 20° right\r\n4\t5\t"a, b", left, behind, 2 m\r\n'
    )
    bell, telephone, other = read_events(tmp_path / "labels.txt")
    assert (bell.class_id, math.isnan(bell.azimuth), len(bell.trajectory)) == (11, True, 15)
    assert (telephone.azimuth, telephone.onset, telephone.offset) == (-20.0, 3.0, 3.0)
    assert (other.name, other.azimuth, other.distance) == ("a, b", 130.0, 2.0)


def test_captions_by_other_programs_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.vtt").write_text(
        "\ufeffWEBVTT - a title\nX-TIMESTAMP\n\nSTYLE\n::cue {}\n\nNOTE\nmine\n\nintro\n"
        "01:02.500 --> 01:03.500 align:start position:10%\n[bell,\nleft]\n",
        "utf-8",
    )
    (read,) = read_events(tmp_path / "x.vtt")
    assert (read.name, read.onset, read.azimuth) == ("bell", 62.5, 50.0)


def test_voices_of_webvtt_are_classes(tmp_path: Path) -> None:
    (tmp_path / "x.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v telephone>ring ring</v>\n\n"
        "00:02.000 --> 00:03.000\n<v.loud R&amp;B, the band>la la\n<v bell, left, 2 m>dong</v>\n\n"
        "00:03.000 --> 00:04.000\n<v Narrator><i>[bell, right]</i></v>\n",
        "utf-8",
    )
    read = read_events(tmp_path / "x.vtt")
    assert [(one.name, one.onset) for one in read] == [
        ("telephone", 1.0),
        ("R&B, the band", 2.0),
        ("bell", 2.0),
        ("bell", 3.0),
    ]
    assert math.isnan(read[0].azimuth)
    assert [(one.azimuth, one.distance) for one in read[2:3]] == [(50.0, 2.0)]
    assert read[3].azimuth == -50.0


def random_events(count: int) -> tuple[Event, ...]:
    rng = np.random.default_rng(16)
    names = ("bell", "dog, big", "<v x>", "a & b", "-->", "tab\t", "\ud800")
    events = []
    for number in range(count):
        onset = float(rng.choice([1.0, 100.0, 10_000.0]) * rng.random())
        one = event(
            names[number % len(names)],
            azimuth=float(rng.uniform(-180, 180)),
            distance=float(rng.choice([0.1, 10.0, 1000.0]) * rng.random()),
            elevation=(None, -0.0, float(rng.uniform(-90, 90)))[number % 3],
            onscreen=(None, True, False)[int(rng.integers(3))],
            confidence=float(rng.random()),
        )
        events.append(replace(one, onset=onset, offset=onset + 0.01 + float(rng.random())))
    return tuple(sorted(events, key=lambda one: round(one.onset, 3)))


def test_2000_random_events_come_back_from_webvtt_and_subrip(tmp_path: Path) -> None:
    events = random_events(2000)
    vtt = read_events(written(events, tmp_path, "vtt"))
    assert [said(one) for one in vtt] == [said(one, 3) for one in events]
    srt = read_events(written(events, tmp_path, "srt"))
    assert [(one.name, one.onset, one.offset, one.distance, one.onscreen) for one in srt] == [
        (one.name, round(one.onset, 3), round(one.offset, 3), round(one.distance, 1), one.onscreen)
        for one in events
    ]


@pytest.mark.parametrize(
    "name", ["a\0b", "a\rb", "\x1b[31m", "\x85", "\ud800", "b\udfff", "\ufffe", "\u2028"]
)
def test_control_characters_and_surrogates_never_make_a_file_unreadable(name: str, tmp_path: Path) -> None:
    one = event(name, class_id=0)
    trajectory = replace(one.trajectory, class_id=one.trajectory.class_id * 0, classes=(name,))
    one = replace(one, trajectory=trajectory)
    for format in NAMES:
        (read,) = read_events(written((one,), tmp_path, format))
        assert read.name == name or format == "events"  # a table in UTF-8 has neither zeros nor surrogates
    write_annotations(trajectory, tmp_path / "x.json", events=[one])
    assert read_annotations(tmp_path / "x.json").classes.names == (name,)
    assert read_events(tmp_path / "x.json")[0].name == name


def test_a_folder_is_checked_and_scored_without_its_tables_of_events(tmp_path: Path) -> None:
    for name in NAMES:
        written(SCENE[:1], tmp_path, name)
    write_annotations(SCENE[0].trajectory, tmp_path / "clip.csv")
    report = check_annotations(tmp_path)
    assert (report.files, report.problems, report.rows) == (1, [], 5)
    assert files_by_name(tmp_path) == {"clip": tmp_path / "clip.csv"}


def test_the_suffix_tells_the_format(tmp_path: Path) -> None:
    for name in NAMES:
        assert detect_event_format(f"A.B{EVENT_FORMATS[name].suffix.upper()}") == name
    assert detect_event_format("labels.txt") == "audacity"
    with pytest.raises(FormatError, match=r"x\.docx: expected a file of events .*\.vtt.*got '\.docx'"):
        write_events(SCENE, tmp_path / "x.docx")
    with pytest.raises(UnknownNameError, match="did you mean 'textgrid'"):
        write_events(SCENE, tmp_path / "x", "textgird")
    write_events(SCENE, tmp_path / "x", "srt")
    assert len(read_events(tmp_path / "x", "srt")) == len(SCENE)

"""Every registered format; a new one is covered without being listed here."""

from pathlib import Path

import numpy as np
import pytest

from formats.samples import SCENE
from seldkit.annotations import Annotations
from seldkit.classes import ClassVocabulary
from seldkit.errors import FormatError
from seldkit.formats import (
    EVENT_FORMATS,
    FORMATS,
    ReadOptions,
    check_annotations,
    check_events,
    convert_file,
    detect_event_format,
    format_names,
    format_suffix,
    read_annotations,
    read_events,
    write_annotations,
    write_events,
)

FULL = Annotations(
    frame=np.array([3, 3, 7]),
    class_id=np.array([0, 12, 5]),
    source=np.array([1, 2, 3]),
    azimuth=np.array([-90.0, 12.0, 45.0]),
    distance=np.array([1.55, 0.07, 12.0]),
    frame_count=50,
    elevation=np.array([0.0, -30.0, 15.0]),
    onscreen=np.array([True, False, True]),
    confidence=np.array([0.5, 1.0, 0.25]),
)
DAMAGED = {"empty row": b"1,,,\n", "binary": b"\0\x01\x02", "no text": b"\xff\xfe\xfa", "words": b"[]{}<>\n"}


@pytest.mark.parametrize("name", FORMATS.names())
def test_annotations_are_read_as_they_were_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip{FORMATS[name].suffix}"
    write_annotations(FULL, path, format=name)
    read = read_annotations(path, format=name)
    for column in ("frame", "class_id", "source", "azimuth", "distance"):
        assert getattr(read, column).tolist() == getattr(FULL, column).tolist(), column
    assert read.frame_count == 50
    assert read_annotations(path, format=None).azimuth.tolist() == FULL.azimuth.tolist()
    assert check_annotations(path).problems == []
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FORMATS.names())
def test_a_clip_without_events_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip{FORMATS[name].suffix}"
    write_annotations(Annotations.empty(50), path, format=name)
    assert read_annotations(path, format=name) == Annotations.empty(50)


@pytest.mark.parametrize("name", FORMATS.names())
def test_class_numbers_belong_to_the_given_vocabulary(name: str, tmp_path: Path) -> None:
    tools = ClassVocabulary(("dog", "drill", "kettle"))
    labels = Annotations([0, 1], [2, 0], [1, 1], [5.0, 5.0], [1.0, 1.0], 2, classes=tools)
    path = tmp_path / f"clip{FORMATS[name].suffix}"
    write_annotations(labels, path, format=name)
    read = read_annotations(path, format=name, classes=tools)
    assert [read.classes[number] for number in read.class_id] == ["kettle", "dog"]
    assert read.classes == tools


@pytest.mark.parametrize("name", FORMATS.names())
@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_annotations_are_an_error_of_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"clip{FORMATS[name].suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"^[^\n]*clip[^\n]*$"):
        FORMATS[name].read(path, ReadOptions(), 0)
    problems = FORMATS[name].check(path, ReadOptions())
    assert problems
    assert all(str(path) in problem and "\n" not in problem for problem in problems)
    with pytest.raises(FormatError, match="cannot be read"):
        FORMATS[name].read(tmp_path / f"missing{FORMATS[name].suffix}", ReadOptions(), 0)


@pytest.mark.parametrize("name", EVENT_FORMATS.names())
def test_events_keep_classes_and_times(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip{EVENT_FORMATS[name].suffix}"
    write_events(SCENE, path, source="clip.wav", seconds=10.0)
    assert detect_event_format(path) == name
    read = read_events(path)
    assert [(one.name, round(one.onset, 3), round(one.offset, 3)) for one in read] == [
        (one.name, one.onset, one.offset) for one in SCENE
    ]
    assert [one.number for one in read] == list(range(1, len(SCENE) + 1))
    report = check_events(path)
    assert (report.format, report.events, report.problems) == (name, len(SCENE), [])
    write_events((), path)
    assert read_events(path) == ()


@pytest.mark.parametrize("name", EVENT_FORMATS.names())
@pytest.mark.parametrize("content", [DAMAGED["binary"], DAMAGED["no text"], DAMAGED["words"]])
def test_damaged_events_are_an_error_of_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"clip{EVENT_FORMATS[name].suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"^[^\n]*clip[^\n]*$"):
        read_events(path)
    (problem,) = check_events(path).problems
    assert "\n" not in problem


def test_every_suffix_belongs_to_one_format_of_events() -> None:
    suffixes = [EVENT_FORMATS[name].suffix.lower() for name in EVENT_FORMATS.names()]
    assert len(set(suffixes)) == len(suffixes)
    assert not {".csv", ".json"} & set(suffixes)


@pytest.mark.parametrize("name", format_names())
def test_annotations_are_converted_to_every_format_and_back(name: str, tmp_path: Path) -> None:
    source, target = tmp_path / "labels.json", tmp_path / f"other{format_suffix(name)}"
    write_annotations(FULL, source)
    convert_file(source, target, name)
    convert_file(target, tmp_path / "again.json", "json", source_format=name)
    again = read_annotations(tmp_path / "again.json").sorted()
    assert again.frame.tolist() == FULL.frame.tolist()
    assert [again.classes[number] for number in again.class_id] == [
        FULL.classes[number] for number in FULL.class_id
    ]

"""Class vocabularies: names, numbers, files and conversion between vocabularies."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.classes import (
    STARSS23,
    ClassVocabulary,
    find_vocabulary,
    store_vocabulary,
    vocabulary_for,
)
from seldkit.errors import FormatError
from seldkit.formats import ClipTable, check_annotations, read_annotations, write_annotations

TOOLS = ClassVocabulary(("dog", "drill", "kettle"))


def labels(class_id: list[int], classes: ClassVocabulary) -> Annotations:
    column = np.zeros(len(class_id))
    return Annotations(
        np.arange(len(class_id)), class_id, column, column, column + 1, len(class_id), classes=classes
    )


def test_a_vocabulary_is_a_sequence_of_names() -> None:
    assert list(TOOLS) == ["dog", "drill", "kettle"]
    assert (len(TOOLS), TOOLS[1], TOOLS[1:], "kettle" in TOOLS) == (3, "drill", ("drill", "kettle"), True)
    assert (TOOLS.index("kettle"), TOOLS.number("KETTLE"), STARSS23.number("Water-Tap")) == (2, 2, 10)
    assert TOOLS == ("dog", "drill", "kettle") == TOOLS
    assert TOOLS != STARSS23
    assert pickle.loads(pickle.dumps(TOOLS)) == TOOLS
    assert hash(TOOLS) == hash(TOOLS.names)


def test_an_unknown_name_is_an_error_that_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown class 'kettel'; did you mean 'kettle'\?"):
        TOOLS.number("kettel")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "expected 1 to 1000 classes, got 0"),
        (("dog",) * 2, "expected each class name once, got 'dog' twice"),
        (("dog", ""), "expected a name for class 1, got ''"),
        (tuple(map(str, range(1001))), "expected 1 to 1000 classes, got 1001"),
        ("dog", "expected a list of class names"),
    ],
)
def test_invalid_names_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClassVocabulary(names)


def test_a_file_has_one_name_per_line_and_optional_parents(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    TOOLS.to_file(path)
    assert path.read_text() == "dog\ndrill\nkettle\n"
    assert ClassVocabulary.from_file(path) == TOOLS
    with_parents = ClassVocabulary(TOOLS.names, ("animal", None, "kitchen"))
    with_parents.to_file(path)
    assert path.read_text() == "dog\tanimal\ndrill\nkettle\tkitchen\n"
    assert ClassVocabulary.from_file(path) == with_parents != TOOLS
    path.write_bytes(b"\xef\xbb\xbfdog \r\n\r\ndrill\r\nkettle")
    assert ClassVocabulary.from_file(path) == TOOLS


@pytest.mark.parametrize(
    "content", [b"", b"dog\ndog\n", b"\xff\xfe", b"\n".join([b"%d" % n for n in range(1001)])]
)
def test_an_invalid_file_is_an_error_of_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=str(path)) as caught:
        ClassVocabulary.from_file(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(FormatError, match="cannot be read"):
        ClassVocabulary.from_file(tmp_path / "missing.txt")


@pytest.mark.parametrize(
    "name", ["a\nb", "a\tb", " a", "a\r", "a\0", "\x1b[31m", "a\ud800", "\x85", '"', '"a"', "\xa0"]
)
def test_unusual_names_come_back_from_a_file(name: str, tmp_path: Path) -> None:
    vocabulary = ClassVocabulary((name, "bell"), (None, name))
    vocabulary.to_file(tmp_path / "classes.txt")
    assert ClassVocabulary.from_file(tmp_path / "classes.txt") == vocabulary


def test_quotes_that_are_no_json_are_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text('"a" "b"\n"\n"c\n')
    assert ClassVocabulary.from_file(tmp_path / "classes.txt").names == ('"a" "b"', '"', '"c')


def test_the_option_takes_a_file_or_names(tmp_path: Path) -> None:
    TOOLS.to_file(tmp_path / "mine.txt")
    assert ClassVocabulary.from_option(str(tmp_path / "mine.txt")) == TOOLS
    assert ClassVocabulary.from_option("dog, drill,kettle") == TOOLS
    for wrong in ("dog,dog", "dog,,drill", "missing.txt"):
        with pytest.raises(FormatError):
            ClassVocabulary.from_option(wrong)


def test_extended_and_with_size_append_names() -> None:
    assert TOOLS.extended(("drill", "saw", "saw")) == ("dog", "drill", "kettle", "saw")
    assert TOOLS.extended(()) is TOOLS
    assert TOOLS.with_size(5) == ("dog", "drill", "kettle", "class 3", "class 4")
    assert len(ClassVocabulary(("class 1",)).with_size(2)) == 2
    assert ClassVocabulary(("a",), ("b",)).with_size(2).parents == ("b", None)


def test_the_nearest_file_names_the_classes(tmp_path: Path) -> None:
    folder = tmp_path / "metadata_dev" / "dev-train"
    folder.mkdir(parents=True)
    path = folder / "clip.csv"
    write_annotations(labels([0, 2, 1], TOOLS), path)
    assert find_vocabulary(path) is None
    assert vocabulary_for(path) == STARSS23
    assert read_annotations(path).classes == STARSS23
    assert read_annotations(path, classes=TOOLS).class_id.tolist() == [0, 2, 1]
    TOOLS.to_file(tmp_path / "classes.txt")
    assert find_vocabulary(path) == find_vocabulary(tmp_path) == TOOLS
    assert read_annotations(path).classes == TOOLS
    assert check_annotations(path).rows_by_class == {"dog": 1, "drill": 1, "kettle": 1}


def test_a_class_number_beyond_the_vocabulary_is_an_error(tmp_path: Path) -> None:
    TOOLS.to_file(tmp_path / "classes.txt")
    path = tmp_path / "clip.csv"
    write_annotations(labels([3], STARSS23), path)
    with pytest.raises(FormatError, match="a class number of 0 to 2"):
        read_annotations(path)


def test_a_vocabulary_is_stored_beside_files_that_need_it(tmp_path: Path) -> None:
    store_vocabulary(tmp_path, STARSS23)
    assert not list(tmp_path.iterdir())
    store_vocabulary(tmp_path, TOOLS)
    store_vocabulary(tmp_path, TOOLS)
    assert ClassVocabulary.from_file(tmp_path / "classes.txt") == TOOLS
    with pytest.raises(FormatError, match="other classes"):
        store_vocabulary(tmp_path, STARSS23)


def test_class_numbers_are_converted_by_name() -> None:
    other = ClassVocabulary(("kettle", "dog", "saw"))
    converted = labels([0, 1, 2], other).renumbered(TOOLS)
    assert converted.classes == ("dog", "drill", "kettle", "saw")
    assert converted.class_id.tolist() == [2, 0, 3]
    assert labels([0, 1], other).renumbered(TOOLS).classes == TOOLS
    longer = labels([13], STARSS23.with_size(15))
    assert longer.renumbered(STARSS23) is longer


def test_a_table_joins_clips_of_different_vocabularies_by_name() -> None:
    other = ClassVocabulary(("kettle", "dog"))
    table = ClipTable.from_annotations([labels([0, 1], other), labels([0, 1, 2], TOOLS)])
    assert [table.classes[number] for number in table.class_id] == ["kettle", "dog", "dog", "drill", "kettle"]
    assert (
        ClipTable.from_annotations([labels([0], TOOLS), labels([13], STARSS23.with_size(14))]).classes[0]
        == "female speech"
    )

"""Every damaged or odd metadata file ends in one clear line or in its one right reading."""

import contextlib
import re
from pathlib import Path

import pytest

from bad_input.metadata import ROWS, Row
from seldkit.errors import FormatError
from seldkit.formats import check_annotations, read_annotations

DAMAGED = [row for row in ROWS if row.error is not None]
ODD = [row for row in ROWS if row.error is None]


def test_the_table_is_long_and_its_names_differ() -> None:
    assert len(ROWS) >= 35
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", DAMAGED, ids=lambda row: row.name)
def test_damage_is_reported_in_one_line(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    with pytest.raises(FormatError) as caught:
        read_annotations(path, format=row.format)
    message = str(caught.value)
    assert row.error is not None
    assert re.search(row.error, message), message
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("row", DAMAGED, ids=lambda row: row.name)
def test_a_check_lists_the_damage(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    report = check_annotations(path, format=row.format)
    assert report.files == 0
    assert report.problems
    assert all(str(path) in problem and "\n" not in problem for problem in report.problems)


@pytest.mark.parametrize("row", DAMAGED, ids=lambda row: row.name)
def test_a_recognized_format_is_read_or_an_error(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    with contextlib.suppress(FormatError):
        read_annotations(path, format=None)


@pytest.mark.parametrize("row", ODD, ids=lambda row: row.name)
def test_unusual_files_are_read_correctly(row: Row, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    assert len(read_annotations(path, format=row.format)) == row.rows
    report = check_annotations(path, format=row.format)
    assert report.problems == []
    assert report.rows == row.rows


def test_a_reordered_header_is_followed(tmp_path: Path) -> None:
    row = next(row for row in ODD if row.name == "header_reordered")
    read = read_annotations(row.build(tmp_path))
    assert (read.class_id[0], read.azimuth[0], read.distance[0]) == (7, -9, 1.55)


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(FormatError, match="cannot be read"):
            read_annotations(path)
    with pytest.raises(FormatError, match="found nothing"):
        check_annotations(tmp_path / "nowhere.csv")
    with pytest.raises(FormatError, match="found none"):
        check_annotations(tmp_path)


def test_a_folder_with_all_damaged_files_is_checked_completely(tmp_path: Path) -> None:
    for row in ROWS:
        row.build(tmp_path)
    report = check_annotations(tmp_path)
    named = {problem.split(", line")[0].split(": ")[0] for problem in report.problems}
    named.discard(str(tmp_path))  # suspected errors of the whole folder
    assert report.files + len(named) == len(ROWS)

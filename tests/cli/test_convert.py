from pathlib import Path

import numpy as np
import pytest

from cli.commands import Command
from seldkit.annotations import Annotations
from seldkit.formats import EVENT_FORMATS, format_names, format_suffix, read_annotations, read_events
from seldkit.formats import write_annotations as write

ROWS = Annotations(
    frame=[0, 1, 2, 5, 6],
    class_id=[3, 3, 3, 11, 11],
    source=[0, 0, 0, 1, 1],
    azimuth=[30.0, 30.0, 30.0, -45.0, -45.0],
    distance=[1.5, 1.5, 1.5, 2.0, 2.0],
    onscreen=[True, True, True, False, False],
    frame_count=20,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "labels" / "clip.csv"
    path.parent.mkdir()
    write(ROWS, path)
    return path


@pytest.mark.parametrize("name", format_names())
def test_every_format_is_written_and_converted_back(
    command: Command, source: Path, tmp_path: Path, name: str
) -> None:
    result = command("convert", source, "--to", name, "--output", tmp_path / "out", "--frames", 20)
    assert (result.status, result.err) == (0, "")
    written = tmp_path / "out" / f"clip{format_suffix(name)}"
    back = command("convert", written, "--from", name, "--to", "dcase2025", "--output", tmp_path / "back")
    assert (back.status, back.err) == (0, "")
    rows = read_annotations(tmp_path / "back" / "clip.csv").sorted()
    assert rows.frame.tolist() == ROWS.frame.tolist()
    assert rows.class_id.tolist() == ROWS.class_id.tolist()
    # Captions for people (SubRip) state the side alone.
    np.testing.assert_allclose(rows.azimuth, ROWS.azimuth, atol=20 if name == "srt" else 1)


def test_frames_become_events(command: Command, source: Path, tmp_path: Path) -> None:
    assert command("convert", source, "--to", "vtt", "--output", tmp_path).status == 0
    events = read_events(tmp_path / "clip.vtt")
    assert [(event.name, event.onset, event.offset) for event in events] == [
        ("telephone", 0.0, 0.3),
        ("bell", 0.5, 0.7),
    ]


def test_folders_keep_their_structure_and_the_default_is_the_folder_of_the_file(
    command: Command, source: Path, tmp_path: Path
) -> None:
    assert command("convert", tmp_path, "--to", "json", "--output", tmp_path / "out").status == 0
    assert (tmp_path / "out" / "labels" / "clip.json").is_file()
    assert command("convert", source, "--to", "srt").status == 0
    assert source.with_suffix(".srt").is_file()


def test_classes_are_those_of_the_option(command: Command, source: Path, tmp_path: Path) -> None:
    names = ",".join(f"sound {number}" for number in range(12))
    arguments = ("convert", source, "--to", "jsonl", "--output", tmp_path, "--classes", names)
    assert command(*arguments).status == 0
    assert [event.name for event in read_events(tmp_path / "clip.jsonl")] == ["sound 3", "sound 11"]


def test_an_unknown_format_lists_the_known_ones(command: Command, source: Path) -> None:
    result = command("convert", source, "--to", "subtitles")
    assert result.status == 1
    assert all(name in result.err for name in EVENT_FORMATS.names())


def test_a_file_is_never_overwritten_by_its_conversion(command: Command, source: Path) -> None:
    before = source.read_bytes()
    result = command("convert", source, "--to", "dcase2024")
    assert result.status == 2
    assert "would be overwritten" in result.err
    assert source.read_bytes() == before


def test_a_bad_file_is_reported_and_the_others_are_converted(
    command: Command, source: Path, tmp_path: Path
) -> None:
    (source.parent / "bad.csv").write_text("frame,class\nx,y\n")
    result = command("convert", source.parent, "--to", "vtt", "--output", tmp_path / "out")
    assert result.status == 1
    assert "bad.csv" in result.err
    assert (tmp_path / "out" / "clip.vtt").is_file()

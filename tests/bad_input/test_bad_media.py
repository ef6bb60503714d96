"""Every odd or damaged media file gives its one-line error, or is read as its row says."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from bad_input.media import BAD_MEDIA, READ, REFUSED, BadMedia
from seldkit.errors import MediaError
from seldkit.media import AudioReader, check_media, iter_frames, probe, read_audio

RATE = 24000


def skip_unless_meant(row: BadMedia) -> None:
    if row.name == "no permission" and os.geteuid() == 0:
        pytest.skip("root may read everything")


def assert_one_line(problem: Exception, path: Path) -> None:
    message = str(problem)
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < 300 + len(str(path))


def test_names_are_unique():
    assert len({row.name for row in BAD_MEDIA}) == len(BAD_MEDIA) >= 50


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_refused_in_one_line(row: BadMedia, tmp_path: Path, capfd):
    skip_unless_meant(row)
    path = row.build(tmp_path)
    with pytest.raises(MediaError, match=row.error) as refusal:
        read_audio(path)
    assert_one_line(refusal.value, path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("row", READ, ids=lambda row: row.name)
def test_audio_is_read_as_stated(row: BadMedia, tmp_path: Path, capfd):
    with AudioReader(row.build(tmp_path), RATE, block_seconds=0.2) as reader:
        blocks = list(reader)
        notes, channels = reader.notes, reader.recorded_layout.channels
    waveform = np.concatenate(blocks, axis=1)
    assert waveform.dtype == np.float32
    assert len(waveform) == 2
    assert waveform.shape[1] > 0
    assert np.isfinite(waveform).all()
    assert all(block.shape[1] == RATE // 5 for block in blocks[:-1])
    if row.seconds is not None:
        assert waveform.shape[1] / RATE == pytest.approx(row.seconds, abs=0.002)
    else:
        assert waveform.shape[1] / RATE < 3.1
    if row.channels is not None:
        assert channels == row.channels
    if row.note == "":
        assert notes == []
    elif row.note is not None:
        assert any(re.search(row.note, note) for note in notes), notes
    assert all(note.isprintable() for note in notes)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("row", [row for row in BAD_MEDIA if row.pictures], ids=lambda row: row.name)
def test_video_frames_are_read_as_stated(row: BadMedia, tmp_path: Path):
    frames = list(iter_frames(row.build(tmp_path)))
    assert [frame.time for frame in frames] == pytest.approx([k / 10 for k in range(row.pictures or 0)])
    if row.size is not None:
        assert {frame.image.shape for frame in frames} == {(row.size[1], row.size[0], 3)}


@pytest.mark.parametrize("row", BAD_MEDIA, ids=lambda row: row.name)
def test_video_frames_are_read_or_an_error_of_one_line(row: BadMedia, tmp_path: Path, capfd):
    """Whatever the file: no other exception, no hang, no endless pictures, nothing on the terminal."""
    path = row.build(tmp_path)
    refusal: MediaError | None = None
    count = 0
    try:
        count = sum(1 for _ in iter_frames(path, size=(16, 16)))
    except MediaError as problem:
        refusal = problem
    if refusal is None:
        assert 0 < count < 100
        assert row.frames_error is None
    else:
        assert_one_line(refusal, path)
        assert row.pictures is None
        assert re.search(row.frames_error or "", str(refusal))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("row", BAD_MEDIA, ids=lambda row: row.name)
def test_inspected_or_one_line(row: BadMedia, tmp_path: Path):
    skip_unless_meant(row)
    path = row.build(tmp_path)
    try:
        probe(path)
        report = check_media(path)
    except MediaError as problem:
        assert_one_line(problem, path)
        assert row.error is not None
    else:
        assert all(problem.isprintable() for problem in report.problems)
        assert report.problems or row.error is None
        if row.note:
            assert report.problems or "channels" in row.note

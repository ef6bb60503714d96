"""seldkit stereo as a user meets it: what it says, what it refuses, and that a kill costs nothing."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bad_input.sources import SOURCES, BadSource
from cli.commands import Command
from conversion.conversion_making import Still, files, write_recording
from seldkit.datasets import open_dataset

NAME = "dev-train-tau/fold3_room4_mix001"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("source")
    write_recording(root, NAME, [Still(20, 5), Still(-130, -10)], 8.0)
    write_recording(root, "dev-test-tau/fold4_room8_mix002", [Still(60)], 7.0)
    return root


def test_the_numbers_of_recordings_and_clips_are_printed(
    command: Command, source: Path, tmp_path: Path
) -> None:
    result = command("stereo", source, "--output", tmp_path, "--clips", 3, "--size", "128x72", "--view", 90)
    assert result.status == 0, result.err
    assert "2 recordings" in result.err
    assert "distances are in centimetres: 2 of 2 files determine it" in result.err
    assert "3 clips are in" in result.err
    assert len(open_dataset(tmp_path)) == 3


def test_official_clips_have_the_data_sets_names(command: Command, source: Path, tmp_path: Path) -> None:
    result = command("stereo", source, "--output", tmp_path, "--clips", 3, "--official", "--no-video")
    assert result.status == 0, result.err
    names = sorted(clip.name for clip in open_dataset(tmp_path))
    # As the official generator draws of recordings of 70 and 80 frames.
    import random

    draw = random.Random(20250305)
    expected = []
    for _ in range(3):
        which = draw.choices(["dev-test-tau/fold4_room8_mix002", NAME], weights=[70, 80])[0]
        start = draw.randint(0, {NAME: 80}.get(which, 70) - 50)
        expected.append(f"{which}_deg{draw.randint(0, 359):03}_start{start:04}")
    assert names == sorted(expected)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--size", "640"], "size such as 640x360"),
        (["--size", "641x360"], "even width and height"),
        (["--view", "200"], "view of 1 to 170"),
        (["--seconds", "1.23"], "steps of 0.1 s"),
        (["--official", "--seconds", "4"], "--official requires clips of 5 s"),
        (["--official", "--view", "90"], "--official requires clips of 5 s"),
        (["--units", "feet"], "units"),
        (["--clips", "0"], "clips"),
    ],
)
def test_wrong_usage_is_status_2(
    command: Command, source: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    result = command("stereo", source, "--output", tmp_path, "--clips", "2", *options)
    assert result.status == 2
    text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.err).split())
    assert said in text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("row", SOURCES, ids=lambda row: row.name)
def test_bad_sources_are_refused_in_one_line(command: Command, tmp_path: Path, row: BadSource) -> None:
    row.make(tmp_path / "source")
    result = command("stereo", tmp_path / "source", "--output", tmp_path / "out", "--clips", 2)
    assert result.status == 1
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert re.search(row.error, errors[0]), errors[0]
    assert str(tmp_path) in errors[0]
    assert "a bug in seldkit" not in result.err
    assert "Traceback" not in result.err
    assert not list((tmp_path / "out").rglob("*.csv"))


def test_an_output_that_is_a_file_is_reported(command: Command, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    result = command("stereo", source, "--output", tmp_path / "out", "--clips", 2, "--no-video")
    assert result.status == 1
    assert "error: " in result.err
    assert "a bug in seldkit" not in result.err
    assert (tmp_path / "out").read_text() == "mine"


def test_unclear_units_require_an_option(command: Command, tmp_path: Path) -> None:
    write_recording(tmp_path / "in", NAME, [Still(0, distance=2)], video=False)
    call = ["stereo", tmp_path / "in", "--output", tmp_path / "out", "--clips", 2, "--no-video"]
    assert "--units m or --units cm" in command(*call).err
    assert command(*call, "--units", "m").status == 0
    assert all(",200," in path.read_text() for path in (tmp_path / "out").rglob("*.csv"))


def test_a_bad_recording_is_reported_and_the_status_is_1(command: Command, tmp_path: Path) -> None:
    write_recording(tmp_path / "in", NAME, [Still(0)], video=False)
    write_recording(tmp_path / "in", "dev-train-tau/fold3_room9_mix009", [Still(0)], video=False)
    (tmp_path / "in/foa_dev/dev-train-tau/fold3_room9_mix009.wav").write_bytes(b"")
    result = command("stereo", tmp_path / "in", "--output", tmp_path / "out", "--clips", 2, "--no-video")
    assert result.status == 1
    assert "fold3_room9_mix009.wav: the file is empty" in result.err
    assert len(open_dataset(tmp_path / "out")) == 2


@pytest.mark.parametrize("after", [1, 4])
def test_a_killed_and_resumed_conversion_gives_the_same_files(
    source: Path, tmp_path: Path, after: int
) -> None:
    """Killed, workers and all, once some files are there."""
    call = [
        sys.executable,
        "-c",
        "from seldkit.cli import main; main()",
        "stereo",
        str(source),
        "--clips",
        "9",
        "--size",
        "64x36",
    ]
    subprocess.run([*call, "--output", tmp_path / "whole"], check=True, capture_output=True)
    begun = subprocess.Popen(
        [*call, "--output", tmp_path / "killed", "--workers", "2"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while begun.poll() is None and len(list((tmp_path / "killed").rglob("*.*"))) <= after:
        time.sleep(0.002)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    time.sleep(0.1)
    again = subprocess.run([*call, "--output", tmp_path / "killed"], check=True, capture_output=True)
    assert b"9 clips are in" in again.stderr
    assert files(tmp_path / "killed") == files(tmp_path / "whole")

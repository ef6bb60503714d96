"""seldkit listen as a user has it: lines as events end, one-line errors, clean ends."""

import array
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from seldkit.formats import read_events
from seldkit.media import write_audio

RATE = 24000
RUN = [sys.executable, "-c", "from seldkit.cli import main; main()", "listen", "-", "--rate", str(RATE)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with random weights; at a low threshold it answers to anything."""
    return good_model(tmp_path_factory.mktemp("model"))


def samples(seconds: float) -> bytes:
    wave = 0.2 * np.random.default_rng(0).normal(size=(round(seconds * RATE), 2))
    return np.rint(wave.clip(-1, 1) * 32767).astype("<i2").tobytes()


def test_a_pipe_gives_the_events_that_the_file_has(command: Command, model: Path, tmp_path: Path) -> None:
    data = samples(6.0)
    (tmp_path / "x.raw").write_bytes(data)
    wave = np.frombuffer(data, "<i2").reshape(-1, 2).T.astype(np.float32) / 32768
    write_audio(tmp_path / "x.wav", wave, RATE)
    options = ("--model", model, "--threshold", 0.01)
    live = command("listen", tmp_path / "x.raw", "--rate", RATE, "--onsets", *options)
    file = command("detect", tmp_path / "x.wav", "--output", "-", *options)
    assert (live.status, file.status) == (0, 0)
    lines = [json.loads(line) for line in live.out.splitlines()]
    assert {line["state"] for line in lines} >= {"ended"}
    for line in lines:
        assert list(line)[:3] == ["state", "time", "delay"]
        assert line["delay"] >= 0
        assert ("trajectory" in line) == (line["state"] == "ended")
    (tmp_path / "live.jsonl").write_text(live.out)
    (tmp_path / "file.jsonl").write_text(file.out)
    detected, found = read_events(tmp_path / "live.jsonl"), read_events(tmp_path / "file.jsonl")
    assert len(found) > 0
    facts = [
        [(one.number, one.name, one.onset, one.offset) for one in events] for events in (detected, found)
    ]
    assert facts[0] == facts[1]
    first, last = live.err.splitlines()[0], live.err.splitlines()[-1]
    assert first.startswith(
        f"listening to {tmp_path / 'x.raw'} (24000 Hz, 2 channels, s16le); events are reported"
    )
    assert f"{len(found)} event" in last
    assert "in 6.0 s; delay: median" in last
    assert json.loads(file.out.splitlines()[0])["source"] == str(tmp_path / "x.wav")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["gone.raw"], 1, "gone.raw: cannot be read (No such file or directory)"),
        (["."], 1, ".: expected a pipe or a file of raw samples, got a folder"),
        (["x.wav"], 1, "x.wav: expected raw samples (48000 Hz, 2 channels, s16le), got a WAV file"),
        (["x.wav", "--rate", "1"], 1, "expected a sampling rate of 1000 to"),
        (["x.wav", "--channels", "0"], 1, "expected 1 to 64 channels, got 0"),
        (
            ["x.wav", "--sample-format", "s8"],
            1,
            "expected samples in one of the encodings s16le, s24le, s32le, f32le, got 's8'",
        ),
        (["--microphone", "hw:99"], 1, "microphone 'hw:99': expected an input device"),
        (["x.wav", "--microphone", "hw:0"], 2, "not both"),
        (["x.raw", "--delay", "9"], 1, "expected a delay of 0.2 to"),
        (["x.raw", "--model", "nowhere"], 1, "nowhere: expected 'default' or a model directory"),
        (
            ["x.raw", "--channels", "3", "--foa"],
            1,
            "x.raw has 3 channel(s), expected 4: first-order",
        ),
    ],
)
def test_invalid_input_is_reported_in_one_line(
    command: Command,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_audio(tmp_path / "x.wav", np.zeros((2, 9000), np.float32), RATE)
    (tmp_path / "x.raw").write_bytes(samples(0.5))
    chosen = [] if "--model" in arguments else ["--model", str(model)]
    result = command("listen", *arguments, *chosen)
    assert result.status == status
    assert words in " ".join(result.err.replace("│", " ").split())
    assert "Traceback" not in result.err
    assert "a bug in seldkit" not in result.err
    assert result.out == ""
    assert result.err.count("error:") == (status == 1)


def test_an_empty_pipe_is_no_event(command: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(b"")
    result = command("listen", tmp_path / "x.raw", "--model", model)
    assert (result.status, result.out) == (0, "")
    assert result.err.splitlines()[-1].startswith("0 events in 0.0 s; computing time")


@pytest.mark.parametrize("more", [("--format", "csv"), ("--plot",), ("--report",), ("--resume",)])
def test_standard_output_contains_only_event_lines(command: Command, more: tuple[str, ...]) -> None:
    result = command("detect", "x.wav", "--output", "-", *more)
    assert result.status == 2
    assert "prints JSON lines only" in " ".join(result.err.replace("│", " ").split())


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_ends_the_input_and_prints_the_events(model: Path) -> None:
    command = [*RUN, "--model", str(model), "--threshold", "0.01"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        assert process.stderr.readline().startswith(b"listening to standard input (24000 Hz")
        process.stdin.write(samples(3.0))
        process.stdin.flush()
        os.set_blocking(process.stdin.fileno(), False)
        while not _drained(process.stdin.fileno()):
            pass
        process.send_signal(signal.SIGINT)
        message = process.stderr.read().decode()
        printed = process.stdout.read().decode()
        process.stdin.close()
    assert process.returncode == 0
    assert "Traceback" not in message
    assert re.search(r" in (2.9|3.0) s; delay: median", message)  # the last piece may have been on its way
    assert json.loads(printed.splitlines()[-1])["state"] == "ended"


def test_an_event_is_printed_while_the_audio_continues_and_head_ends_the_command(model: Path) -> None:
    command = [*RUN, "--model", str(model), "--threshold", "0.01", "--onsets"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        process.stderr.readline()
        process.stdin.write(samples(9.0))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["delay"] >= 0  # though the pipe is open
        process.stdout.close()
        process.stdin.close()
        message = process.stderr.read().decode()
    assert process.returncode == 0
    assert "Traceback" not in message
    assert "Broken" not in message
    assert message.splitlines()[-1].split()[1].startswith("event")


def _drained(descriptor: int) -> bool:
    """Whether all that was written into a pipe was read."""
    import fcntl  # POSIX alone has them
    import termios

    waiting = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
    return waiting[0] == 0

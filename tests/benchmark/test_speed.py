"""Speed measurement: test clips, the measuring process and its output."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seldkit.benchmark import Cost, Speed, speed
from seldkit.benchmark.speed import measure_speed, parse_cost, write_test_clips
from seldkit.errors import SeldkitError
from seldkit.media import iter_frames, probe, read_audio


def test_speed_is_relative_to_real_time() -> None:
    cost = parse_cost('{"seconds": 2.5, "peak": 1000}', startup=3.0, seconds=30)
    assert cost == Cost(factor=12.0, startup=3.0, peak=1000)


def test_an_unsupported_file_has_an_error_and_no_speed() -> None:
    cost = parse_cost('{"error": "no video"}', startup=3.0, seconds=30)
    assert np.isnan(cost.factor)
    assert cost.error == "no video"
    assert cost.to_dict() == {"factor": None, "startup": 3.0, "peak": 0, "refused": "no video"}


def test_json_has_the_keys_of_earlier_versions() -> None:
    cost = Cost(2.0, 1.0, 10)
    content = Speed(cost, cost, "machine", 4, 0.5).to_dict()
    assert list(content) == ["sound", "video", "machine", "cores", "load"]
    assert content["sound"] == {"factor": 2.0, "startup": 1.0, "peak": 10, "refused": None}


def test_test_clips_have_moving_audio_and_video(tmp_path: Path) -> None:
    audio, video = write_test_clips(tmp_path, 1)
    waveform, _ = read_audio(audio, 8000)
    assert waveform.shape == (2, 8000)
    assert np.abs(waveform).max() < 1.0
    assert probe(video).duration == pytest.approx(1.0, abs=0.1)
    images = [frame.image for frame in iter_frames(video, times=[0.0, 0.95])]
    assert images[0].shape == (360, 640, 3)
    columns = [image[:60].sum(axis=(0, 2)).argmax() for image in images]
    assert columns[1] < columns[0] - 50


def test_test_clips_are_always_the_same() -> None:
    np.testing.assert_array_equal(speed._noise_bursts(1), speed._noise_bursts(1))


def fake_process(monkeypatch: pytest.MonkeyPatch, code: str) -> list[list[str]]:
    """Replaces the measuring process by a short script."""
    monkeypatch.setattr(speed, "_processor", lambda: "a processor")
    commands: list[list[str]] = []
    real = subprocess.Popen

    def popen(command: list[str], **options: object) -> "subprocess.Popen[str]":
        commands.append(command)
        return real([sys.executable, "-S", "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(speed.subprocess, "Popen", popen)
    monkeypatch.setattr(speed, "write_test_clips", lambda folder, seconds: (Path("a.wav"), Path("v.mp4")))
    return commands


def test_each_file_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    output = json.dumps({"seconds": 0.5, "peak": 7})
    commands = fake_process(monkeypatch, f"print('ready'); print('{output}')")
    result = measure_speed("model", "cpu", seconds=2)
    assert [command[-3:] for command in commands] == [["model", "a.wav", "cpu"], ["model", "v.mp4", "cpu"]]
    assert (result.audio.factor, result.video.peak) == (4.0, 7)
    assert result.audio.startup > 0
    assert result.cores >= 1
    assert result.machine.startswith("a processor, ")


def test_a_failed_process_is_reported_with_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_process(monkeypatch, "import sys; print('x\\nout of memory', file=sys.stderr); sys.exit(3)")
    with pytest.raises(SeldkitError, match=r"^model: the speed could not be measured \(out of memory\)$"):
        measure_speed("model")


class FakeDetector:
    def __init__(self, problem: str | None = None) -> None:
        self.problem, self.paths = problem, []

    def detect(self, path: str) -> None:
        if self.problem:
            raise SeldkitError(self.problem)
        self.paths.append(path)


@pytest.mark.parametrize("problem", [None, "a.wav: has no video"])
def test_the_measuring_process_prints_a_line_and_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: str | None
) -> None:
    detector = FakeDetector(problem)
    monkeypatch.setattr("seldkit.detection.load", lambda model, device: detector)
    monkeypatch.setattr("seldkit.malloc.keep_memory", lambda: True)
    speed._run_measurement("model", "a.wav", "cpu")
    ready, content = capsys.readouterr().out.splitlines()
    assert ready == "ready"
    if problem:
        assert json.loads(content) == {"error": problem}
    else:
        assert detector.paths == ["a.wav"] * 2  # the second detection is measured
        assert json.loads(content).keys() == {"seconds", "peak"}

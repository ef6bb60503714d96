"""What a model costs on this machine, measured in processes of their own."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import SeldkitError

SECONDS: Final = 30
RATE: Final = 48_000
PICTURES: Final = 30
WIDTH, HEIGHT = 640, 360


@dataclass(frozen=True)
class Cost:
    """Of one kind of file. factor: seconds of file for a second of work, the second time that it is heard.

    startup: seconds from the process's start to the detector's being ready. peak: bytes of memory at most.
    refused: why the model does not take such a file, or None.
    """

    factor: float
    startup: float
    peak: int
    refused: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what is not a number becomes None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Speed:
    """sound: of a sound file; video: of a video with it. machine: processor, system, Python. cores: those
    that may be used. load: processes that wanted to run in the minute before, on average."""

    sound: Cost
    video: Cost
    machine: str
    cores: int
    load: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {"sound": self.sound.to_dict(), "video": self.video.to_dict()}


def measure_speed(model: str, device: str = "auto", seconds: int = SECONDS) -> Speed:
    """Hear a made-up clip of sound, and of video with it, each in a fresh process. Raises SeldkitError."""
    with TemporaryDirectory() as folder:
        sound, video = _clips(Path(folder), seconds)
        return Speed(
            sound=_cost(model, sound, device, seconds),
            video=_cost(model, video, device, seconds),
            machine=f"{_processor()}, {platform.system()}, Python {platform.python_version()}",
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            load=os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        )


def _cost(model: str, path: Path, device: str, seconds: int) -> Cost:
    begin = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "seldkit.benchmark.speed", model, str(path), device]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        startup = time.perf_counter() - begin
        text, said = child.communicate()
    if child.returncode:
        last = " ".join(said.strip().splitlines()[-1:])
        raise SeldkitError(f"{model}: could not be measured ({last})")
    content = json.loads(text)
    if "refused" in content:
        return Cost(float("nan"), startup, 0, content["refused"])
    return Cost(seconds / content["seconds"], startup, content["peak"])


def _clips(folder: Path, seconds: int) -> tuple[Path, Path]:
    """A sound file and a video of noise bursts that move, and a bright bar that moves with them."""
    from seldkit.media import write_audio, write_video

    waveform = _bursts(seconds)
    video = write_video(folder / "clip.mp4", _bars(seconds), PICTURES, (waveform, RATE), preset="ultrafast")
    return write_audio(folder / "clip.wav", waveform, RATE), video


def _bursts(seconds: int) -> NDArray[np.float32]:
    random, time_of = np.random.default_rng(0), np.arange(seconds * RATE) / RATE
    noise = random.standard_normal((2, len(time_of)))
    side = np.sin(0.5 * time_of)
    loud = np.where(time_of % 2.0 < 1.0, 0.2, 0.01)
    gains = np.stack([1.0 + side, 1.0 - side]) / 2.0
    return np.asarray(gains * loud * noise[:1] + 0.003 * noise, np.float32)


def _bars(seconds: int) -> Iterator[NDArray[np.uint8]]:
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    for number in range(seconds * PICTURES):
        middle = WIDTH / 2 * (1.0 - np.sin(0.5 * number / PICTURES))
        bar = 200.0 * np.exp(-np.square((across - middle) / 40.0)) + down / 8.0
        yield np.repeat(bar.astype(np.uint8)[..., None], 3, axis=2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _measured(model: str, path: str, device: str) -> None:
    """The child: says that it is ready, then what the second hearing took."""
    from seldkit.detection import load
    from seldkit.malloc import keep_memory

    keep_memory()  # as the command does
    detector = load(model, device=device)
    print("ready", flush=True)
    try:
        detector.detect(path)
    except SeldkitError as problem:
        print(json.dumps({"refused": str(problem)}))
        return
    begin = time.perf_counter()
    detector.detect(path)
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "peak": _peak_memory()}))


def _peak_memory() -> int:
    """Bytes; 0 on systems that do not report it (Windows)."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS reports bytes, Linux kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    _measured(*sys.argv[1:4])

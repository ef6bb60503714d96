"""Speed and memory of a model on this machine, measured in fresh processes."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, Final

import numpy as np

from seldkit.errors import SeldkitError
from seldkit.types import ImageArray, Samples

CLIP_SECONDS: Final = 30
AUDIO_RATE_HZ: Final = 48_000
FRAME_RATE_HZ: Final = 30
IMAGE_WIDTH_PX, IMAGE_HEIGHT_PX = 640, 360
SWEEP_RADIANS_PER_SECOND: Final = 0.5
"""Angular rate of the sinusoidal left-right motion in the test clip."""


@dataclass(frozen=True)
class Cost:
    """Cost of detection in one kind of file.

    Attributes:
        factor: Seconds of the file per second of computing time, in the second detection; NaN if not
            supported.
        startup: Seconds from the start of the process until the detector is loaded.
        peak: Peak memory of the process in bytes; 0 if the system does not report it.
        error: Error message if the model does not support such a file.
    """

    factor: float
    startup: float
    peak: int
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Converts the cost for JSON; NaN becomes None.

        Returns:
            Values by name; `error` has the key "refused", as in earlier versions.
        """
        factor = None if self.factor != self.factor else self.factor
        return {"factor": factor, "startup": self.startup, "peak": self.peak, "refused": self.error}


@dataclass(frozen=True)
class Speed:
    """Speed of a model on this machine.

    Attributes:
        audio: Cost for an audio file.
        video: Cost for a video file with audio.
        machine: Processor, operating system and Python version.
        cores: Number of usable processor cores.
        load: System load average of the preceding minute; NaN if unknown.
    """

    audio: Cost
    video: Cost
    machine: str
    cores: int
    load: float

    def to_dict(self) -> dict[str, Any]:
        """Converts the speed for JSON.

        Returns:
            Values by name; `audio` has the key "sound", as in earlier versions.
        """
        return {
            "sound": self.audio.to_dict(),
            "video": self.video.to_dict(),
            "machine": self.machine,
            "cores": self.cores,
            "load": self.load,
        }


def measure_speed(model: str, device: str = "auto", seconds: int = CLIP_SECONDS) -> Speed:
    """Measures detection in a synthetic audio file and a synthetic video, each in a fresh process.

    Args:
        model: "default" or a model directory.
        device: Compute device: "auto", "cpu", "cuda", "mps" and so on.
        seconds: Length of the files in seconds.

    Returns:
        The speed.

    Raises:
        SeldkitError: The process failed.
    """
    with TemporaryDirectory() as folder:
        audio, video = write_test_clips(Path(folder), seconds)
        return Speed(
            audio=_measure_cost(model, audio, device, seconds),
            video=_measure_cost(model, video, device, seconds),
            machine=f"{_processor()}, {platform.system()}, Python {platform.python_version()}",
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            load=os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        )


def _measure_cost(model: str, path: Path, device: str, seconds: int) -> Cost:
    begin = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "seldkit.benchmark.speed", model, str(path), device]
    with TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            startup = time.perf_counter() - begin
            output = child.stdout.read()
        errors.seek(0)
        lines = errors.read().strip().splitlines()
    if child.returncode:
        raise SeldkitError(f"{model}: the speed could not be measured ({' '.join(lines[-1:])})")
    return parse_cost(output, startup, seconds)


def parse_cost(output: str, startup: float, seconds: float) -> Cost:
    """Parses the JSON line of the measuring process.

    Args:
        output: JSON object with "seconds" and "peak", or with "error".
        startup: Seconds until the detector was loaded.
        seconds: Length of the file in seconds.

    Returns:
        The cost.
    """
    content = json.loads(output)
    if "error" in content:
        return Cost(float("nan"), startup, 0, content["error"])
    return Cost(seconds / content["seconds"], startup, content["peak"])


def write_test_clips(folder: Path, seconds: int) -> tuple[Path, Path]:
    """Writes noise bursts that move from side to side, and the same with a video of a moving bright bar.

    Args:
        folder: Existing folder for the files.
        seconds: Length in seconds.

    Returns:
        The audio file and the video file.
    """
    from seldkit.media import write_audio, write_video

    waveform = _noise_bursts(seconds)
    video = write_video(
        folder / "clip.mp4",
        _bar_images(seconds),
        FRAME_RATE_HZ,
        (waveform, AUDIO_RATE_HZ),
        preset="ultrafast",
    )
    return write_audio(folder / "clip.wav", waveform, AUDIO_RATE_HZ), video


def _noise_bursts(seconds: int) -> Samples:
    random, times = np.random.default_rng(0), np.arange(seconds * AUDIO_RATE_HZ) / AUDIO_RATE_HZ
    noise = random.standard_normal((2, len(times)))
    pan = np.sin(SWEEP_RADIANS_PER_SECOND * times)
    level = np.where(times % 2.0 < 1.0, 0.2, 0.01)
    gains = np.stack([1.0 + pan, 1.0 - pan]) / 2.0
    return np.asarray(gains * level * noise[:1] + 0.003 * noise, np.float32)


def _bar_images(seconds: int) -> Iterator[ImageArray]:
    columns, rows = np.meshgrid(np.arange(IMAGE_WIDTH_PX), np.arange(IMAGE_HEIGHT_PX))
    for number in range(seconds * FRAME_RATE_HZ):
        center = IMAGE_WIDTH_PX / 2 * (1.0 - np.sin(SWEEP_RADIANS_PER_SECOND * number / FRAME_RATE_HZ))
        bar = 200.0 * np.exp(-np.square((columns - center) / 40.0)) + rows / 8.0
        yield np.repeat(bar.astype(np.uint8)[..., None], 3, axis=2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _run_measurement(model: str, path: str, device: str) -> None:
    """Prints a line when the detector is loaded, then the time of the second detection as JSON."""
    from seldkit.detection import load
    from seldkit.malloc import keep_memory

    keep_memory()  # as the command does
    detector = load(model, device=device)
    print("ready", flush=True)
    try:
        detector.detect(path)
    except SeldkitError as problem:
        print(json.dumps({"error": str(problem)}))
        return
    begin = time.perf_counter()
    detector.detect(path)
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "peak": _peak_memory()}))


def _peak_memory() -> int:
    """Peak memory in bytes; 0 on systems that do not report it (Windows)."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS reports bytes, Linux kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    _run_measurement(*sys.argv[1:4])

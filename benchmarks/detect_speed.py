"""How fast `seldkit detect` is, and how much memory it takes: `python benchmarks/detect_speed.py`.

Makes 640×360 stereo videos of one and of ten minutes, runs the command on each in a new process (imports and
decoding included), and prints the ratio of the video's length to the time, and the process's peak memory.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seldkit.media import write_video

# The process itself tells its peak: what its parent reads would count the parent's memory at the fork too.
RUN = """
from pathlib import Path
from seldkit.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print(next(line for line in status.splitlines() if line.startswith("VmHWM")))
"""


def pictures(count: int) -> Iterator[np.ndarray]:
    """A noisy panorama that moves, so that the video is no easier to decode than a real one."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (45, 320, 3), dtype=np.uint8)
    panorama = small.repeat(8, axis=0).repeat(8, axis=1)
    for number in range(count):
        yield np.roll(panorama, -3 * number, axis=1)[:, :640]


def make_video(path: Path, seconds: int, scale: int = 1) -> None:
    """A video with bursts of noise that wander from side to side; scale: how much smaller it is each way."""
    rate = 48000
    moment = np.arange(seconds * rate) / rate
    signal = 0.1 * np.random.default_rng(0).normal(size=len(moment)) * (np.sin(2 * np.pi * moment / 3) > 0)
    side = np.sin(2 * np.pi * moment / 7)
    sound = np.stack([signal * (1 + side), signal * (1 - side)]).astype(np.float32)
    shown = (picture[::scale, ::scale] for picture in pictures(seconds * 25))
    write_video(path, shown, 25, audio=(sound, rate))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for minutes in sorted(options.minutes):
            path = Path(folder) / f"{minutes}.mp4"
            make_video(path, 60 * minutes)
            command = [
                sys.executable,
                "-c",
                RUN,
                "detect",
                str(path),
                "--output",
                folder,
                "--model",
                options.model,
            ]
            start = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            took = time.perf_counter() - start
            peak = int(done.stdout.split()[-2]) / 1024
            print(
                f"{minutes:3} min: {took:6.1f} s, {60 * minutes / took:5.1f} × real time, peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    main()

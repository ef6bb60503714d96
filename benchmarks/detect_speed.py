"""Measures the speed and peak memory of `seldkit detect`: `python benchmarks/detect_speed.py`.

Writes 640×360 stereo videos of one and of ten minutes, runs the command on each in a new process (imports and
decoding included), and prints the ratio of duration to run time and the peak memory of the process.
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

# The process prints its own peak: a value read by the parent would include the parent's memory at the fork.
RUN = """
from pathlib import Path
from seldkit.cli import main
try:
    main()
finally:
    status = Path("/proc/self/status").read_text()
    print(next(line for line in status.splitlines() if line.startswith("VmHWM")))
"""


def moving_images(count: int) -> Iterator[np.ndarray]:
    """Yields a noisy, moving panorama, which is as expensive to decode as a real video."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (45, 320, 3), dtype=np.uint8)
    panorama = small.repeat(8, axis=0).repeat(8, axis=1)
    for number in range(count):
        yield np.roll(panorama, -3 * number, axis=1)[:, :640]


def make_video(path: Path, seconds: int, scale: int = 1) -> None:
    """Writes a video with noise bursts that move between left and right, reduced by a factor `scale`."""
    rate = 48000
    time_s = np.arange(seconds * rate) / rate
    signal = 0.1 * np.random.default_rng(0).normal(size=len(time_s)) * (np.sin(2 * np.pi * time_s / 3) > 0)
    position = np.sin(2 * np.pi * time_s / 7)
    audio = np.stack([signal * (1 + position), signal * (1 - position)]).astype(np.float32)
    frames = (image[::scale, ::scale] for image in moving_images(seconds * 25))
    write_video(path, frames, 25, audio=(audio, rate))


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
            process = subprocess.run(command, check=True, capture_output=True, text=True)
            elapsed = time.perf_counter() - start
            peak = int(process.stdout.split()[-2]) / 1024
            print(
                f"{minutes:3} min: {elapsed:6.1f} s, {60 * minutes / elapsed:5.1f} × real time, "
                f"peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    main()

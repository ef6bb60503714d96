"""Measures the speed of reading audio and video frames, and peak memory by duration.

    python benchmarks/media_speed.py [--minutes 10]

Writes a video of 60 s and one of --minutes (640×360, 30 frames per second, stereo AAC). Separate processes
read the audio and the video frames (10 per second) of each. Prints seconds and peak memory.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.media import AudioReader, iter_frames, write_video

FPS, WIDTH, HEIGHT, RATE = 30, 640, 360, 48000


def main() -> None:
    """Writes the videos and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        part, path = arguments.measure
        _measure(part, Path(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        for seconds in (60, round(60 * arguments.minutes)):
            path = Path(folder) / f"{seconds}.mp4"
            audio = 0.1 * np.random.default_rng(1).standard_normal((2, RATE * seconds), dtype=np.float32)
            write_video(path, _moving_images(seconds), FPS, audio=(audio, RATE), crf=28)
            for part in ("audio", "frames"):
                command = [sys.executable, __file__, "--measure", part, str(path)]
                print(
                    f"{seconds} s, {part}: {subprocess.check_output(command, text=True).strip()}", flush=True
                )


def _moving_images(seconds: int) -> Iterator[Any]:
    """Yields a noisy, moving background, so that the decoder has motion to decode."""
    wide = np.random.default_rng(2).integers(0, 256, (HEIGHT // 8, WIDTH // 4, 3), dtype=np.uint8)
    wide = wide.repeat(8, axis=0).repeat(8, axis=1)
    for number in range(seconds * FPS):
        start = 2 * number % WIDTH
        yield wide[:, start : start + WIDTH]


def _measure(part: str, path: Path) -> None:
    start = time.perf_counter()
    if part == "audio":
        with AudioReader(path) as reader:
            count = sum(block.shape[1] for block in reader)
    else:
        count = sum(1 for _ in iter_frames(path))
    elapsed = time.perf_counter() - start
    # Linux: the peak of this process alone; getrusage includes the process that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(f"{elapsed:.2f} s for {count}, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()

"""How fast sound and pictures are read, and whether memory grows with the length.

    python benchmarks/media_speed.py [--minutes 10]

Makes a video of 60 s and one of --minutes (640×360, 30 pictures a second, stereo AAC), reads each in a
process of its own (sound alone, then pictures at 10 a second) and prints seconds and peak memory.
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
    """Make the videos, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        what, path = arguments.measure
        _measure(what, Path(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        for seconds in (60, round(60 * arguments.minutes)):
            path = Path(folder) / f"{seconds}.mp4"
            sound = 0.1 * np.random.default_rng(1).standard_normal((2, RATE * seconds), dtype=np.float32)
            write_video(path, _pictures(seconds), FPS, audio=(sound, RATE), crf=28)
            for what in ("sound", "pictures"):
                command = [sys.executable, __file__, "--measure", what, str(path)]
                print(
                    f"{seconds} s, {what}: {subprocess.check_output(command, text=True).strip()}", flush=True
                )


def _pictures(seconds: int) -> Iterator[Any]:
    """A noisy background that drifts, so that the decoder has motion to follow."""
    wide = np.random.default_rng(2).integers(0, 256, (HEIGHT // 8, WIDTH // 4, 3), dtype=np.uint8)
    wide = wide.repeat(8, axis=0).repeat(8, axis=1)
    for number in range(seconds * FPS):
        start = 2 * number % WIDTH
        yield wide[:, start : start + WIDTH]


def _measure(what: str, path: Path) -> None:
    start = time.perf_counter()
    if what == "sound":
        with AudioReader(path) as reader:
            count = sum(block.shape[1] for block in reader)
    else:
        count = sum(1 for _ in iter_frames(path))
    elapsed = time.perf_counter() - start
    # Of this program alone (Linux): what getrusage tells includes the process that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(f"{elapsed:.2f} s for {count}, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()

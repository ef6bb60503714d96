"""Measures the speed and peak memory of `seldkit stereo` for short and long recordings.

    python benchmarks/stereo_speed.py [--clips 24] [--workers 1]

Writes source recordings with noise and 1920 × 960 video to a temporary folder, converts clips with and
without video, and prints seconds of clips per second of CPU time, including imports. Memory is that of the
largest process.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = Fraction(30000, 1001)
NAME = "dev-train-tau/fold3_room4_mix001"
CONVERT = "from seldkit.cli import main; main()"


def make_source(root: Path, seconds: int, video: bool) -> None:
    """Writes one recording in the layout of STARSS23."""
    rng = np.random.default_rng(0)
    for folder in ("foa_dev", "metadata_dev", "video_dev"):
        (root / folder / NAME).parent.mkdir(parents=True)
    with wave.open(str(root / f"foa_dev/{NAME}.wav"), "wb") as file:
        file.setparams((4, 2, 24000, 0, "NONE", "not compressed"))
        for _ in range(seconds):
            file.writeframes((600 * rng.standard_normal((24000, 4))).astype("<i2").tobytes())
    rows = "".join(f"{frame},4,0,{frame % 360 - 180},5,150\n" for frame in range(seconds * 10))
    (root / f"metadata_dev/{NAME}.csv").write_text(rows)
    if video:
        write_panorama(root / f"video_dev/{NAME}.mp4", seconds)


def write_panorama(path: Path, seconds: int) -> None:
    """Writes a video of a moving panorama of coarse noise."""
    rng = np.random.default_rng(1)
    panorama = np.kron(rng.integers(0, 255, (30, 60, 3), np.uint8), np.ones((32, 32, 1), np.uint8))
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 1920, 960, "yuv420p"
        for number in range(round(seconds * RATE)):
            frame = av.VideoFrame.from_ndarray(np.roll(panorama, 4 * number, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, 1 / RATE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def convert(source: Path, output: Path, clips: int, workers: int, *options: str) -> tuple[float, float]:
    """Returns the CPU seconds of all processes and the peak memory of any process so far in MB."""
    command = [sys.executable, "-c", CONVERT, "stereo", source, "--output", output, "--clips", clips]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*map(str, command), "--workers", str(workers), *options], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 1024


def main() -> None:
    """Writes the sources and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for seconds, video in ((60, False), (3600, False), (60, True)):
            source = root / f"{seconds}-{video}"
            make_source(source, seconds, video)
            options = () if video else ("--no-video",)
            cpu_seconds, memory = convert(
                source, root / f"out-{source.name}", arguments.clips, arguments.workers, *options
            )
            content = "audio and video" if video else "audio"
            print(
                f"{content} of {seconds} s: {arguments.clips} clips of 5 s in {cpu_seconds:.1f} s (CPU), "
                f"{arguments.clips * 5 / cpu_seconds:.1f} × real time, peak memory {memory:.0f} MB so far"
            )


if __name__ == "__main__":
    main()

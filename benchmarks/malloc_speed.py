"""Measures the speedup of detection with `keep_memory`: python benchmarks/malloc_speed.py

The default model processes a synthetic video of 30 s, alternately in a process with `keep_memory` and in one
without. Each process detects twice; the minimum time of the second pass counts.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from detect_speed import make_video

TURNS = 4
PROGRAM = """
import sys, time
import seldkit
from seldkit.malloc import keep_memory
if sys.argv[2] == "kept":
    keep_memory()
detector = seldkit.load()
detector.detect(sys.argv[1])
start = time.perf_counter()
detector.detect(sys.argv[1])
print(time.perf_counter() - start)
"""


def main() -> None:
    """Runs both variants alternately and prints the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "synthetic.mp4"
        make_video(video, 30, scale=2)
        fastest = {"kept": float("inf"), "returned": float("inf")}
        for variant in [*fastest] * TURNS:
            command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(video), variant]
            result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            seconds = float(result.stdout)
            fastest[variant] = min(fastest[variant], seconds)
            print(f"{variant}: {seconds:.2f} s", flush=True)
    print(f"kept: {fastest['returned'] / fastest['kept']:.2f} times as fast")


if __name__ == "__main__":
    main()

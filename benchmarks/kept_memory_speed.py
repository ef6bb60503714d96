"""What keeping freed memory brings detection: python benchmarks/kept_memory_speed.py

The default model hears and sees a made-up video of 30 s, in a process of its own with `keep_memory` and in
one without, by turns; of each the least time of a second hearing counts.
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
begin = time.perf_counter()
detector.detect(sys.argv[1])
print(time.perf_counter() - begin)
"""


def main() -> None:
    """Take turns and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "made.mp4"
        make_video(video, 30, scale=2)
        least = {"kept": float("inf"), "given back": float("inf")}
        for how in [*least] * TURNS:
            command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(video), how]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            least[how] = min(least[how], float(said))
            print(f"{how}: {float(said):.2f} s", flush=True)
    print(f"kept: {least['given back'] / least['kept']:.2f} times as fast")


if __name__ == "__main__":
    main()

"""How long after its end an event is told: `python benchmarks/listen_delay.py`.

Feeds the demo's sound at its own pace, 20 ms at a time, into `seldkit listen -`, once for each delay asked
for, and prints how long after the end of each event its line came: as the line says it, and as measured out
here, from the writing of that sound to the reading of the line. The difference is the pipes' and the
processes'. "Computing" is the share of the sound's length that was spent on it.
"""

import argparse
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np

from seldkit.media import read_audio

DEMO = Path(__file__).parent.parent / "examples" / "demo.mp4"
RATE = 48000
BLOCK = RATE // 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--delay", type=float, nargs="+", default=[5.0, 2.0, 1.0, 0.5])
    parser.add_argument("--times", type=int, default=2, help="how often the demo is played on end")
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    sound, _ = read_audio(DEMO, sample_rate=RATE)
    samples = np.tile(np.rint(sound.clip(-1, 1).T * 32767).astype("<i2"), (options.times, 1))
    print(f"{len(samples) / RATE:.0f} s; delays in s, median (maximum)")
    print("asked for   events   as told        as measured    computing")
    for delay in options.delay:
        told, measured, computing = listen(samples, ["--model", options.model, "--delay", str(delay)])
        share = computing / (len(samples) / RATE)
        print(f"{delay:9.1f}   {len(told):6}   {shown(told)}   {shown(measured)}   {share:8.0%}")


def listen(samples: np.ndarray, arguments: list[str]) -> tuple[list[float], list[float], float]:
    """The delays of the events' lines, as they say and as measured, and the seconds of computing."""
    command = [sys.executable, "-c", "from seldkit.cli import main; main()", "listen", "-", *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        said = next(line for line in process.stderr if not line.startswith(b"note: ")).decode()
        assert said.startswith("listening to"), said
        begun = time.monotonic()
        feeding = threading.Thread(target=feed, args=(process.stdin, samples, begun))
        feeding.start()
        told, measured = [], []
        for line in process.stdout:
            event = json.loads(line)
            told.append(event["delay"])
            measured.append(time.monotonic() - begun - event["offset"])
        feeding.join()
        summary = process.stderr.read().decode()
    assert process.returncode == 0, summary
    computing = re.search(r"computing took ([\d.]+) s", summary)
    assert computing is not None, summary
    return told, measured, float(computing[1])


def feed(pipe, samples: np.ndarray, begun: float) -> None:  # type: ignore[no-untyped-def]
    """Write each block when its last sample would have been recorded."""
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK]
        time.sleep(max(0.0, begun + (start + len(block)) / RATE - time.monotonic()))
        pipe.write(block.tobytes())
        pipe.flush()
    pipe.close()


def shown(delays: list[float]) -> str:
    return f"{median(delays):5.2f} ({max(delays):5.2f})" if delays else "    – (    –)"


if __name__ == "__main__":
    main()

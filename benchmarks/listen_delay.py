"""Measures the delay of reported events: `python benchmarks/listen_delay.py`.

Writes the demo's audio in real time, in blocks of 20 ms, to `seldkit listen -`, once per value of `--delay`.
Prints the delay between the end of each event and its line: as reported in the line, and as measured here
from writing the audio to reading the line. The difference is due to pipes and processes. "Computing" is the
processing time relative to the duration of the audio.
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
    parser.add_argument("--times", type=int, default=2, help="number of repetitions of the demo")
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    audio, _ = read_audio(DEMO, sample_rate=RATE)
    samples = np.tile(np.rint(audio.clip(-1, 1).T * 32767).astype("<i2"), (options.times, 1))
    print(f"{len(samples) / RATE:.0f} s; delays in s, median (maximum)")
    print("  --delay   events   reported       measured       computing")
    for delay in options.delay:
        reported, measured, computing = listen(samples, ["--model", options.model, "--delay", str(delay)])
        share = computing / (len(samples) / RATE)
        print(
            f"{delay:9.1f}   {len(reported):6}   {format_delays(reported)}   {format_delays(measured)}   "
            f"{share:8.0%}"
        )


def listen(samples: np.ndarray, arguments: list[str]) -> tuple[list[float], list[float], float]:
    """Returns the reported and the measured delays of the events, and the processing time, in seconds."""
    command = [sys.executable, "-c", "from seldkit.cli import main; main()", "listen", "-", *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        message = next(line for line in process.stderr if not line.startswith(b"note: ")).decode()
        assert message.startswith("listening to"), message
        start_time = time.monotonic()
        feeding = threading.Thread(target=feed, args=(process.stdin, samples, start_time))
        feeding.start()
        reported, measured = [], []
        for line in process.stdout:
            event = json.loads(line)
            reported.append(event["delay"])
            measured.append(time.monotonic() - start_time - event["offset"])
        feeding.join()
        summary = process.stderr.read().decode()
    assert process.returncode == 0, summary
    computing = re.search(r"computing took ([\d.]+) s", summary)
    assert computing is not None, summary
    return reported, measured, float(computing[1])


def feed(pipe, samples: np.ndarray, start_time: float) -> None:  # type: ignore[no-untyped-def]
    """Writes each block when its last sample would have been recorded."""
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK]
        time.sleep(max(0.0, start_time + (start + len(block)) / RATE - time.monotonic()))
        pipe.write(block.tobytes())
        pipe.flush()
    pipe.close()


def format_delays(delays: list[float]) -> str:
    return f"{median(delays):5.2f} ({max(delays):5.2f})" if delays else "    – (    –)"


if __name__ == "__main__":
    main()

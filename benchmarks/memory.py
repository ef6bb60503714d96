"""Measures peak memory by duration: `python benchmarks/memory.py [--model default …] [--minutes 5 15 30 60]`.

Repeats a short video (a synthetic one of 320×180 pixels, or --video FILE) by copying its packets up to the
longest requested duration. Each model detects events in it in a separate process, which prints its peak
memory after the requested numbers of minutes. `--tiny RECIPE` uses the model of a recipe with random
weights.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import av
from detect_speed import make_video


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", nargs="*", default=["default"])
    parser.add_argument("--tiny", nargs="*", default=[], metavar="RECIPE")
    parser.add_argument("--minutes", type=int, nargs="+", default=[5, 15, 30, 60])
    parser.add_argument("--video", type=Path)
    parser.add_argument("--detect", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    minutes = sorted(options.minutes)
    if options.detect is not None:
        model, video = options.detect
        detect(model, video, minutes)
        return
    with tempfile.TemporaryDirectory() as folder:
        short = options.video or Path(folder) / "short.mp4"
        if options.video is None:
            make_video(short, 60, scale=2)
        video = repeated(short, Path(folder) / "long.mp4", 60.0 * minutes[-1])
        models = [*options.model, *(random_model(name, Path(folder)) for name in options.tiny)]
        for model in models:
            command = [sys.executable, "-W", "ignore", __file__, "--detect", str(model), str(video)]
            subprocess.run([*command, "--minutes", *map(str, minutes)], check=True)


def detect(model: str, video: str, minutes: Sequence[int]) -> None:
    """Runs in a child process and prints its peak memory as detection progresses."""
    import torch

    from seldkit.detection import load
    from seldkit.malloc import keep_memory

    keep_memory()  # as the command does
    torch.set_num_threads(1)
    detector = load(model)
    start, remaining = time.process_time(), list(minutes)
    print(f"{detector.model.config.name}: {peak():.0f} MB after loading", flush=True)

    def progress(seconds: float) -> None:
        while remaining and seconds >= 60.0 * remaining[0] - 1.0:
            elapsed = time.process_time() - start
            print(f"{remaining.pop(0):4} min: peak {peak():.0f} MB, CPU time {elapsed:.0f} s", flush=True)

    scene = detector.detect(video, progress=progress)
    print(
        f" end: peak {peak():.0f} MB, {len(scene.annotations)} rows, {len(scene.events)} events", flush=True
    )


def peak() -> float:
    """Returns the peak resident size of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def repeated(source: Path, path: Path, seconds: float) -> Path:
    """Writes a video that repeats the packets of the source up to a duration in seconds."""
    with av.open(str(path), "w") as output:
        with av.open(str(source)) as first:
            length = float((first.duration or 0) / av.time_base)
            kept = [stream for stream in first.streams if stream.type in ("audio", "video")]
            targets = {stream.index: output.add_stream_from_template(stream) for stream in kept}
        last = dict.fromkeys(targets, float("-inf"))
        for number in range(-(-round(seconds) // max(1, int(length)))):
            with av.open(str(source)) as again:
                for packet in again.demux(*(again.streams[index] for index in targets)):
                    index = packet.stream.index
                    if packet.dts is None or packet.pts is None:
                        continue
                    shift = round(number * length / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    if packet.dts <= last[index]:
                        continue  # priming packets of the codec overlap with the previous repetition
                    last[index] = packet.dts
                    packet.stream = targets[index]
                    output.mux(packet)
    return path


def random_model(recipe: str, folder: Path) -> Path:
    """Saves the untrained model of a recipe."""
    from seldkit.models import SeldModel
    from seldkit.training import read_recipe

    model = SeldModel(read_recipe(recipe).model)
    return model.save(folder / recipe, f"# {recipe}, random weights\n")


if __name__ == "__main__":
    main()

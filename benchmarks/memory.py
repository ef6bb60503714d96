"""Whether memory stays constant: `python benchmarks/memory.py [--model default …] [--minutes 5 15 30 60]`.

Repeats a short video (a made-up one of 320×180, or --video FILE) by copying its packets until it is as long
as the longest time asked for, lets each model hear (and see) it in a process of its own, and prints the
process's peak memory when it has heard so many minutes. `--tiny RECIPE` takes a recipe's model with random
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
    parser.add_argument("--hear", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    minutes = sorted(options.minutes)
    if options.hear is not None:
        model, video = options.hear
        hear(model, video, minutes)
        return
    with tempfile.TemporaryDirectory() as folder:
        short = options.video or Path(folder) / "short.mp4"
        if options.video is None:
            make_video(short, 60, scale=2)
        video = repeated(short, Path(folder) / "long.mp4", 60.0 * minutes[-1])
        models = [*options.model, *(random_model(name, Path(folder)) for name in options.tiny)]
        for model in models:
            command = [sys.executable, "-W", "ignore", __file__, "--hear", str(model), str(video)]
            subprocess.run([*command, "--minutes", *map(str, minutes)], check=True)


def hear(model: str, video: str, minutes: Sequence[int]) -> None:
    """The child: says its peak memory as it goes on."""
    import torch

    from seldkit.detection import load
    from seldkit.malloc import keep_memory

    keep_memory()  # as the command does
    torch.set_num_threads(1)
    detector = load(model)
    begun, left = time.process_time(), list(minutes)
    print(f"{detector.model.config.name}: {peak():.0f} MB when it is loaded", flush=True)

    def progress(seconds: float) -> None:
        while left and seconds >= 60.0 * left[0] - 1.0:
            took = time.process_time() - begun
            print(f"{left.pop(0):4} min: peak {peak():.0f} MB, {took:.0f} s of processor", flush=True)

    scene = detector.detect(video, progress=progress)
    print(
        f" end: peak {peak():.0f} MB, {len(scene.annotations)} rows, {len(scene.events)} events", flush=True
    )


def peak() -> float:
    """The largest resident size of this process so far, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def repeated(source: Path, path: Path, seconds: float) -> Path:
    """A video again and again, its packets copied, until it is so long."""
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
                        continue  # what a codec puts before its beginning lies in the one before
                    last[index] = packet.dts
                    packet.stream = targets[index]
                    output.mux(packet)
    return path


def random_model(recipe: str, folder: Path) -> Path:
    """A recipe's model as it is before training."""
    from seldkit.models import SeldModel
    from seldkit.training import read_recipe

    model = SeldModel(read_recipe(recipe).model)
    return model.save(folder / recipe, f"# {recipe}, random weights\n")


if __name__ == "__main__":
    main()

"""Measures the CPU time of the default model's frozen encoders: python benchmarks/encoders_speed.py

Inputs are ten images for EfficientNet-Lite and ten windows of 5 s for YAMNet. The encoders run on one thread;
the minimum of several runs is printed. With --other, the sources of another checkout, the two checkouts
alternate in separate processes, and their ratio is printed last.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "src"
TURNS, RUNS = 3, 5


def main() -> None:
    """Measures this checkout, or starts one process per checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--other", type=Path, help="folder src of another checkout")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner:
        print(json.dumps(seconds()))
        return
    checkouts = [SOURCES, *([options.other.resolve()] if options.other else [])]
    fastest: dict[Path, dict[str, float]] = {checkout: {} for checkout in checkouts}
    for checkout in checkouts * TURNS:
        command = [sys.executable, __file__, "--inner"]
        result = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(checkout)}, check=True, stdout=subprocess.PIPE
        )
        for name, value in json.loads(result.stdout).items():
            fastest[checkout][name] = min(value, fastest[checkout].get(name, value))
    for name, value in fastest[SOURCES].items():
        others = [f"{checkout}: {fastest[checkout][name]:.3f} s" for checkout in checkouts[1:]]
        ratio = [f"{fastest[checkout][name] / value:.2f} times as fast" for checkout in checkouts[1:]]
        print(", ".join([f"{name}: {value:.3f} s", *others, *ratio]))


def seconds() -> dict[str, float]:
    """Returns the CPU seconds of each encoder with the weights in the default model."""
    import numpy as np
    import torch

    from seldkit.embeddings import EfficientNetLiteSettings, YamnetSettings

    torch.set_num_threads(1)
    folder = SOURCES / "seldkit" / "models" / "default"
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (10, 192, 320, 3), dtype=np.uint8)
    audio = (0.1 * rng.standard_normal((10, 2, 120_000))).astype(np.float32)
    image_encoder = EfficientNetLiteSettings(
        weights=str(folder / "efficientnet-lite0.safetensors"), size=(320, 192), stage=5, columns=20
    ).load()
    audio_encoder = YamnetSettings(weights=str(folder / "yamnet.safetensors"), channel="left").load()
    return {
        "EfficientNet-Lite0": minimum_cpu_seconds(lambda: image_encoder.encode(images)),
        "YAMNet": minimum_cpu_seconds(lambda: audio_encoder.encode(audio, 24_000)),
    }


def minimum_cpu_seconds(run: Callable[[], object]) -> float:
    """Returns the minimum CPU time of several runs, after a warm-up run."""
    import torch

    times = []
    with torch.inference_mode():
        for _ in range(RUNS + 1):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    return min(times[1:])


if __name__ == "__main__":
    main()

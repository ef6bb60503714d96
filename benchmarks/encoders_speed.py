"""CPU seconds of the default model's frozen encoders: python benchmarks/encoders_speed.py

Ten pictures for EfficientNet-Lite, ten windows of 5 s for YAMNet, one thread, the least of several tries.
With --other, the sources of another checkout, both take turns in processes of their own; their ratio is
printed last.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parents[1] / "src"
TURNS, TRIES = 3, 5


def main() -> None:
    """Measure here, or let each checkout measure itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--other", type=Path, help="the folder src of another checkout")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner:
        print(json.dumps(seconds()))
        return
    places = [HERE, *([options.other.resolve()] if options.other else [])]
    least: dict[Path, dict[str, float]] = {place: {} for place in places}
    for place in places * TURNS:
        command = [sys.executable, __file__, "--inner"]
        said = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(place)}, check=True, stdout=subprocess.PIPE
        )
        for name, value in json.loads(said.stdout).items():
            least[place][name] = min(value, least[place].get(name, value))
    for name, value in least[HERE].items():
        others = [f"{place}: {least[place][name]:.3f} s" for place in places[1:]]
        ratio = [f"{least[place][name] / value:.2f} times as fast" for place in places[1:]]
        print(", ".join([f"{name}: {value:.3f} s", *others, *ratio]))


def seconds() -> dict[str, float]:
    """CPU seconds of each encoder with the weights that the default model carries."""
    import numpy as np
    import torch

    from seldkit.embeddings import EfficientNetLiteSettings, YamnetSettings

    torch.set_num_threads(1)
    folder = HERE / "seldkit" / "models" / "default"
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (10, 192, 320, 3), dtype=np.uint8)
    sound = (0.1 * rng.standard_normal((10, 2, 120_000))).astype(np.float32)
    sees = EfficientNetLiteSettings(
        weights=str(folder / "efficientnet-lite0.safetensors"), size=(320, 192), stage=5, columns=20
    ).load()
    hears = YamnetSettings(weights=str(folder / "yamnet.safetensors"), channel="left").load()
    return {
        "EfficientNet-Lite0": least_of(lambda: sees.encode(pictures)),
        "YAMNet": least_of(lambda: hears.encode(sound, 24_000)),
    }


def least_of(run: Callable[[], object]) -> float:
    """The least CPU time of several tries, after one that is not counted."""
    import torch

    found = []
    with torch.inference_mode():
        for _ in range(TRIES + 1):
            begin = time.process_time()
            run()
            found.append(time.process_time() - begin)
    return min(found[1:])


if __name__ == "__main__":
    main()

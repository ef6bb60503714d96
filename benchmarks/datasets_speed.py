"""Measures the speed of validating, preparing and reading datasets.

    python benchmarks/datasets_speed.py [--clips 300] [--workers 2]

Writes a DCASE 2025 dataset of five-second noise clips to a temporary folder. Prints seconds and clips per
second of `inspect` and of `prepare` with the features of the recipe berghi2025-audio, and random reads per
second.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from seldkit.datasets import open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.datasets.store import FeatureStore
from seldkit.datasets.validation import validate_dataset
from seldkit.media import write_audio
from seldkit.training import read_recipe

RATE, SECONDS = 24000, 5
Result = TypeVar("Result")


def main() -> None:
    """Writes the dataset and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    config = read_recipe("berghi2025-audio").model
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_dataset(folder / "set", arguments.clips)
        index = open_dataset(folder / "set")
        for workers in sorted({1, arguments.workers}):
            timed(
                f"inspect, {workers} workers", len(index), partial(validate_dataset, index, workers=workers)
            )
            output = folder / f"store{workers}"
            timed(
                f"prepare, {workers} workers",
                len(index),
                partial(prepare, index, config, output, workers=workers),
            )
        timed("prepare again", len(index), lambda: prepare(index, config, folder / "store1"))
        store = FeatureStore(folder / "store1", config)
        order = np.random.default_rng(0).integers(len(store), size=5000).tolist()
        timed("random reads", len(order), lambda: sum(store[number].frames for number in order))


def write_dataset(root: Path, clips: int) -> None:
    """Writes noise clips with one labelled source each."""
    rng = np.random.default_rng(0)
    rows = "".join(f"{frame},{{0}},0,30,150,1\n" for frame in range(10 * SECONDS))
    for number in range(clips):
        name = f"dev-train-tau/fold3_room4_mix{number:03}_deg000_start0000"
        audio, metadata = root / f"stereo_dev/{name}.wav", root / f"metadata_dev/{name}.csv"
        for path in (audio, metadata):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(audio, 0.05 * rng.standard_normal((2, RATE * SECONDS)).astype(np.float32), RATE)
        metadata.write_text("frame,class,source,azimuth,distance,onscreen\n" + rows.format(number % 13))


def timed(name: str, count: int, work: Callable[[], Result]) -> Result:
    """Runs a function and prints its duration."""
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{name:24} {seconds:7.2f} s  {count / seconds:10,.0f} per second", flush=True)
    return result


if __name__ == "__main__":
    main()

"""Measures the speed of scoring folders, optionally compared with the official evaluator.

    python benchmarks/evaluate_speed.py [--official PATH] [--clips 2000] [--jackknife-clips 10000]

PATH is a checkout of the DCASE 2025 Task 3 baseline (its metrics.py and utils.py are imported; packages that
these import but do not need for scoring may be missing). Each figure is from one run and includes reading;
both sides exclude imports.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np

from seldkit.metrics import evaluate_folders

HEADER = "frame,class,source,azimuth,distance,onscreen\n"
NOT_NEEDED = (
    "torch", "torch.utils.tensorboard", "torchvision", "torchvision.models", "librosa", "librosa.feature",
    "cv2", "PIL", "IPython", "tqdm",
)  # fmt: skip


def main() -> None:
    """Writes the clips and prints the measurements."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _make_clips(root / "many", arguments.jackknife_clips)
        print(f"{arguments.jackknife_clips} clips, both readings, with jackknife: ", end="", flush=True)
        print(f"{_seconds(lambda: _seldkit_score(root / 'many', jackknife=True))[0]:.2f} s")
        _make_clips(root / "some", arguments.clips)
        seldkit_seconds, seldkit_score = _seconds(lambda: _seldkit_score(root / "some", jackknife=False))
        print(f"{arguments.clips} clips, both readings: {seldkit_seconds:.2f} s")
        if arguments.official:
            seconds, official_score = _seconds(_official(arguments.official, root / "some"))
            print(
                f"{arguments.clips} clips, official evaluator: {seconds:.2f} s "
                f"({seconds / seldkit_seconds:.1f} x)"
            )
            print(
                f"F: {seldkit_score!r} and {official_score!r}, "
                f"difference {abs(seldkit_score - official_score):.1e}"
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--official", type=Path)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--jackknife-clips", type=int, default=10_000)
    return parser.parse_args()


def _seconds(work: Callable[[], float]) -> tuple[float, float]:
    start = time.perf_counter()
    score = work()
    return time.perf_counter() - start, score


def _seldkit_score(folder: Path, jackknife: bool) -> float:
    scores = evaluate_folders(folder / "reference", folder / "predictions", "dcase2025", jackknife=jackknife)
    return scores.official["f_score"]


def _official(checkout: Path, folder: Path) -> Callable[[], float]:
    """Imports the evaluator and returns a function that runs it, so that the time excludes imports."""
    sys.path.insert(0, str(checkout))
    for name in NOT_NEEDED:
        try:
            import_module(name)
        except ImportError:
            sys.modules[name] = MagicMock()
    params: dict[str, Any] = import_module("parameters").params
    evaluator = import_module("metrics").ComputeSELDResults
    reference, predictions = str(folder / "reference"), str(folder / "predictions")
    return lambda: float(evaluator(params, reference).get_SELD_Results(predictions)[0])


def _make_clips(folder: Path, clips: int) -> None:
    """Writes five-second clips with 1.6 active sources on average, as in STARSS23, and predictions."""
    random = np.random.default_rng(20250305)
    for kind in ("reference/dev-test", "predictions"):
        (folder / kind).mkdir(parents=True)
    for index in range(clips):
        rows = np.concatenate(
            [_event(random, source) for source in range(1, 1 + random.poisson(3.2))] or [_NO_ROWS]
        )
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        predictions = rows[random.random(len(rows)) < 0.8]
        predictions[:, 2] = 0
        predictions[:, 3] = np.clip(predictions[:, 3] + random.normal(0, 15, len(predictions)), -90, 90)
        predictions[:, 4] = predictions[:, 4] * random.uniform(0.5, 2.2, len(predictions))
        for kind, table in (("reference/dev-test", rows), ("predictions", predictions)):
            lines = "".join(",".join(map(str, row)) + "\n" for row in table.tolist())
            (folder / kind / f"fold4_room1_mix{index:05d}.csv").write_text(HEADER + lines)


_NO_ROWS = np.empty((0, 6), np.int64)


def _event(random: np.random.Generator, source: int) -> np.ndarray[Any, Any]:
    start, length = int(random.integers(0, 45)), int(random.integers(5, 45))
    frames = np.arange(start, min(50, start + length))
    values = [random.integers(0, 13), source, random.integers(-90, 91), random.integers(50, 600)]
    fixed = np.array([*values, random.integers(0, 2)])
    return np.column_stack([frames, np.tile(fixed, (len(frames), 1))])


if __name__ == "__main__":
    main()

"""Measures the speed of rendering and encoding the images of scenes, on one core.

    python benchmarks/images_speed.py [--images DIR] [--scenes 12] [--seconds 5]

Renders scenes with three sources, of which one moves. Prints multiples of real time (CPU time) without and
with H.264 encoding, for the camera of DCASE 2025 and for the 360° frame.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from seldkit.geometry import unit_vector
from seldkit.media import write_video
from seldkit.synthesis.scene_images import (
    EquirectangularView,
    ImageLibrary,
    ImagePlan,
    PerspectiveView,
    SourceTrajectory,
    View,
    draw_image_plan,
    load_images,
    render_frames,
)

RATE = 30.0


def main() -> None:
    """Renders and encodes the scenes and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    library = load_images(arguments.images)
    rng = np.random.default_rng(0)
    total = arguments.scenes * arguments.seconds
    plans: list[ImagePlan] = []
    elapsed = _seconds(lambda: plans.extend(_plans(rng, library, arguments.scenes, arguments.seconds)))
    print(f"plans: {total / elapsed:.0f} × real time")
    for name, view in (("640 × 360", PerspectiveView()), ("360°, 1920 × 960", EquirectangularView())):
        _measure(name, view, plans, library, total)


def _measure(name: str, view: View, plans: list[ImagePlan], library: ImageLibrary, total: float) -> None:
    frames = (frame for plan in plans for frame in render_frames(plan, library, view, RATE))
    rendering = _seconds(lambda: _exhaust(frames))
    print(f"{name}, rendering only: {total / rendering:.1f} × real time")
    with tempfile.TemporaryDirectory() as folder:
        for preset in ("superfast", "veryfast", "fast", "medium"):
            paths = [Path(folder) / f"{preset}{number}.mp4" for number in range(len(plans))]

            def write_videos(paths: list[Path] = paths, preset: str = preset) -> None:
                for path, plan in zip(paths, plans, strict=True):
                    frames = render_frames(plan, library, view, RATE)
                    write_video(path, frames, RATE, preset=preset, threads=1)

            elapsed = _seconds(write_videos)
            size = sum(path.stat().st_size for path in paths) / total / 1024
            print(
                f"{name}, with {preset} H.264: {total / elapsed:.1f} × real time, {size:.0f} KiB per second"
            )


def _plans(
    rng: np.random.Generator, library: ImageLibrary, scenes: int, seconds: float
) -> Iterator[ImagePlan]:
    for _ in range(scenes):
        sources = [_source(rng, seconds, moving=bool(number % 2)) for number in range(3)]
        yield draw_image_plan(rng, sources, library, seconds)


def _source(rng: np.random.Generator, seconds: float, moving: bool) -> SourceTrajectory:
    start = rng.uniform(1.0, 4.0) * unit_vector(rng.uniform(-180.0, 180.0), rng.uniform(-15.0, 10.0))
    points = [start, start + np.array([*rng.normal(0.0, 1.0, 2), 0.0])] if moving else [start]
    path = tuple((float(x), float(y), float(z)) for x, y, z in points)
    return SourceTrajectory(int(rng.integers(13)), 0.0, seconds, path)


def _exhaust(frames: Iterator[object]) -> None:
    for _ in frames:
        pass


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()

"""Measures the speed of rendering annotated videos and of its stages.

    python benchmarks/render_speed.py [--seconds 60] [--size 640x360] [--events 4]

Writes a noisy video (25 frames per second, stereo AAC) with the given number of simultaneous events, most of
them moving. Prints multiples of real time (wall-clock time and CPU time) of decoding, drawing, encoding and
the complete rendering. `render_sync.py` measures memory and timestamps over an hour.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.classes import STARSS23
from seldkit.media import iter_frames, write_video
from seldkit.render import render_video
from seldkit.render.overlay import Overlay
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas

FPS, RATE, EVENT_SECONDS = 25, 48000, 4.0


def main() -> None:
    """Writes the video and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--events", type=int, default=4)
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        _speeds(Path(folder), arguments.seconds, width, height, _events(arguments.seconds, arguments.events))


def _speeds(folder: Path, seconds: int, width: int, height: int, events: list[Event]) -> None:
    source = _video(folder / "source.mp4", seconds, width, height)
    overlay = Overlay(events, (width, height), ViewProjection(100.0, True, width / height), Paint())
    canvas = YuvCanvas.blank(overlay.width, overlay.height)

    def draw() -> None:
        for number in range(seconds * FPS):
            overlay.draw(canvas, number / FPS)

    works: dict[str, Callable[[], object]] = {
        "decoding to RGB": lambda: [None for _ in iter_frames(source, rate=FPS)],
        "drawing": draw,
        "encoding": lambda: write_video(
            folder / "x.mp4", _moving_images(seconds, width, height), FPS, crf=20, preset="veryfast"
        ),
        "rendering": lambda: render_video(events, source, folder / "out.mp4"),
    }
    for name, work in works.items():
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{name}: {seconds / wall:.1f} × real time; CPU time {seconds / cpu:.1f} ×", flush=True)


def _events(seconds: int, simultaneous: int) -> list[Event]:
    rng = np.random.default_rng(0)
    return [
        _event(rng, start + number, min(start + number + EVENT_SECONDS, seconds))
        for number in range(simultaneous)
        for start in np.arange(0.0, seconds - number, EVENT_SECONDS)
    ]


def _event(rng: np.random.Generator, onset: float, offset: float) -> Event:
    frame = np.arange(round(10 * onset), max(round(10 * onset) + 1, round(10 * offset)))
    count, class_id = len(frame), int(rng.integers(13))
    first, last = rng.uniform(-80.0, 80.0, 2)
    azimuth = np.linspace(first, last, count)
    near, far = rng.uniform(0.5, 8.0, 2)
    rows = Annotations(
        frame=frame,
        class_id=np.full(count, class_id),
        source=np.zeros(count, int),
        azimuth=azimuth,
        distance=np.linspace(near, far, count),
        frame_count=int(frame[-1]) + 1,
    )
    return Event(class_id, STARSS23[class_id], onset, offset, float(azimuth[0]), 1.0, None, None, 0.5, rows)


def _video(path: Path, seconds: int, width: int, height: int) -> Path:
    audio = 0.1 * np.random.default_rng(1).standard_normal((2, RATE * seconds), dtype=np.float32)
    frames = _moving_images(seconds, width, height)
    return write_video(path, frames, FPS, audio=(audio, RATE), crf=28, preset="veryfast")


def _moving_images(seconds: int, width: int, height: int) -> Iterator[Any]:
    """Yields a noisy, moving background."""
    wide = np.random.default_rng(2).integers(0, 256, (height // 4, width // 2, 3), dtype=np.uint8)
    wide = wide.repeat(4, axis=0).repeat(4, axis=1)[:height]
    for number in range(seconds * FPS):
        start = 2 * number % width
        yield wide[:, start : start + width]


if __name__ == "__main__":
    main()

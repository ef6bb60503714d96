"""Measures the speed of scene synthesis on one core, and the time of each stage.

    python benchmarks/synthesis_speed.py [--sounds DIR] [--images DIR] [--scenes 40] [--seconds 5]

First without images: each scene has its own room, with sources as drawn, all static, and all moving. Nothing
but sounds is cached between scenes; with --cold, each scene also reads its sounds from files again (or
generates them, without --sounds). Then with 640×360 images at 30 frames per second, encoded and written with
audio, labels and description. Times are CPU times of this process; set OMP_NUM_THREADS=1.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from seldkit.synthesis import (
    EventPlan,
    Room,
    ScenePlan,
    SoundLibrary,
    dataset_writer,
    draw_plan,
    render_scene,
    scene_rendering,
)
from seldkit.synthesis.dataset_writer import (
    SynthesisSettings,
    draw_description,
    load_libraries,
    synthesized_clip,
    write_clip,
)
from seldkit.synthesis.measured_responses import MeasuredRoom
from seldkit.synthesis.scene_plan import path_from_points

STAGES = (
    (dataset_writer, "draw_plan", "plans"),
    (dataset_writer, "draw_image_plan", "image plans"),
    (scene_rendering, "ambience", "ambience"),
    (scene_rendering, "dry_event", "sources: reading, filters, level"),
    (scene_rendering, "propagate", "rooms"),
    (dataset_writer, "render_scene", "mixing and labels"),
    (dataset_writer, "write_audio", "writing audio"),
    (dataset_writer, "_write_video", "drawing and encoding video"),
    (dataset_writer, "write_annotations", "writing labels"),
    (dataset_writer, "write_description", "writing descriptions"),
)


def main() -> None:
    """Prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sounds", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--cold", action="store_true", help="clear the cache of sounds before each scene")
    arguments = parser.parse_args()
    settings = SynthesisSettings(arguments.sounds, images=arguments.images, seed=1, seconds=arguments.seconds)
    _use_one_thread()
    library, _ = load_libraries(settings)
    for receiver in ("coincident", "foa", "ortf"):
        _measure_audio(library, settings, receiver, arguments.scenes, arguments.cold)
    _measure_clips(settings, arguments.scenes)


def _measure_audio(
    library: SoundLibrary, settings: SynthesisSettings, receiver: str, count: int, cold: bool
) -> None:
    drawn = [draw_plan((1, number), library, settings.seconds, receiver) for number in range(count)]
    kinds = {"as drawn": drawn, "all static": _all(drawn, _static), "all moving": _all(drawn, _moving)}
    for kind, plans in kinds.items():
        render_scene(plans[0], library)  # compiles kernels
        elapsed = 0.0
        for plan in plans:
            if cold:
                library.clear_cache()
            elapsed += _seconds(partial(render_scene, plan, library))
        events = np.mean([len(plan.events) for plan in plans])
        print(
            f"{receiver}, {kind}: {count * settings.seconds / elapsed:.0f} × real time ({events:.1f} sources)"
        )


def _measure_clips(settings: SynthesisSettings, count: int) -> None:
    spent: dict[str, float] = defaultdict(float)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for module, name, stage in STAGES:
            stack.enter_context(patch.object(module, name, _timed(getattr(module, name), stage, spent)))

        def write_all() -> None:
            for number in range(count):
                description = draw_description(settings, number)
                write_clip(description, settings, synthesized_clip(settings, Path(folder), number))

        elapsed = _seconds(write_all)
    spent["mixing and labels"] -= sum(
        spent[stage] for module, _, stage in STAGES if module is scene_rendering
    )
    print(f"with 640×360 images, 30 per second: {count * settings.seconds / elapsed:.1f} × real time")
    for _, _, stage in STAGES:
        share = spent[stage] / elapsed
        print(f"  {stage:35} {1000 * spent[stage] / count:8.1f} ms per scene {100 * share:5.1f} %")


def _timed(work: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return work(*arguments, **named)
        finally:
            spent[stage] += time.process_time() - start

    return timed


def _all(
    plans: Sequence[ScenePlan], change: Callable[[EventPlan, Room | MeasuredRoom], EventPlan]
) -> list[ScenePlan]:
    return [replace(plan, events=tuple(change(event, plan.room) for event in plan.events)) for plan in plans]


def _static(event: EventPlan, room: Room | MeasuredRoom) -> EventPlan:
    return replace(event, path=event.path[:1])


def _moving(event: EventPlan, room: Room | MeasuredRoom) -> EventPlan:
    """Moves the source along an arc of 40° around the receiver."""
    assert isinstance(room, Room)
    azimuth, elevation, distance = (float(value[0]) for value in room.direction(event.points))
    steps = np.linspace(-20.0, 20.0, 3 + int(2 * event.duration))
    radius = min(distance, *(room.distance_to_wall(azimuth + step, elevation) for step in steps))
    return replace(
        event,
        path=path_from_points(np.stack([room.position(azimuth + step, elevation, radius) for step in steps])),
    )


def _use_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()

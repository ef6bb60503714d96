"""Measures the speed and accuracy of room responses and scenes.

    python benchmarks/rooms_speed.py [--sounds DIR]

Compares speed and direct-to-reverberant ratio with pyroomacoustics for the same room and source. Renders
scenes of five seconds without images; only dry sounds are cached between scenes. Estimates the directions of
200 reverberant sources from the rendered audio. Times are CPU times of this process.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyroomacoustics as pra
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from seldkit.synthesis import (
    RECEIVERS,
    SoundLibrary,
    draw_plan,
    draw_room,
    impulse_responses,
    load_sounds,
    propagate,
    render_scene,
)
from seldkit.synthesis.image_source import image_responses
from seldkit.synthesis.procedural.generated_sounds import procedural_library
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, Room
from seldkit.synthesis.scene_rendering import dry_event

SIZE, SOURCE, RECEIVER, WALL = (6.0, 5.0, 3.0), (4.0, 3.0, 1.2), (2.0, 2.5, 1.5), 0.9


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sounds", type=Path, help="folder with one folder of sounds per class; default: procedural sounds"
    )
    options = parser.parse_args()
    library = procedural_library() if options.sounds is None else load_sounds(options.sounds)
    start = time.process_time()
    for sound in library.sounds:
        library.waveform(sound)
    per_sound = (time.process_time() - start) / len(library.sounds)
    print(f"reading a sound: {per_sound * 1e3:.1f} ms, not included in the times of events below")
    _image_sources()
    _ratios()
    for receiver in ("coincident", "foa"):
        _scenes(receiver, library)
    _directions()


def _image_sources() -> None:
    """Compares image sources within 50 ms; in this room, order 9 covers at least 50 ms."""
    seconds = 0.05
    gains = RECEIVERS["foa"].patterns
    arrays = (np.array(SIZE), np.array(SOURCE), np.array(RECEIVER), gains, np.array([WALL, WALL]))
    seldkit = _fastest(
        lambda: image_responses(*arrays, round(seconds * SAMPLE_RATE), SAMPLE_RATE / SPEED_OF_SOUND), 20
    )
    library = _fastest(_pyroomacoustics, 3)
    print(f"50 ms of image sources, FOA: {seldkit * 1e3:.2f} ms, pyroomacoustics {library * 1e3:.0f} ms")
    print(f"  {library / seldkit:.0f} times as fast")


def _pyroomacoustics() -> None:
    box = pra.ShoeBox(SIZE, fs=SAMPLE_RATE, materials=pra.Material(1 - WALL**2), max_order=9)
    patterns = [pra.directivities.Omnidirectional()]
    for azimuth, colatitude in ((90.0, 90.0), (0.0, 0.0), (0.0, 90.0)):
        axis = pra.directivities.DirectionVector(azimuth=azimuth, colatitude=colatitude, degrees=True)
        patterns.append(pra.directivities.FigureEight(axis))
    position = np.tile(np.array(RECEIVER)[:, None], (1, 4))
    box.add_microphone_array(pra.MicrophoneArray(position, SAMPLE_RATE, directivity=patterns))
    box.add_source(SOURCE)
    box.compute_rir()


def _ratios() -> None:
    """Compares direct-to-reverberant ratios (200 to 1200 Hz) with pyroomacoustics at full order."""
    print("metres, direct-to-reverberant ratio in dB: seldkit, pyroomacoustics at full order")
    for distance in (0.5, 1.0, 2.0, 3.5):
        room = Room(SIZE, 0.5, RECEIVER, 20.0, 0)
        point = room.position(10.0, 5.0, distance)
        (seldkit,) = impulse_responses(room, RECEIVERS["foa"], point[None])
        box = pra.ShoeBox(
            SIZE, fs=SAMPLE_RATE, materials=pra.Material(1 - room.reflection[0] ** 2), max_order=60
        )
        box.add_microphone(RECEIVER)
        box.add_source(point)
        box.compute_rir()
        delay = pra.constants.get("frac_delay_length") // 2
        ratios = [_direct_ratio(response, distance) for response in (seldkit[0], box.rir[0][0][delay:])]
        print(f"  {distance:.1f}: {ratios[0]:5.1f} {ratios[1]:5.1f}")


def _direct_ratio(response: NDArray[np.float64], distance: float) -> float:
    """Energy up to 2 ms after the direct sound relative to the energy after that, in dB."""
    band_pass = butter(4, [200.0, 1200.0], "band", fs=SAMPLE_RATE, output="sos")
    end = round(distance / SPEED_OF_SOUND * SAMPLE_RATE) + 48
    direct, rest = response.copy(), response.copy()
    direct[end:] = 0.0
    rest[:end] = 0.0
    energies = [np.square(sosfilt(band_pass, part)).sum() for part in (direct, rest)]
    return float(10.0 * np.log10(energies[0] / energies[1]))


def _scenes(receiver: str, library: SoundLibrary) -> None:
    """Prints the speed for scenes with static and with moving sources."""
    times: dict[str, list[float]] = {"static": [], "moving": []}
    for seed in range(-1, 300):  # the first scene compiles kernels and does not count
        plan = draw_plan((9, seed + 1), library, receiver=receiver)
        kind = "moving" if any(len(event.path) > 1 for event in plan.events) else "static"
        if plan.events and len(times[kind]) < 60:
            start = time.process_time()
            render_scene(plan, library)
            times[kind] += [time.process_time() - start] if seed >= 0 else []
    for kind, seconds in times.items():
        speed = 5.0 / np.mean(seconds)
        print(f"{receiver}, scenes with {kind} sources: {speed:.0f} × real time ({len(seconds)} scenes)")
    _stages(receiver, library)


def _stages(receiver: str, library: SoundLibrary) -> None:
    """Prints the time of each stage per scene."""
    dry_seconds = room_seconds = 0.0
    plans = [draw_plan((9, seed), library, receiver=receiver) for seed in range(40)]
    for plan in plans:
        for event in plan.events:
            start = time.process_time()
            dry, _ = dry_event(event, library)
            middle = time.process_time()
            propagate(dry[: 5 * SAMPLE_RATE], event.points, plan.room, RECEIVERS[receiver])
            dry_seconds += middle - start
            room_seconds += time.process_time() - middle
    count = len(plans) / 1e3
    print(
        f"  events of a scene: dry sounds {dry_seconds / count:.1f} ms, rooms {room_seconds / count:.1f} ms"
    )


def _directions() -> None:
    rng, errors, noise = (
        np.random.default_rng(5),
        [],
        np.random.default_rng(6).standard_normal(SAMPLE_RATE // 20),
    )
    for _ in range(200):
        room = draw_room(rng)
        azimuth = rng.uniform(-180, 180)
        distance = min(room.distance_to_wall(azimuth, 0.0), rng.uniform(0.5, 4.0))
        (response,) = impulse_responses(room, RECEIVERS["foa"], room.position(azimuth, 0.0, distance)[None])
        wet = np.stack([np.convolve(noise, channel) for channel in response])
        onset = int(distance / SPEED_OF_SOUND * SAMPLE_RATE)
        w, y, _, x = wet[:, onset : onset + len(noise)]
        estimate = np.degrees(np.arctan2((w * y).sum(), (w * x).sum()))
        errors.append(abs((estimate - azimuth + 180) % 360 - 180))
    print(f"200 reverberant bursts of 50 ms: median direction error {np.median(errors):.1f}°")


def _fastest(work: Callable[[], object], times: int) -> float:
    work()
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


if __name__ == "__main__":
    main()

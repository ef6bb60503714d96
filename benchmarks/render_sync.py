"""Whether picture and sound of an annotated video stay together over an hour, and whether memory grows.

    python benchmarks/render_sync.py [--minutes 60] [--fps 25] [--size 160x90]

Makes videos in which every 10 s a flash and a click come together: with AAC, which rendering copies, with
PCM, which it encodes again, and with pictures at a variable rate. Renders each in a process of its own, for
one minute and for so many, decodes what came out, and prints: real time, peak memory, pictures in and out,
the largest difference between their times, and how far clicks are from their flashes, before and after.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.classes import STARSS23
from seldkit.render import render_video

RATE, EVERY, LATE = 48000, 10, 5
"""Samples a second; seconds from flash to flash, and before the first."""
TICK = Fraction(1, 90000)
KINDS = {
    "AAC": (".mp4", "aac", False),
    "PCM": (".mov", "pcm_s16le", False),
    "variable": (".mp4", "aac", True),
}


def main() -> None:
    """Make, render, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--size", default="160x90")
    parser.add_argument("--render", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.render:
        _render(Path(arguments.render[0]), Path(arguments.render[1]), int(arguments.render[2]))
        return
    width, height = (int(side) for side in arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        for kind, (suffix, codec, variable) in KINDS.items():
            for minutes in sorted({1, arguments.minutes}):
                source, output = Path(folder) / f"source{suffix}", Path(folder) / "out.mp4"
                _make(source, 60 * minutes, arguments.fps, (width, height), codec, variable=variable)
                command = [sys.executable, __file__, "--render", str(source), str(output), str(60 * minutes)]
                said = subprocess.check_output(command, text=True).strip()
                print(f"{kind}, {minutes} min: {said}; {_compared(source, output)}", flush=True)


def _render(source: Path, output: Path, seconds: int) -> None:
    wall = time.perf_counter()
    render_video(_events(seconds), source, output)
    wall = time.perf_counter() - wall
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(f"{seconds / wall:.0f} × real time, peak memory {peak:.0f} MB")


def _compared(source: Path, output: Path) -> str:
    (times, flashes), (times_after, flashes_after) = _flashes(source), _flashes(output)
    before, after = _clicks(source) - flashes, _clicks(output) - flashes_after
    apart = 1000 * np.abs(times - times_after).max() if len(times) == len(times_after) else np.nan
    return (
        f"{len(times)} pictures and {len(times_after)}, times at most {apart:.2f} ms apart; {len(after)} "
        f"clicks {1000 * before.min():+.1f} to {1000 * before.max():+.1f} ms after their flashes before, "
        f"{1000 * after.min():+.1f} to {1000 * after.max():+.1f} ms in the annotated video"
    )


def _start(frame: av.VideoFrame | av.AudioFrame) -> float:
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)


def _flashes(path: Path) -> tuple[Any, Any]:
    """When each picture begins, and when those do that are bright after a dark one, in seconds."""
    times, bright = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            rows = np.frombuffer(bytes(frame.planes[0]), np.uint8).reshape(-1, frame.planes[0].line_size)
            times.append(_start(frame))
            bright.append(rows[2:6, 2:6].mean() > 128)  # a corner on which nothing is drawn
    begins = np.flatnonzero(np.diff(np.array([False, *bright]).astype(int)) == 1)
    return np.array(times), np.array(times)[begins]


def _clicks(path: Path) -> Any:
    """When the middles of clicks are heard, in seconds; only their second and the next are looked at."""
    found: list[float] = []
    loudest, place = 0.0, 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            start, wave = _start(frame), np.abs(frame.to_ndarray().astype(np.float64))
            wave = wave.reshape(-1, frame.samples)[0] if frame.format.is_planar else wave.reshape(-1, 2)[:, 0]
            wave = wave / (32768 if frame.format.name.startswith("s16") else 1)
            number = len(found) * EVERY + LATE
            if start > number + 1.0:
                found.append(place)
                loudest = 0.0
            if wave.max() > max(loudest, 0.3):
                loudest, place = float(wave.max()), start + int(wave.argmax()) / frame.sample_rate
    return np.array([*found, place] if loudest else found)


def _make(path: Path, seconds: int, fps: int, size: tuple[int, int], codec: str, *, variable: bool) -> None:
    """Interleaved, a second at a time, so that an hour needs no more memory than a minute."""
    with av.open(str(path), "w") as output:
        video = output.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "crf": "30", "bf": "0"}
        )
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = TICK
        sound: Any = output.add_stream(codec, rate=RATE, layout="stereo")
        resampler = av.AudioResampler(sound.format, "stereo", RATE, frame_size=sound.frame_size or None)
        dark, light = (np.full((size[1], size[0], 3), value, np.uint8) for value in (40, 235))
        rng = np.random.default_rng(0)
        for second in range(seconds):
            for at in _times(second, fps, rng if variable else None):
                flash = second % EVERY == LATE and at - second < 0.3
                frame = av.VideoFrame.from_ndarray(light if flash else dark, format="rgb24")
                frame.pts, frame.time_base = round(at / TICK), TICK
                output.mux(video.encode(frame))
            for ready in resampler.resample(_sound(second, rng)):
                output.mux(sound.encode(ready))
        for ready in resampler.resample(None):
            output.mux(sound.encode(ready))
        output.mux([*video.encode(None), *sound.encode(None)])


def _times(second: int, fps: int, rng: np.random.Generator | None) -> Iterator[float]:
    """When a second's pictures begin; one with the second itself, so that flashes do, too."""
    steps = np.full(fps, 1.0) if rng is None else rng.uniform(0.3, 1.7, fps)
    yield from (second + np.r_[0.0, np.cumsum(steps)[:-1]] / steps.sum()).tolist()


def _sound(second: int, rng: np.random.Generator) -> av.AudioFrame:
    wave = 300 * rng.standard_normal((RATE, 2))
    if second % EVERY == LATE:
        wave[:24] += 28000 * np.hanning(24)[:, None]  # its middle a quarter of a millisecond after the flash
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
    return frame


def _events(seconds: int) -> list[Event]:
    """One in every 5 s, low in the picture, that crosses it."""
    return [_event(float(onset)) for onset in range(0, seconds - 3, 5)]


def _event(onset: float) -> Event:
    frame = np.arange(round(10 * onset), round(10 * onset) + 30)
    azimuth, none = np.linspace(-40.0, 40.0, 30), np.zeros(30, int)
    rows = Annotations(frame, none, none, azimuth, np.full(30, 2.0), int(frame[-1]) + 1)
    return Event(0, STARSS23[0], onset, onset + 3.0, 0.0, 2.0, None, None, 0.5, rows)


if __name__ == "__main__":
    main()

"""Measures audio-video synchronisation and peak memory of annotated videos of an hour.

    python benchmarks/render_sync.py [--minutes 60] [--fps 25] [--size 160x90]

Writes videos with a simultaneous flash and click every 10 s: with AAC audio, which rendering copies; with
PCM audio, which it encodes; and with a variable frame rate. Renders a video of one minute and one of
--minutes, each in a separate process, and decodes the outputs. Prints multiples of real time, peak memory,
the numbers of input and output frames, the maximum difference of their timestamps, and the delays of clicks
after flashes before and after rendering.
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

RATE = 48000
FLASH_INTERVAL_S, FIRST_FLASH_S = 10, 5
TICK = Fraction(1, 90000)
KINDS = {
    "AAC": (".mp4", "aac", False),
    "PCM": (".mov", "pcm_s16le", False),
    "variable": (".mp4", "aac", True),
}


def main() -> None:
    """Writes and renders the videos and prints the measurements."""
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
                _write_source(source, 60 * minutes, arguments.fps, (width, height), codec, variable=variable)
                command = [sys.executable, __file__, "--render", str(source), str(output), str(60 * minutes)]
                figures = subprocess.check_output(command, text=True).strip()
                print(f"{kind}, {minutes} min: {figures}; {_compared(source, output)}", flush=True)


def _render(source: Path, output: Path, seconds: int) -> None:
    wall = time.perf_counter()
    render_video(_events(seconds), source, output)
    wall = time.perf_counter() - wall
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(f"{seconds / wall:.0f} × real time, peak memory {peak:.0f} MB")


def _compared(source: Path, output: Path) -> str:
    (times, flashes), (times_after, flashes_after) = _flashes(source), _flashes(output)
    before, after = _clicks(source) - flashes, _clicks(output) - flashes_after
    difference = 1000 * np.abs(times - times_after).max() if len(times) == len(times_after) else np.nan
    return (
        f"{len(times)} frames in, {len(times_after)} out, timestamps differ by at most "
        f"{difference:.2f} ms; {len(after)} clicks "
        f"{1000 * before.min():+.1f} to {1000 * before.max():+.1f} ms after flashes in the source, "
        f"{1000 * after.min():+.1f} to {1000 * after.max():+.1f} ms in the annotated video"
    )


def _start(frame: av.VideoFrame | av.AudioFrame) -> float:
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)


def _flashes(path: Path) -> tuple[Any, Any]:
    """Start times of all frames, and of bright frames after dark ones, in seconds."""
    times, bright = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            rows = np.frombuffer(bytes(frame.planes[0]), np.uint8).reshape(-1, frame.planes[0].line_size)
            times.append(_start(frame))
            bright.append(rows[2:6, 2:6].mean() > 128)  # the overlay does not draw in this corner
    begins = np.flatnonzero(np.diff(np.array([False, *bright]).astype(int)) == 1)
    return np.array(times), np.array(times)[begins]


def _clicks(path: Path) -> Any:
    """Times of the maxima of clicks in seconds, searched within a second of the expected times."""
    clicks: list[float] = []
    maximum, maximum_time = 0.0, 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            start, wave = _start(frame), np.abs(frame.to_ndarray().astype(np.float64))
            wave = wave.reshape(-1, frame.samples)[0] if frame.format.is_planar else wave.reshape(-1, 2)[:, 0]
            wave = wave / (32768 if frame.format.name.startswith("s16") else 1)
            expected = len(clicks) * FLASH_INTERVAL_S + FIRST_FLASH_S
            if start > expected + 1.0:
                clicks.append(maximum_time)
                maximum = 0.0
            if wave.max() > max(maximum, 0.3):
                maximum, maximum_time = float(wave.max()), start + int(wave.argmax()) / frame.sample_rate
    return np.array([*clicks, maximum_time] if maximum else clicks)


def _write_source(
    path: Path, seconds: int, fps: int, size: tuple[int, int], codec: str, *, variable: bool
) -> None:
    """Writes a video with interleaved audio second by second, so that memory is constant."""
    with av.open(str(path), "w") as output:
        video = output.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "crf": "30", "bf": "0"}
        )
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = TICK
        audio: Any = output.add_stream(codec, rate=RATE, layout="stereo")
        resampler = av.AudioResampler(audio.format, "stereo", RATE, frame_size=audio.frame_size or None)
        dark, light = (np.full((size[1], size[0], 3), value, np.uint8) for value in (40, 235))
        rng = np.random.default_rng(0)
        for second in range(seconds):
            for start in _times(second, fps, rng if variable else None):
                flash = second % FLASH_INTERVAL_S == FIRST_FLASH_S and start - second < 0.3
                frame = av.VideoFrame.from_ndarray(light if flash else dark, format="rgb24")
                frame.pts, frame.time_base = round(start / TICK), TICK
                output.mux(video.encode(frame))
            for block in resampler.resample(_audio(second, rng)):
                output.mux(audio.encode(block))
        for block in resampler.resample(None):
            output.mux(audio.encode(block))
        output.mux([*video.encode(None), *audio.encode(None)])


def _times(second: int, fps: int, rng: np.random.Generator | None) -> Iterator[float]:
    """Start times of the frames of a second; the first frame starts with the second, as flashes do."""
    steps = np.full(fps, 1.0) if rng is None else rng.uniform(0.3, 1.7, fps)
    yield from (second + np.r_[0.0, np.cumsum(steps)[:-1]] / steps.sum()).tolist()


def _audio(second: int, rng: np.random.Generator) -> av.AudioFrame:
    wave = 300 * rng.standard_normal((RATE, 2))
    if second % FLASH_INTERVAL_S == FIRST_FLASH_S:
        wave[:24] += 28000 * np.hanning(24)[:, None]  # centred 0.25 ms after the flash
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
    return frame


def _events(seconds: int) -> list[Event]:
    """One event every 5 s that crosses the lower part of the image."""
    return [_event(float(onset)) for onset in range(0, seconds - 3, 5)]


def _event(onset: float) -> Event:
    frame = np.arange(round(10 * onset), round(10 * onset) + 30)
    azimuth, none = np.linspace(-40.0, 40.0, 30), np.zeros(30, int)
    rows = Annotations(frame, none, none, azimuth, np.full(30, 2.0), int(frame[-1]) + 1)
    return Event(0, STARSS23[0], onset, onset + 3.0, 0.0, 2.0, None, None, 0.5, rows)


if __name__ == "__main__":
    main()

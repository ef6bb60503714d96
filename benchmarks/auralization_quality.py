"""Measures the separation of `detect --solo`, and the speed and memory of auralization.

    python benchmarks/auralization_quality.py [--seconds 60] [--long MINUTES]

Solo: two procedural sounds of equal power from different directions in a coincident stereo recording, with
diffuse noise at −25 dB, in the free field and in a room (RT60 0.4 s). The mask of `detect --solo` is
computed from the mix and applied to each component. Printed are the improvement of the SDR and of the SIR
over the mix, and the attenuation of the target (loss), in dB, with correct azimuths and with both azimuths
10° off.
Speed: multiples of real time (CPU time) for stereo audio at 48 kHz with two simultaneous events.
--long: peak memory for a recording of this many minutes and for one of one minute.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import oaconvolve

from seldkit.annotations import Annotations, Event
from seldkit.classes import STARSS23
from seldkit.media import write_audio
from seldkit.render import auralize
from seldkit.render.auralization.event_masks import EventMasks
from seldkit.render.auralization.overlap_add import process_spectrum
from seldkit.render.trajectories import Trajectories
from seldkit.synthesis.diffuse_field import diffuse_noise
from seldkit.synthesis.procedural.generated_sounds import procedural_sound
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.room_responses import impulse_responses
from seldkit.synthesis.rooms import Room

RATE, SECONDS, SPEED_SAMPLE_RATE = 24000, 5, 48000
PAIRS = (
    ("female speech", "male speech"),
    ("male speech", "music"),
    ("telephone", "female speech"),
    ("water tap", "male speech"),
    ("clapping", "music"),
)
AZIMUTHS = ((40.0, -30.0), (60.0, 10.0), (20.0, -10.0), (-70.0, 45.0), (80.0, 40.0))
Array = np.ndarray[Any, Any]


def main() -> None:
    """Prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--long", type=int, default=0, metavar="MINUTES")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        _memory(arguments.memory)
        return
    for decay in (0.0, 0.4):
        for error in (0.0, 10.0):
            rows = np.array([_solo(pair, azimuths, decay, error) for pair in PAIRS for azimuths in AZIMUTHS])
            (sdr, sir, loss), worst = rows.mean(axis=0), rows.min(axis=0)
            room = f"RT60 {decay} s" if decay else "free field"
            print(
                f"{room}, azimuths {error:g}° off: SDR +{sdr:.1f} dB (minimum {worst[0]:.1f}), "
                f"SIR +{sir:.1f} dB (minimum {worst[1]:.1f}), loss {-loss:.1f} dB",
                flush=True,
            )
    with tempfile.TemporaryDirectory() as folder:
        _speeds(Path(folder), arguments.seconds)
        for minutes in (1, arguments.long) if arguments.long else ():
            path = _noise(Path(folder) / f"{minutes}.wav", 60 * minutes)
            command = [sys.executable, __file__, "--memory", str(path)]
            print(f"{minutes} min: {subprocess.check_output(command, text=True).strip()}", flush=True)


def _solo(pair: tuple[str, str], azimuths: tuple[float, float], decay: float, error: float) -> Array:
    rng = np.random.default_rng(0)
    target, interferer = (
        _source(name, azimuth, decay, number)
        for number, (name, azimuth) in enumerate(zip(pair, azimuths, strict=True))
    )
    noise = diffuse_noise(RECEIVERS["coincident"], target.shape[1], RATE, rng)
    rest = interferer + noise * 10.0 ** ((_level(target) - _level(noise) - 25.0) / 20.0)
    events = [_event(azimuth + error, 0.0, SECONDS) for azimuth in azimuths]
    masks = EventMasks(Trajectories(events), events[:1])
    (target_out, rest_out), mix = _apply(masks, [target, rest]), target + rest
    sdr = _level(mix - target) - _level(target_out + rest_out - target)
    sir = _level(target_out) - _level(rest_out) - (_level(target) - _level(rest))
    return np.array([sdr, sir, _level(target_out) - _level(target)])


def _apply(masks: EventMasks, parts: list[Array]) -> list[Array]:
    """Applies the mask, which is computed from the sum of the components, to each component."""
    stacked = np.concatenate([sum(parts), *parts]).astype(np.float32)  # (2 + 2 parts, samples)

    def change(times: Array, spectrum: Array) -> Any:
        mix = spectrum[:2]
        mask = np.divide(masks.extract(times, mix)[0], mix[0], out=np.zeros_like(mix[0]), where=mix[0] != 0)
        return spectrum * mask.real

    out = np.concatenate(list(process_spectrum([stacked], RATE, change)), axis=1)
    return [out[2 * number + 2 : 2 * number + 4] for number in range(len(parts))]


def _source(name: str, azimuth: float, decay: float, number: int) -> Array:
    room = Room((7.0, 6.0, 3.0), decay, (3.2, 2.9, 1.4), 0.0, 1)
    point = room.position(azimuth, 0.0, 1.5 + 0.5 * number)
    response = impulse_responses(room, RECEIVERS["coincident"], point[None], RATE, number)[0]
    dry = _dry(name)
    wet = np.stack([oaconvolve(dry, channel)[: len(dry)] for channel in response])
    return np.asarray(0.05 * wet / np.sqrt(np.square(wet).sum(axis=0).mean()))


@lru_cache
def _dry(name: str) -> Array:
    dry, take = np.empty(0), 0
    while len(dry) < SECONDS * RATE:
        dry, take = np.concatenate([dry, procedural_sound(name, 0, take)]), take + 1
    return dry[: SECONDS * RATE]


def _level(audio: Array) -> float:
    return float(10.0 * np.log10(np.square(audio, dtype=np.float64).sum()))


def _speeds(folder: Path, seconds: int) -> None:
    source = _noise(folder / "source.wav", seconds)
    for name, options in _VARIANTS.items():
        cpu = time.process_time()
        auralize(_events(seconds), source, folder / "out.wav", **options)
        print(f"{name}: {seconds / (time.process_time() - cpu):.0f} × real time", flush=True)


_VARIANTS: dict[str, dict[str, Any]] = {
    "noise": {},
    "solo": {"mode": None, "solo": ["bell"]},
    "original audio": {"mode": "sound"},
}


def _memory(source: Path) -> None:
    seconds = int(source.stem) * 60
    cpu = time.process_time()
    auralize(_events(seconds), source, source.with_suffix(".out.wav"), mode="sound", solo=["bell"])
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(f"peak memory {peak:.0f} MB, {seconds / (time.process_time() - cpu):.0f} × real time")


def _noise(path: Path, seconds: int) -> Path:
    audio = 0.1 * np.random.default_rng(1).standard_normal((2, SPEED_SAMPLE_RATE * seconds), dtype=np.float32)
    return write_audio(path, audio, SPEED_SAMPLE_RATE)


def _events(seconds: int) -> list[Event]:
    return [
        _event(azimuth, start, start + 4.0)
        for azimuth in (-40.0, 40.0)
        for start in np.arange(0.0, seconds, 4)
    ]


def _event(azimuth: float, onset: float, offset: float) -> Event:
    frame = np.arange(round(10 * onset), round(10 * offset))
    count, class_id = len(frame), STARSS23.index("bell")
    rows = Annotations(
        frame=frame,
        class_id=np.full(count, class_id),
        source=np.zeros(count, int),
        azimuth=np.full(count, azimuth),
        distance=np.full(count, 2.0),
        frame_count=int(frame[-1]) + 1,
    )
    return Event(class_id, "bell", onset, offset, azimuth, 2.0, None, None, 0.5, rows)


if __name__ == "__main__":
    main()

"""Extracts sounds for more.csv from files within packages: `python recipes/default/unpack.py --packages DIR`.

Writes into the folders of the packages: single samples of two SoundFonts, the sounds of Nexuiz's data.pk3,
a part of a church bell, and sequences of keystrokes and steps that packages contain as single sounds.
"""

import argparse
import re
import struct
import subprocess
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 24_000
SEED = 11
EFFECTS = (
    "Stream|Telephone 2|Foot Step|Windchimes|Door|Laughing|Applause|Tubular Bells|^Chimes|Hand Clap|Jingle"
)
SOUNDFONTS = (
    ("minuet-data", "usr/share/minuet/soundfonts/GeneralUser-v1.47.sf2", "samples", EFFECTS),
    ("avldrums.lv2-soundfont", "usr/share/sounds/sf2/Red_Zeppelin_4_LV2.sf2", "red", "."),
    ("avldrums.lv2-soundfont", "usr/share/sounds/sf2/Black_Pearl_4_LV2.sf2", "black", "."),
)
"""Package, file, output folder, and pattern of the names of samples."""
KEYBOARDS = "alpaca gateron-black-ink gateron-red-ink holy-panda mx-black mx-blue mx-brown"
KEYS = "1e 2b 30 39 0e 1c 12 21 17 24 10 11 13 14 1f 20 22 23 25 26"
STEPS = (("footstep", 1, 0.52), ("footstep", 2, 0.38), ("metalfootstep", 1, 0.52), ("metalfootstep", 2, 0.38))
"""Walks with sounds of Nexuiz: kind of step, number, and seconds between steps."""


def main() -> None:
    """Extracts all sounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True)
    packages = parser.parse_args().packages
    for package, font, folder, pattern in SOUNDFONTS:
        content = (packages / package / font).read_bytes()
        for name, rate, samples in soundfont(content, pattern):
            write(packages / package / folder / f"{name}.wav", samples, rate)
    nexuiz = packages / "nexuiz"
    with ZipFile(packages / "nexuiz-data/usr/share/games/nexuiz/data/data.pk3") as packed:
        packed.extractall(nexuiz, [name for name in packed.namelist() if name.startswith("sound/")])
    horizons = packages / "unknown-horizons"
    rung = read(horizons / "usr/share/unknown-horizons/content/audio/sounds/chapel.ogg")
    write(horizons / "cut/chapel.wav", scaled(rung[int(15.9 * RATE) : int(23.9 * RATE)]))
    rng = np.random.default_rng(SEED)
    for keyboard in KEYBOARDS.split():
        profile = packages / "keyboardsounds/keyboardsounds/profiles" / keyboard
        presses = [*sorted(profile.glob("press_key*.mp3")), *sorted(profile.glob("press_space.mp3"))]
        typed = typing(rng, presses, sorted(profile.glob("release*.mp3")))
        write(packages / "keyboardsounds/typed" / f"{keyboard}.wav", typed)
    buckle = packages / "bucklespring-data"
    presses, releases = (
        [buckle / f"usr/share/buckle/wav/{key}-{way}.wav" for key in KEYS.split()] for way in (1, 0)
    )
    for number in (1, 2, 3):
        write(buckle / f"typed/typed_{number}.wav", typing(rng, presses, releases))
    for kind, number, gap in STEPS:
        steps = [nexuiz / f"sound/misc/{kind}0{step}.wav" for step in range(1, 7)]
        write(nexuiz / f"walk/{kind}_{number}.wav", walk(rng, steps, gap))


def soundfont(content: bytes, pattern: str) -> Iterator[tuple[str, int, NDArray[np.int16]]]:
    """Samples of a SoundFont 2 file whose names match a regular expression: name, rate, values."""
    parts = {
        name: (start, size)
        for kind, begin, length in _chunks(content, 12, len(content))
        if kind == b"LIST"
        for name, start, size in _chunks(content, begin + 4, begin + length)
    }
    (first, _), (headers, size) = parts[b"smpl"], parts[b"shdr"]
    for at in range(headers, headers + size - 46, 46):  # the last header marks the end
        name, begin, end, _, _, rate, _, _, _, kind = struct.unpack("<20s5IBbHH", content[at : at + 46])
        plain = name.split(b"\0")[0].decode("latin1").strip()
        if re.search(pattern, plain, re.IGNORECASE) and not kind & 0x8000:
            values = np.frombuffer(content[first + 2 * begin : first + 2 * end], np.int16)
            yield re.sub("[^a-z0-9]+", "_", plain.lower()).strip("_"), rate, values


def _chunks(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, position and length of each chunk of a RIFF list."""
    while at + 8 <= end:
        (length,) = struct.unpack("<I", content[at + 4 : at + 8])
        yield content[at : at + 4], at + 8, length
        at += 8 + length + length % 2


def typing(rng: Generator, presses: Sequence[Path], releases: Sequence[Path], seconds: float = 5.0) -> Floats:
    """Sequence of keystrokes with occasional pauses."""
    down, up = ([read(path) for path in paths] for paths in (presses, releases))
    out, now = np.zeros(int((seconds + 0.4) * RATE), np.float32), 0.05
    while now < seconds:
        _put(out, now, down[rng.integers(len(down))] * rng.uniform(0.7, 1.0))
        if up:
            _put(out, now + rng.uniform(0.06, 0.12), up[rng.integers(len(up))] * rng.uniform(0.5, 0.9))
        now += rng.uniform(0.1, 0.28) if rng.random() > 0.12 else rng.uniform(0.35, 0.7)
    return scaled(out)


def walk(rng: Generator, paths: Sequence[Path], gap: float) -> Floats:
    """Six seconds of footsteps."""
    steps = [scaled(read(path)) for path in paths]
    out, now = np.zeros(int(6.5 * RATE), np.float32), 0.05
    while now < 5.8:
        _put(out, now, steps[rng.integers(len(steps))] * rng.uniform(0.7, 1.0))
        now += gap * rng.uniform(0.93, 1.07)
    return scaled(out)


def _put(out: Floats, seconds: float, sound: Floats) -> None:
    """Adds a sound to a waveform."""
    at = int(seconds * RATE)
    sound = sound[: max(0, len(out) - at)]
    out[at : at + len(sound)] += sound


def scaled(sound: Floats) -> Floats:
    """Scales a waveform to a peak of 0.7."""
    return np.asarray(0.7 * sound / np.abs(sound).max(), np.float32)


def read(path: Path) -> Floats:
    """Reads a file as mono at `RATE` with ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)


def write(path: Path, sound: Floats | NDArray[np.int16], rate: int = RATE) -> None:
    """Writes a WAV file with 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = sound if sound.dtype == np.int16 else np.asarray(32767 * sound, "<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values.tobytes())


if __name__ == "__main__":
    main()

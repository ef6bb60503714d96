"""Further sounds for training: `python recipes/default/more.py --packages DIR --output DIR`.

more.csv lists files of packages of Debian, npm and PyPI with their class and the first training scene that
may use them. --packages is the output of packages.py, each package unpacked in a folder with its name
(npm's with - for /), and the output of unpack.py.

In addition, sounds are synthesized with two General MIDI sets: TimGM6mb with fluidsynth (package
timgm6mb-soundfont) and FreePats with timidity; one or two phrases per instrument, single strokes of bells,
and short songs. None of their recordings is in another split.
"""

import argparse
import csv
import re
import struct
import subprocess
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

LISTED = Path(__file__).with_suffix(".csv")
SOUNDFONT, PATCHES = "timgm6mb-soundfont/usr/share/sounds/sf2/TimGM6mb.sf2", "freepats"
SEED = 5
TICKS = 960  # per second
DRUMS = 9
"""Number of the channel for drums."""
QUIET = "silenceremove=stop_periods=-1:stop_duration=0.4:stop_threshold=-60dB"

INSTRUMENTS = (  # noqa: SIM905  (a list of 83 names is a page)
    "piano brite_piano egrand honkytonk epiano1 epiano2 harpsichord clavinet celesta glockenspiel "
    "music_box vibraphone marimba xylophone tubular dulcimer drawbar percorgan rockorgan churchorgan "
    "reedorgan accordion harmonica tango nylon steel jazzgtr cleangtr mutedgtr overdrive distgtr "
    "harmonics abass fbass pbass fretless slap1 slap2 sbass1 sbass2 violin viola cello contrabass "
    "tremolo pizzicato harp timpani strings slowstrings synstr1 synstr2 aahs oohs synvox orchhit "
    "trumpet trombone tuba muted horn brass synbr1 synbr2 sopsax altosax tenorsax barisax oboe enghorn "
    "bassoon clarinet piccolo flute recorder pan bottle shaku whistle ocarina square saw"
).split()
"""Names by General MIDI program number, from 0."""
LEFT_OUT = (8, 9, 10, 14, 52, 53, 54, 55)
"""Programs that are not used: bells, music boxes, voices and the orchestra hit."""
LOW, HIGH = (32, 33, 34, 35, 36, 37, 38, 39, 43, 58, 67), (9, 13, 72, 73, 74)
BELLS = {
    8: ("celesta", (72, 79, 84, 91)),
    9: ("glockenspiel", (72, 79, 84, 91)),
    14: ("tubular", (55, 60, 64, 67, 72)),
    112: ("tinkle", (60, 67, 74)),
    113: ("agogo", (67, 74)),
}
STRUCK = {81: "triangle", 53: "ridebell", 83: "jinglebell", 84: "belltree"}
"""Keys of the drum channel that are bells."""
CLAP, KIT = 39, (35, 36, 38, 40, 42, 44, 46, 49, 51, 45, 47)
TELEPHONE, APPLAUSE = 124, 126
SCALE = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True)
class Note:
    """A note: onset and duration in seconds, MIDI channel (from 0), program, key and velocity."""

    at: float
    seconds: float
    channel: int
    program: int
    key: int
    velocity: int


def main() -> None:
    """Converts the files of more.csv, then synthesizes the MIDI sounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument(
        "--output", type=Path, required=True, help="output folder, with one folder per class and manifest.csv"
    )
    options = parser.parse_args()
    rows = [taken(options.packages, options.output, row) for row in listed()]
    rng = np.random.default_rng(SEED)
    rows += Band(options.packages, options.output, "timgm", rng).play()
    rows += Band(options.packages, options.output, "freepats", rng).play()
    with (options.output / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("file", "class", "source", "licence"), *rows])
    print(f"{len(rows)} sounds")


def listed() -> list[dict[str, str]]:
    """Reads more.csv."""
    with LISTED.open(newline="") as file:
        return list(csv.DictReader(file))


def taken(packages: Path, output: Path, row: dict[str, str]) -> tuple[str, ...]:
    """Converts at most 20 s of a file to mono at 24 kHz and returns its row of the manifest."""
    convert(packages / row["path"], output / row["file"], "-t", "20", "-ar", "24000")
    return (row["file"], row["file"].split("/")[0], row["source"], row["licence"])


def convert(source: Path, target: Path, *options: str) -> None:
    """Converts a file to Ogg with ffmpeg."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-ac", "1", *options, "-q:a", "5"]
    subprocess.run([*command, str(target)], check=True)


class Band:
    """Synthesizes sounds with one set of instruments."""

    def __init__(self, packages: Path, output: Path, name: str, rng: Generator) -> None:
        self.packages, self.output, self.name, self.rng = packages, output, name, rng
        self.many = name == "timgm"
        self.rows: list[tuple[str, ...]] = []

    def play(self) -> list[tuple[str, ...]]:
        """Synthesizes all sounds and returns their rows of the manifest."""
        self._play_instruments(range(128) if self.many else self._patches())
        for number in range(1, 9):
            self._write("music", f"song{number}", self._song())
        for number in range(1, 4):
            self._write("musical_instrument", f"drums{number}_1", self._drums())
        if self.many:
            self._play_effects()
        return self.rows

    def _play_instruments(self, there: Container[int]) -> None:
        for program, name in enumerate(INSTRUMENTS):
            if program in there and program not in LEFT_OUT:
                keys = (28, 55) if program in LOW else (60, 96) if program in HIGH else (48, 84)
                for take in (1, 2) if self.many else (1,):
                    self._write("musical_instrument", f"{name}_{take}", self._phrase(0, program, *keys))
        for program, (name, strokes) in BELLS.items():
            for key in strokes if program in there else ():
                self._write("bell", f"{name}_k{key}", [Note(0.0, 2.0, 0, program, key, 100)])

    def _play_effects(self) -> None:
        for key in (60, 67, 72):
            rings = [Note(2.0 * ring, 1.2, 0, TELEPHONE, key, 100) for ring in range(3)]
            self._write("telephone", f"phone_k{key}", rings)
            self._write("clapping", f"applause_k{key}", [Note(0.0, 4.0, 0, APPLAUSE, key, 110)])
        for number in range(3):
            times = np.cumsum(self.rng.uniform(0.12, 0.5, 10))
            claps = [Note(at, 0.1, DRUMS, 0, CLAP, int(self.rng.integers(60, 120))) for at in times.tolist()]
            self._write("clapping", f"handclap{number}", claps)
        for key, name in STRUCK.items():
            self._write("bell", name, [Note(0.0, 2.0, DRUMS, 0, key, 100)])

    def _patches(self) -> set[int]:
        folder = self.packages / PATCHES / "usr/share/midi/freepats/Tone_000"
        return {int(path.name[:3]) for path in folder.glob("*.pat")}

    def _phrase(self, channel: int, program: int, low: int, high: int, seconds: float = 6.0) -> list[Note]:
        """Random melody on a major scale."""
        rng, notes, now = self.rng, [], 0.0
        degree, root = int(rng.integers(0, 14)), int(rng.integers(low, low + 12))
        step = float(rng.choice([0.2, 0.25, 0.33, 0.5, 0.75]))
        while now < seconds:
            degree = int(np.clip(degree + rng.integers(-3, 4), 0, 13))
            key, long = root + 12 * (degree // 7) + SCALE[degree % 7], step * rng.choice([1, 1, 1, 2, 0.5])
            if key <= high:
                held = long * rng.uniform(0.6, 1.0)
                notes.append(Note(now, held, channel, program, key, int(rng.integers(70, 120))))
                if rng.random() < 0.15:
                    notes.append(Note(now, long, channel, program, min(key + 4, high), 80))
            now += long
        return notes

    def _song(self) -> list[Note]:
        """Random song with melody, bass, chords and drums."""
        rng = self.rng
        chords = int(rng.choice([0, 4, 16, 24, 25, 27, 48, 61]))
        bass, tune = int(rng.choice([32, 33, 34, 38])), int(rng.choice([40, 56, 65, 73, 11, 80, 26]))
        notes = self._phrase(0, tune, 60, 90, 9.0) + self._phrase(1, bass, 30, 50, 9.0)
        now, beat = 0.0, float(rng.choice([0.4, 0.5, 0.6]))
        while now < 9.0:
            root = int(rng.integers(48, 56))
            notes += [Note(now, beat * 2, 2, chords, root + third, 80) for third in (0, 4, 7)]
            for quaver in range(4):
                at = now + quaver * beat / 2
                notes.append(Note(at, 0.1, DRUMS, 0, 42, 80))
                notes.append(Note(at, 0.1, DRUMS, 0, 38 if quaver % 2 else 36, 100))
            now += beat * 2
        return notes

    def _drums(self) -> list[Note]:
        rng = self.rng
        return [
            Note(float(at), 0.1, DRUMS, 0, int(rng.choice(KIT)), int(rng.integers(70, 120)))
            for at in np.arange(0.0, 6.0, rng.choice([0.15, 0.2, 0.25]))
            if rng.random() < 0.8
        ]

    def _write(self, kind: str, name: str, notes: Sequence[Note]) -> None:
        tune, sound = self.output / "tune.mid", self.output / "tune.wav"
        tune.write_bytes(midi(notes))
        licence = "GPL-2" if self.many else "GPL-2+ with exception"
        subprocess.run(self._player(tune, sound), check=True, capture_output=True)
        file = f"{kind}/{self.name}-{name}.ogg"
        convert(sound, self.output / file, "-af", QUIET, "-t", "12")
        tune.unlink()
        sound.unlink()
        self.rows.append((file, kind, self.name, licence))

    def _player(self, tune: Path, sound: Path) -> list[str | Path]:
        if self.many:
            dry = ["-R", "0", "-C", "0", "-g", "0.6", "-r", "24000"]
            return ["fluidsynth", "-ni", *dry, "-F", sound, self.packages / SOUNDFONT, tune]
        settings = self.output / "freepats.cfg"
        if not settings.exists():
            there = self.packages / PATCHES
            config = (there / "etc/timidity/freepats.cfg").read_text()
            settings.write_text(
                re.sub("(?m)^dir .*$", f"dir {there.resolve()}/usr/share/midi/freepats", config)
            )
        dry = ["-s", "24000", "--reverb=d", "--chorus=d"]
        return ["timidity", "-c", settings, "-Ow", *dry, "-o", sound, tune]


def midi(notes: Sequence[Note]) -> bytes:
    """Encodes notes as a Standard MIDI File with one track."""
    events = [
        (0, 0, bytes([0xC0 | channel, program]))
        for channel, program in {(note.channel, note.program) for note in notes}
    ]
    for note in notes:
        begin, end = (int(at * TICKS) for at in (note.at, note.at + note.seconds))
        events.append((begin, 2, bytes([0x90 | note.channel, note.key, note.velocity])))
        events.append((end, 1, bytes([0x80 | note.channel, note.key, 0])))
    track, last = b"", 0
    for at, _, message in sorted(events, key=lambda event: event[:2]):
        track += _number(at - last) + message
        last = at
    track += _number(TICKS) + b"\xff\x2f\x00"
    return (
        b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS // 2) + b"MTrk" + struct.pack(">I", len(track)) + track
    )


def _number(value: int) -> bytes:
    """Encodes a MIDI variable-length quantity."""
    groups = [value & 127]
    while value := value >> 7:
        groups.append(value & 127 | 128)
    return bytes(reversed(groups))


if __name__ == "__main__":
    main()

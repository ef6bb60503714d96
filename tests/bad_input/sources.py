"""Sources that `seldkit stereo` must refuse, each with what it must say, in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conversion.conversion_making import RATE, Still, foa, rows, write_360
from media.making import Video, make_media, numbered
from seldkit.media import write_audio

NAME = "dev-train-tau/fold3_room4_mix001"
SECONDS = 6.0
ONE = [Still(10)]


@dataclass(frozen=True)
class BadSource:
    """One folder: how it is made, and what must be said of it."""

    name: str
    make: Callable[[Path], None]
    error: str


def place(root: Path, folder: str, suffix: str) -> Path:
    """A file of the recording, its folder made."""
    path = root / folder / f"{NAME}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def sound(root: Path, folder: str = "foa_dev", waveform: np.ndarray | None = None) -> None:
    write_audio(place(root, folder, ".wav"), foa(ONE, SECONDS) if waveform is None else waveform, RATE)


def labels(root: Path, text: str | None = None) -> None:
    place(root, "metadata_dev", ".csv").write_text(rows(ONE, SECONDS) if text is None else text)


def pictures(root: Path, seconds: float = SECONDS) -> None:
    write_360(place(root, "video_dev", ".mp4"), seconds)


def microphones(root: Path) -> None:
    sound(root, "mic_dev")
    labels(root)
    pictures(root)


def loose_microphones(root: Path) -> None:
    (root / "mic").mkdir(parents=True)
    write_audio(root / "mic/a.wav", foa(ONE, SECONDS), RATE)
    (root / "a.csv").write_text(rows(ONE, SECONDS))


def stereo(root: Path) -> None:
    sound(root, waveform=np.zeros((2, 24000 * 6), np.float32) + 0.01)
    labels(root)
    pictures(root)


def already_converted(root: Path) -> None:
    write_audio(place(root, "stereo_dev", ".wav"), np.zeros((2, 120000), np.float32), RATE)
    labels(root)


def without_pictures(root: Path) -> None:
    sound(root)
    labels(root)


def without_labels(root: Path) -> None:
    sound(root)
    pictures(root)


def perspective(root: Path) -> None:
    without_pictures(root)
    frames = numbered(60, (64, 36))
    make_media(place(root, "video_dev", ".mp4"), Video(frames, [number / 10 for number in range(60)]))


def short(root: Path) -> None:
    without_pictures(root)
    pictures(root, 3.0)


def no_sound(root: Path) -> None:
    place(root, "foa_dev", ".wav").write_bytes(b"RIFF no sound")
    labels(root)
    pictures(root)


def damaged_video(root: Path) -> None:
    without_pictures(root)
    place(root, "video_dev", ".mp4").write_bytes(b"no video" * 100)


def table(text: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        sound(root)
        labels(root, text)
        pictures(root)

    return make


def two_of_a_name(root: Path) -> None:
    for folder in ("a", "b"):
        (root / folder).mkdir(parents=True)
        write_audio(root / folder / "x.wav", foa(ONE, SECONDS), RATE)
    (root / "x.csv").write_text("")


def only_labels(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "x.csv").write_text("0,0,0,0,0,100\n")


SOURCES = [
    BadSource("nothing", lambda root: None, "expected a folder .* found nothing"),
    BadSource("a file", lambda root: root.write_text("x") and None, "expected a folder .* found a file"),
    BadSource("an empty folder", lambda root: root.mkdir(), "expected first-order ambisonics .* no audio"),
    BadSource("labels alone", only_labels, "expected first-order ambisonics .* no audio"),
    BadSource("microphone array", microphones, "microphone array only .*use the FOA version"),
    BadSource("loose microphone array", loose_microphones, "microphone array only"),
    BadSource("two channels", stereo, r"fold3_room4_mix001\.wav: expected .* 4 channels .* got 2"),
    BadSource("stereo already", already_converted, "expected first-order .* whose audio is stereo"),
    BadSource("no pictures", without_pictures, "expected video for .*--no-video"),
    BadSource("no labels", without_labels, "expected labels for"),
    BadSource("perspective pictures", perspective, "equirectangular .* got 64×36"),
    BadSource("too short", short, "a recording of at least 5 s, got 3 s"),
    BadSource("no sound file", no_sound, r"mix001\.wav: "),
    BadSource("damaged video", damaged_video, r"mix001\.mp4: "),
    BadSource("whole metres", table("0,1,0,10,0,2\n5,1,0,10,0,3\n"), "--units m or --units cm"),
    BadSource("far and near", table("0,1,0,10,0,1.5\n5,1,0,10,0,35.5\n"), "--units m or --units cm"),
    BadSource("words", table("frame,one\n"), r"mix001\.csv, line 1"),
    BadSource("the format of 2025", table("frame,class,source,azimuth,distance,onscreen\n"), r"mix001\.csv"),
    BadSource("azimuth of 200", table("0,1,0,200,0,100\n"), "expected an azimuth"),
    BadSource("two of a name", two_of_a_name, "expected one file of this name"),
]

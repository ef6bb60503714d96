"""Invalid and unusual datasets, recipes and stores, with the expected messages.

`build(folder)` writes a dataset to an empty folder and returns its path. `inspect` and `prepare` are patterns
of the commands' output; None if the command reports nothing.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from bad_input.models import TINY
from datasets.making import HEADER, Event, foa_set, stereo_set, write_stereo_clip
from seldkit.classes import STARSS23
from seldkit.datasets import open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.media import write_audio
from seldkit.models import ModelConfig

VALUES = {**TINY, "classes": list(STARSS23), "window_frames": 10, "elements": ["x", "y", "distance"]}
CONFIG = ModelConfig.parse(VALUES, "tiny")


@dataclass(frozen=True)
class BadDataset:
    """A dataset; see above."""

    name: str
    build: Callable[[Path], Path]
    inspect: str | None
    prepare: str | None


def replaced(pattern: str, content: bytes | None) -> Callable[[Path], Path]:
    """A small valid dataset in which one file has other content or is missing."""

    def build(folder: Path) -> Path:
        path = sorted(stereo_set(folder / "set", 3, video=True).rglob(pattern))[0]
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        return folder / "set"

    return build


def emptied(folder: Path) -> Path:
    (folder / "set/stereo_dev").mkdir(parents=True)
    return folder / "set"


def nested(folder: Path) -> Path:
    stereo_set(folder / "set/unpacked", 3)
    return folder / "set"


def doubled(folder: Path) -> Path:
    path = next(stereo_set(folder / "set", 3).rglob("*.wav"))
    path.with_suffix(".flac").write_bytes(path.read_bytes())
    return folder / "set"


def two_kinds(folder: Path) -> Path:
    stereo_set(folder / "set", 3)
    return foa_set(folder / "set", "starss22")


def dangling(folder: Path) -> Path:
    path = next(stereo_set(folder / "set", 3).rglob("*.wav"))
    path.unlink()
    path.symlink_to(folder / "nowhere.wav")
    return folder / "set"


def folder_for_file(folder: Path) -> Path:
    path = next(stereo_set(folder / "set", 3).rglob("*.wav"))
    path.unlink()
    path.mkdir()
    return folder / "set"


def of_sound(channels: int, samples: int, rate: int = 24000) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = sorted(stereo_set(folder / "set", 6).rglob("*.wav"))[0]
        noise = 0.1 * np.random.default_rng(1).standard_normal((channels, samples))
        write_audio(path, noise.astype(np.float32), rate)
        return folder / "set"

    return build


def odd_name(folder: Path) -> Path:
    stereo_set(folder / "set", 3)
    write_stereo_clip(folder / "set", "dev-train-tau/[bold]x\ny é", [Event(0, 5, 99, 30)])
    return folder / "set"


def foa_in_stereo(folder: Path) -> Path:
    stereo_set(folder / "set", 3)
    path = next((folder / "set").rglob("*.wav"))
    write_audio(path, np.random.default_rng(2).normal(0, 0.1, (4, 24000)).astype(np.float32), 24000)
    return folder / "set"


def without_sounds(folder: Path) -> Path:
    for path in stereo_set(folder / "set", 3).rglob("*.wav"):
        path.unlink()
    return folder / "set"


def rows(text: str) -> Callable[[Path], Path]:
    return replaced("*.csv", (HEADER + text).encode())


BAD_DATASETS = [
    BadDataset("empty", emptied, "expected audio files", "expected audio files"),
    BadDataset("nested", nested, None, "did you mean .*unpacked"),
    BadDataset("two files of one name", doubled, "expected one file with this name", "expected one file"),
    BadDataset("two kinds", two_kinds, None, "expected one kind of dataset"),
    BadDataset("no sound at all", without_sounds, "expected audio with the same name", "no clip has audio"),
    BadDataset("labels gone", replaced("*.csv", None), "expected labels with the same name", None),
    BadDataset("sound gone", replaced("*.wav", None), "expected audio with the same name", None),
    BadDataset("video gone", replaced("*.mp4", None), "expected a video with the same name", None),
    BadDataset("dangling link", dangling, "no such file", "cannot be accessed"),
    BadDataset("folder for a file", folder_for_file, "expected audio with the same name", None),
    BadDataset("empty audio", replaced("*.wav", b""), "empty", "empty"),
    BadDataset(
        "text for a sound",
        replaced("*.wav", b"hello"),
        "expected an audio or video file, got text",
        "expected an audio or video file",
    ),
    BadDataset(
        "header alone",
        replaced("*.wav", b"RIFF\0\0\0\0WAVEfmt "),
        "expected an audio or video file",
        "expected an audio",
    ),
    BadDataset("text for a video", replaced("*.mp4", b"hello"), "expected an audio or video file", None),
    BadDataset("empty labels", replaced("*.csv", b""), None, None),
    BadDataset("binary labels", replaced("*.csv", b"\0\1\2"), "got binary data", "got binary data"),
    BadDataset("labels of 2023", replaced("*.csv", b"0,1,0,30,10,150,7\n"), "got 7", "got 7"),
    BadDataset("words for numbers", rows("0,door,0,0,1,0\n"), "got 'door'", "got 'door'"),
    BadDataset("not a number", rows("0,1,0,nan,100,0\n"), "got 'nan'", "got 'nan'"),
    BadDataset("azimuth of 400", rows("0,1,0,400,100,0\n"), "got '400'", "got '400'"),
    BadDataset("negative distance", rows("0,1,0,40,-100,0\n"), "got '-100'", "got '-100'"),
    BadDataset(
        "unknown class", rows("0,13,0,40,100,0\n"), "expected class numbers 0 to 12", "got 13 in frame 0"
    ),
    BadDataset("negative frame", rows("-1,1,0,40,100,0\n"), "got '-1'", "got '-1'"),
    BadDataset(
        "far too late", rows("99999999,1,0,40,100,0\n"), "found frame 99999999", "1 rows after the end"
    ),
    BadDataset("behind", rows("0,1,0,140,100,0\n"), "azimuths within ±90°", None),
    BadDataset("mono", of_sound(1, 24000), r"expected 2 channels \(stereo\), got 1", None),
    BadDataset("four channels", foa_in_stereo, r"expected 2 channels \(stereo\), got 4", None),
    BadDataset("one sample", of_sound(2, 1), "found 0.00 s", None),
    BadDataset("another rate", of_sound(2, 8000, 8000), "found 8000 Hz", None),
    BadDataset("odd name", odd_name, "expected class numbers 0 to 12", "got 99 in frame 0"),
]

BAD_RECIPES: list[tuple[str, str, str]] = [
    ("words", "hello", "expected keys with their values"),
    ("a list", "- model\n", "expected keys with their values"),
    ("broken", "model: {", "line"),
    ("an alias", "a: &a 1\nb: *a\n", "alias"),
    ("code", "model: !!python/object/apply:os.system ['true']\n", "tag"),
    ("a section too many", yaml.safe_dump({"model": VALUES, "modle": 1}), "unknown key 'modle'"),
    ("no model", yaml.safe_dump({"training": {}}), "training|missing|unknown"),
    ("a wrong model", yaml.safe_dump({"model": {**VALUES, "window_frames": 0}}), "window_frames"),
    ("elevation", yaml.safe_dump({"model": {**VALUES, "elements": ["x", "y", "z"]}}), "do not contain"),
    (
        "another sound",
        yaml.safe_dump({"model": {**VALUES, "features": {"input": "foa", "parts": [{"name": "log-mel"}]}}}),
        "foa",
    ),
    (
        "few classes",
        yaml.safe_dump({"model": {**VALUES, "classes": ["bell"]}}),
        "expected the classes of the recipe",
    ),
]


def stored(folder: Path) -> Path:
    """A small valid store; returns the folder of its setting."""
    return prepare(open_dataset(stereo_set(folder / "set", 3)), CONFIG, folder / "store").folder


def index_with(change: Callable[[dict[str, object]], object]) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = stored(folder) / "index.json"
        values = json.loads(path.read_text())
        path.write_text(json.dumps(change(values)))
        return folder / "store"

    return build


def index_text(text: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        (stored(folder) / "index.json").write_text(text)
        return folder / "store"

    return build


def without_index(folder: Path) -> Path:
    (stored(folder) / "index.json").unlink()
    return folder / "store"


def array_with(content: bytes | None) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        stored(folder)
        path = next((folder / "store").rglob("features.npy"))
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        return folder / "store"

    return build


def pickled(folder: Path) -> Path:
    """An array file that runs code if it is unpickled."""

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return os.system, (f"touch {folder}/code-has-run",)

    stored(folder)
    path = next((folder / "store").rglob("features.npy"))
    np.save(path, np.array([Evil()] * 3, dtype=object), allow_pickle=True)
    return folder / "store"


def too_few_rows(folder: Path) -> Path:
    stored(folder)
    path = next((folder / "store").rglob("features.npy"))
    np.save(path, np.zeros((1, 2, 51, 64), np.float32))
    return folder / "store"


def clip_with(**changes: object) -> Callable[[dict[str, object]], object]:
    def change(values: dict[str, object]) -> object:
        clips = values["clips"]
        assert isinstance(clips, list)
        clips[0] |= changes
        return values

    return change


BAD_STORES: list[tuple[str, Callable[[Path], Path], str]] = [
    ("nothing", lambda folder: folder / "gone", "expected a feature store, found none"),
    ("empty", lambda folder: folder, "found 0 with other settings and 0 incomplete"),
    ("unfinished", without_index, "1 incomplete"),
    ("no JSON", index_text("{"), "cannot be read"),
    ("a list", index_text("[]"), "cannot be read"),
    ("binary", index_text("\0"), "cannot be read"),
    ("another format", index_with(lambda values: {**values, "format": 99}), "expected format 1, got 99"),
    ("no settings", index_with(lambda values: {**values, "settings": {}}), "settings cannot be read"),
    ("odd settings", index_with(lambda values: {**values, "settings": 3}), "cannot be read"),
    ("odd clips", index_with(lambda values: {**values, "clips": [3]}), "clips cannot be read"),
    ("unknown field", index_with(clip_with(colour="red")), "clips cannot be read"),
    ("shard elsewhere", index_with(clip_with(shard="../../../set")), "damaged|names no shard"),
    ("no such shard", index_with(clip_with(shard="0000000000000000")), "damaged"),
    ("row too far", index_with(clip_with(row=7)), "fewer windows"),
    ("array gone", array_with(None), "damaged"),
    ("array empty", array_with(b""), "damaged"),
    ("array cut off", array_with(b"\x93NUMPY\x01\x00v\x00"), "damaged"),
    ("array of code", pickled, "damaged"),
    ("too few rows", too_few_rows, "fewer windows"),
]

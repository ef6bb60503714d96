"""The default model's held-out sets: `python recipes/default/sets.py --sounds DIR --images DIR …`.

Makes labelled audio-visual clips with `seldkit synthesize` from what training never meets: the recordings
that split.yaml keeps, in rooms of their own. Three sets are for tests:

rooms         image-source rooms, drawn pictures (sprites)
measured      responses measured in a real room (--responses, SOFA), the same pictures
photographs   image-source rooms, cut-outs of photographs before panoramas

and `validation/` holds the same three kinds for thresholds and calibration, with validation's recordings,
other rooms, other measured responses (--validation-responses) and other pictures. `sets.json` and `README.md`
in the output say what is in them.

--images holds `sprites/` (a folder a class), `coco128/` (images/ and labels_polygons/, each with train2017/
and val2017/) and `panoramas/`. Sprites and panoramas are those on the test side of `ImageLibrary.split`,
photographs those of val2017; of each folder every other picture is validation's. What a folder then lacks is
drawn, every time anew. A stopped run goes on.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from seldkit.classes import STARSS23
from seldkit.synthesis import SoundLibrary, load_sounds, split_sounds
from seldkit.synthesis.dataset_writer import SCENES_FOLDER, SETTINGS_FILE
from seldkit.synthesis.scene_description import read_description
from seldkit.synthesis.scene_images import extract_cutouts, load_images

SPLIT = Path(__file__).parent / "split.yaml"
SPLITS = ("test", "validation")
PHOTOGRAPHS = {"train": "train2017", "test": "val2017"}
Side = Literal["train", "test"]
SEED = 7000
"""Of the first set; each has one of its own, and with it rooms of its own, none of them training's."""


@dataclass(frozen=True)
class Wanted:
    """One set: its folder's name, the split of its sounds, and what `seldkit synthesize` is told besides."""

    name: str
    split: str
    clips: int
    seed: int
    images: Path
    responses: Path | None = None


def main() -> None:
    """Link the material of each split, synthesize, and say what came out."""
    options = _options()
    libraries = split_sounds(load_sounds(options.sounds), yaml.safe_load(SPLIT.read_text()))
    material = options.output / "material"
    sounds = {split: linked(_files(libraries[split]), material / f"sounds-{split}") for split in SPLITS}
    for wanted in wanted_sets(options, material):
        synthesize(wanted, sounds[wanted.split], options.output / wanted.name, options.workers)
    contents = [
        content(options.output / wanted.name, wanted, libraries) for wanted in wanted_sets(options, material)
    ]
    (options.output / "sets.json").write_text(json.dumps(contents, indent=1) + "\n")
    (options.output / "README.md").write_text(described(contents))
    print(described(contents))


def wanted_sets(options: argparse.Namespace, material: Path) -> list[Wanted]:
    """The sets, in the order of their seeds; pictures are linked or cut out where they are not yet."""
    test, validation = options.clips, options.validation_clips
    sprites = side_of(options.images / "sprites", "test", material)
    taken = photographs(options.images, "test", material)
    drawn = {split: held_out(sprites, split, material) for split in SPLITS}
    real = {split: held_out(taken, split, material) for split in SPLITS}
    found = [
        Wanted("rooms", "test", test, SEED, drawn["test"]),
        Wanted("measured", "test", test, SEED + 1, drawn["test"], options.responses),
        Wanted("photographs", "test", test, SEED + 2, real["test"]),
        Wanted("validation/rooms", "validation", validation, SEED + 3, drawn["validation"]),
        Wanted("validation/measured", "validation", validation, SEED + 4, drawn["validation"],
               options.validation_responses),
        Wanted("validation/photographs", "validation", validation, SEED + 5, real["validation"]),
    ]  # fmt: skip
    return [one for one in found if one.responses is not None or "measured" not in one.name]


def synthesize(wanted: Wanted, sounds: Path, output: Path, workers: int) -> None:
    """Make a set's clips that are not there yet."""
    told: list[object] = ["--sounds", sounds, "--images", wanted.images, "--seed", wanted.seed]
    told += ["--clips", wanted.clips, "--workers", workers, "--output", output]
    if wanted.responses is not None:
        told += ["--responses", wanted.responses]
    command = Path(sys.executable).with_name("seldkit")
    subprocess.run([command, "synthesize", *map(str, told)], check=True)


def side_of(pictures: Path, side: Side, material: Path) -> Path:
    """A folder with the pictures of one side of a library."""
    files = ((pictures / name, name) for name in load_images(pictures).split(side).files)
    return linked(files, material / f"{pictures.name}-{side}")


def photographs(images: Path, side: Side, material: Path) -> Path:
    """A folder with the cut-outs of one side's photographs, and its panoramas."""
    whole = ((path, f"panoramas/{path.name}") for path in (images / "panoramas").iterdir())
    folder = side_of(linked(whole, material / "photographs"), side, material)
    if not (folder / "person").is_dir():
        outlined, taken = images / "coco128", PHOTOGRAPHS[side]
        extract_cutouts(outlined / "images" / taken, outlined / "labels_polygons" / taken, folder)
    return folder


def held_out(pictures: Path, split: str, material: Path) -> Path:
    """Every other picture of each folder; the cut-outs of one photograph stay together."""
    files = []
    for folder in sorted(pictures.iterdir()):
        whole = sorted({_photograph(path) for path in folder.iterdir()})
        mine = whole[SPLITS.index(split) :: len(SPLITS)]
        files += [path for path in sorted(folder.iterdir()) if _photograph(path) in mine]
    return linked(
        ((path, f"{path.parent.name}/{path.name}") for path in files),
        material / f"{pictures.name}-for-{split}",
    )


def _photograph(path: Path) -> str:
    """What a cut-out was cut from: its name is the photograph's number and its own."""
    number, _, rest = path.stem.partition("_")
    return number if number.isdigit() and rest.isdigit() else path.stem


def linked(files: Iterable[tuple[Path, str]], folder: Path) -> Path:
    """A folder of links to files, each under its new name."""
    for path, name in files:
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(path.resolve())
    return folder


def _files(library: SoundLibrary) -> Iterator[tuple[Path, str]]:
    """Each sound's file and the name that gives it the same name again."""
    return ((sound.path, sound.name + sound.path.suffix) for sound in library.sounds)


def content(folder: Path, wanted: Wanted, libraries: dict[str, SoundLibrary]) -> dict[str, Any]:
    """What is in a set: events and recordings by class. Raises ValueError where another split's sound is."""
    split_of = {one.name: (split, one) for split, library in libraries.items() for one in library.sounds}
    events: Counter[int] = Counter()
    recordings: dict[int, set[str]] = {}
    clips = sorted((folder / SCENES_FOLDER).glob("*.json"))
    for path in clips:
        for event in read_description(path).plan.events:
            split, sound = split_of[event.sound]
            if split != wanted.split:
                raise ValueError(f"{path}: '{event.sound}' is of {split}, expected {wanted.split}")
            events[event.class_id] += 1
            recordings.setdefault(event.class_id, set()).add(sound.recording)
    made = json.loads((folder / SETTINGS_FILE).read_text())
    return {
        "name": wanted.name,
        "sounds": wanted.split,
        "clips": len(clips),
        "hours": round(len(clips) * made["seconds"] / 3600, 3),
        "responses": made["responses"],
        "pictures": wanted.images.name,
        "seed": made["seed"],
        "classes": {
            name: {"events": events[number], "recordings": len(recordings.get(number, ()))}
            for number, name in enumerate(STARSS23)
        },
    }


def described(contents: list[dict[str, Any]]) -> str:
    """The same as a page."""
    lines = [
        "# Held-out sets of the default model\n",
        "Made by `recipes/default/sets.py`; no recording, room, measured response or picture of theirs is in",
        "training, nor in another split. In each class: events / distinct recordings that they are of.\n",
        "| set | " + " | ".join(one["name"] for one in contents) + " |",
        "| --- |" + " --- |" * len(contents),
    ]
    for key in ("clips", "hours", "pictures"):
        lines.append(f"| {key} | " + " | ".join(str(one[key]) for one in contents) + " |")
    lines.append(
        "| responses | " + " | ".join(", ".join(one["responses"]) or "simulated" for one in contents) + " |"
    )
    for name in STARSS23:
        counts = (one["classes"][name] for one in contents)
        lines.append(
            f"| {name} | " + " | ".join(f"{one['events']} / {one['recordings']}" for one in counts) + " |"
        )
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sounds", type=Path, required=True, help="folder with one folder of sounds a class")
    parser.add_argument("--images", type=Path, required=True, help="folder of sprites, coco128 and panoramas")
    parser.add_argument("--responses", type=Path, help="SOFA file; without it there is no measured set")
    parser.add_argument("--validation-responses", type=Path, help="another SOFA file, for validation")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=300, help="of each test set")
    parser.add_argument("--validation-clips", type=int, default=250, help="of each part of validation")
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Makes the held-out sets of the default model: `python recipes/default/sets.py --sounds DIR --images DIR …`.

Makes labelled audio-visual clips with `seldkit synthesize` from material that is not used for training: the
recordings of split.yaml, in other rooms. Three sets are for tests:

rooms         image-source rooms, drawings (sprites)
measured      responses measured in a real room (--responses, SOFA), the same drawings
photographs   image-source rooms, cut-outs of photographs in front of panoramas

`validation/` contains the same three kinds for thresholds and calibration, with the validation recordings,
other rooms, other measured responses (--validation-responses) and other images. `sets.json` and `README.md`
in the output describe the contents.

--images contains `sprites/` (a folder per class), `coco128/` (images/ and labels_polygons/, each with
train2017/ and val2017/) and `panoramas/`. Sprites and panoramas are from the test part of
`ImageLibrary.split`, photographs from val2017; every second image of each folder is for validation. Classes
without images are drawn randomly. An interrupted run can be resumed.
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
"""Seed of the first set. Each set has its own seed, and therefore rooms that are not in other sets or in
training."""


@dataclass(frozen=True)
class SetOptions:
    """Options of one set: folder name, split of the sounds, and further options of `seldkit synthesize`."""

    name: str
    split: str
    clips: int
    seed: int
    images: Path
    responses: Path | None = None


def main() -> None:
    """Links the material of each split, makes the sets, and writes their contents."""
    options = _options()
    libraries = split_sounds(load_sounds(options.sounds), yaml.safe_load(SPLIT.read_text()))
    material = options.output / "material"
    sounds = {split: linked(_files(libraries[split]), material / f"sounds-{split}") for split in SPLITS}
    sets = held_out_sets(options, material)
    for one in sets:
        synthesize(one, sounds[one.split], options.output / one.name, options.workers)
    contents = [content(options.output / one.name, one, libraries) for one in sets]
    (options.output / "sets.json").write_text(json.dumps(contents, indent=1) + "\n")
    (options.output / "README.md").write_text(described(contents))
    print(described(contents))


def held_out_sets(options: argparse.Namespace, material: Path) -> list[SetOptions]:
    """The sets in the order of their seeds; missing images are linked or cut out."""
    test, validation = options.clips, options.validation_clips
    sprites = side_of(options.images / "sprites", "test", material)
    taken = photographs(options.images, "test", material)
    drawn = {split: held_out(sprites, split, material) for split in SPLITS}
    real = {split: held_out(taken, split, material) for split in SPLITS}
    sets = [
        SetOptions("rooms", "test", test, SEED, drawn["test"]),
        SetOptions("measured", "test", test, SEED + 1, drawn["test"], options.responses),
        SetOptions("photographs", "test", test, SEED + 2, real["test"]),
        SetOptions("validation/rooms", "validation", validation, SEED + 3, drawn["validation"]),
        SetOptions("validation/measured", "validation", validation, SEED + 4, drawn["validation"],
               options.validation_responses),
        SetOptions("validation/photographs", "validation", validation, SEED + 5, real["validation"]),
    ]  # fmt: skip
    return [one for one in sets if one.responses is not None or "measured" not in one.name]


def synthesize(options: SetOptions, sounds: Path, output: Path, workers: int) -> None:
    """Makes the missing clips of a set."""
    arguments: list[object] = ["--sounds", sounds, "--images", options.images, "--seed", options.seed]
    arguments += ["--clips", options.clips, "--workers", workers, "--output", output]
    if options.responses is not None:
        arguments += ["--responses", options.responses]
    command = Path(sys.executable).with_name("seldkit")
    subprocess.run([command, "synthesize", *map(str, arguments)], check=True)


def side_of(images: Path, side: Side, material: Path) -> Path:
    """Folder with the images of one part of a library."""
    files = ((images / name, name) for name in load_images(images).split(side).files)
    return linked(files, material / f"{images.name}-{side}")


def photographs(images: Path, side: Side, material: Path) -> Path:
    """Folder with the cut-outs of the photographs of one part, and its panoramas."""
    whole = ((path, f"panoramas/{path.name}") for path in (images / "panoramas").iterdir())
    folder = side_of(linked(whole, material / "photographs"), side, material)
    if not (folder / "person").is_dir():
        outlined, taken = images / "coco128", PHOTOGRAPHS[side]
        extract_cutouts(outlined / "images" / taken, outlined / "labels_polygons" / taken, folder)
    return folder


def held_out(images: Path, split: str, material: Path) -> Path:
    """Folder with every second image of each folder; the cut-outs of one photograph stay together."""
    files = []
    for folder in sorted(images.iterdir()):
        whole = sorted({_photograph(path) for path in folder.iterdir()})
        mine = whole[SPLITS.index(split) :: len(SPLITS)]
        files += [path for path in sorted(folder.iterdir()) if _photograph(path) in mine]
    return linked(
        ((path, f"{path.parent.name}/{path.name}") for path in files),
        material / f"{images.name}-for-{split}",
    )


def _photograph(path: Path) -> str:
    """Name of the photograph of a cut-out, whose name is the number of the photograph and its own."""
    number, _, rest = path.stem.partition("_")
    return number if number.isdigit() and rest.isdigit() else path.stem


def linked(files: Iterable[tuple[Path, str]], folder: Path) -> Path:
    """Links files with new names into a folder."""
    for path, name in files:
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(path.resolve())
    return folder


def _files(library: SoundLibrary) -> Iterator[tuple[Path, str]]:
    """Path of each sound, and a file name from which the same sound name is derived."""
    return ((sound.path, sound.name + sound.path.suffix) for sound in library.sounds)


def content(folder: Path, options: SetOptions, libraries: dict[str, SoundLibrary]) -> dict[str, Any]:
    """Events and recordings of a set by class. Raises ValueError if it has sounds of another split."""
    split_of = {one.name: (split, one) for split, library in libraries.items() for one in library.sounds}
    events: Counter[int] = Counter()
    recordings: dict[int, set[str]] = {}
    clips = sorted((folder / SCENES_FOLDER).glob("*.json"))
    for path in clips:
        for event in read_description(path).plan.events:
            split, sound = split_of[event.sound]
            if split != options.split:
                raise ValueError(f"{path}: '{event.sound}' is a sound of {split}, expected {options.split}")
            events[event.class_id] += 1
            recordings.setdefault(event.class_id, set()).add(sound.recording)
    made = json.loads((folder / SETTINGS_FILE).read_text())
    return {
        "name": options.name,
        "sounds": options.split,
        "clips": len(clips),
        "hours": round(len(clips) * made["seconds"] / 3600, 3),
        "responses": made["responses"],
        "pictures": options.images.name,
        "seed": made["seed"],
        "classes": {
            name: {"events": events[number], "recordings": len(recordings.get(number, ()))}
            for number, name in enumerate(STARSS23)
        },
    }


def described(contents: list[dict[str, Any]]) -> str:
    """Formats the contents as Markdown."""
    lines = [
        "# Held-out sets of the default model\n",
        "Made by `recipes/default/sets.py`; no recording, room, measured response or image is in the",
        "training data or in another split. For each class: number of events / number of recordings.\n",
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
    parser.add_argument(
        "--sounds", type=Path, required=True, help="folder with one folder of sounds per class"
    )
    parser.add_argument("--images", type=Path, required=True, help="folder of sprites, coco128 and panoramas")
    parser.add_argument("--responses", type=Path, help="SOFA file; without it, no measured set is made")
    parser.add_argument("--validation-responses", type=Path, help="SOFA file for validation")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=300, help="number of clips of each test set")
    parser.add_argument(
        "--validation-clips", type=int, default=250, help="number of clips of each validation set"
    )
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""The pictures of training scenes: `python recipes/default/pictures.py --images DIR --output DIR`.

--images as for sets.py. Links the train side of the drawings, cut-outs of train2017's photographs and the
train side of the panoramas into one folder; sets.py's test sets have the other sides. Photographed people
stand for speech, laughter, clapping and footsteps too, and people who are drawn so may be silent: who is seen
does not say who sounds.
"""

import argparse
from pathlib import Path

from sets import linked, photographs, side_of

PEOPLE = ("female_speech", "male_speech", "laughter", "clapping", "footsteps")


def main() -> None:
    """Link the folder, and say how many pictures it holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=Path, required=True, help="folder of sprites, coco128 and panoramas")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    material = options.output.with_name(options.output.name + "-material")
    sources = (side_of(options.images / "sprites", "train", material),
               photographs(options.images, "train", material))  # fmt: skip
    files = [(path, str(path.relative_to(source))) for source in sources for path in source.glob("*/*.*")]
    people = [(path, name) for path, name in files if name.startswith("person/")]
    speaking = [(path, name) for path, name in files if name.split("/")[0] in PEOPLE]
    for folder in PEOPLE:
        files += [(path, f"{folder}/{Path(name).name}") for path, name in people]
    files += [(path, "person/" + name.replace("/", "-")) for path, name in speaking]
    linked(files, options.output)
    print(f"{options.output}: {len(files)} pictures")


if __name__ == "__main__":
    main()

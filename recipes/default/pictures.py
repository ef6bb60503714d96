"""Collects the images of training scenes: `python recipes/default/pictures.py --images DIR --output DIR`.

--images as for sets.py. Links the training split of the drawings, cut-outs of the photographs of train2017
and the training split of the panoramas into one folder; the test sets of sets.py have the other splits.
Photographed people are also used for speech, laughter, clapping and footsteps, and drawings of these
classes for silent people, so that the image alone does not determine whether a person is a source.
"""

import argparse
from pathlib import Path

from sets import linked, photographs, side_of

PEOPLE = ("female_speech", "male_speech", "laughter", "clapping", "footsteps")


def main() -> None:
    """Links the files and prints their number."""
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
    print(f"{options.output}: {len(files)} images")


if __name__ == "__main__":
    main()

"""The pictures that scenes are drawn with: a folder of cut-outs and panoramas, or drawings from a seed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.errors import ImageError
from seldkit.registry import nearest
from seldkit.synthesis.procedural.images.drawn_objects import BY_CLASS, Drawing, bystander
from seldkit.synthesis.procedural.images.drawn_people import draw_person
from seldkit.synthesis.scene_images.billboards import Billboard
from seldkit.synthesis.scene_images.image_files import SUFFIXES, read_cutout, read_panorama
from seldkit.synthesis.scene_images.subjects import DISTRACTOR, PERSON, folder_name
from seldkit.synthesis.scene_images.subjects import subject as known
from seldkit.types import ImageArray

Side = Literal["all", "train", "test"]

PANORAMAS: Final = "panoramas"
DRAWN: Final = "drawn:"
TEST_SHARE: Final = 4
"""One picture of so many is on the test side."""
OTHER_FOLDERS: Final = (PERSON, DISTRACTOR, PANORAMAS)
"""Folders of images that do not belong to a class."""
FOLDERS: Final = (*map(folder_name, STARSS23), *OTHER_FOLDERS)
"""Folders of images for the 13 classes of STARSS23."""
OTHER_CLASS: Final = "music"
"""The class whose drawing (a loudspeaker or a radio) represents classes without images and drawings."""

DRAWINGS: Final[Mapping[str, Drawing]] = {
    **BY_CLASS,
    "female speech": lambda rng: draw_person(rng, "speaking", woman=True),
    "male speech": lambda rng: draw_person(rng, "speaking", woman=False),
    "clapping": lambda rng: draw_person(rng, "clapping"),
    "laughter": lambda rng: draw_person(rng, "laughing"),
    "footsteps": lambda rng: draw_person(rng, "walking"),
    PERSON: lambda rng: draw_person(rng, "standing"),
    DISTRACTOR: bystander,
}


@dataclass(frozen=True)
class ImageLibrary:
    """Pictures by name; a file is read when it is first needed.

    folder: where the files are, or None. files: their names, `<sub-folder>/<file>`. side: which seeds the
    drawings have, so that those of training and of test are apart too.
    """

    folder: Path | None = None
    files: tuple[str, ...] = ()
    side: Side = "all"

    def draw(self, subject: str, rng: np.random.Generator) -> str:
        """The name of a picture of a subject (a class, "person" or "distractor").

        Of the subject's first folder that holds any; a drawing where none does. Raises ImageError.
        """
        for folder in known(subject).folders:
            names = self._by_folder.get(folder, ())
            if names:
                return names[rng.integers(len(names))]
        drawing = subject if subject in DRAWINGS else OTHER_CLASS
        return f"{DRAWN}{drawing}:{self._seed(rng)}"

    def draw_background(self, rng: np.random.Generator) -> str:
        """The name of a panorama; of a drawn room where there are none."""
        names = self._by_folder.get(PANORAMAS, ())
        return names[rng.integers(len(names))] if names else f"{DRAWN}room:{self._seed(rng)}"

    def sprite(self, name: str) -> Billboard:
        """The cut-out of a name that `draw` gave. Raises ImageError."""
        if name.startswith(DRAWN):
            return _drawn(name)
        return _cutout(self._path(name))

    def panorama(self, name: str) -> ImageArray:
        """The equirectangular picture of a name that `draw_background` gave. Raises ImageError."""
        return _panorama(self._path(name))

    def only(self, patterns: Iterable[str]) -> "ImageLibrary":
        """The files whose names match one of the patterns (`person/*`, `*/radio.png`)."""
        patterns = tuple(patterns)
        kept = (name for name in self.files if any(fnmatch(name, pattern) for pattern in patterns))
        return replace(self, files=tuple(kept))

    def split(self, side: Literal["train", "test"]) -> "ImageLibrary":
        """The pictures of one side: by their content, about a quarter of each folder for test.

        A folder of one picture goes to training. Copies of a file in several folders are on one side.
        """
        test = self._test_content
        kept = (name for name in self.files if (_content(self._path(name)) in test) == (side == "test"))
        return replace(self, files=tuple(kept), side=side)

    @cached_property
    def _by_folder(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in self.files:
            folder = folder_name(name.split("/")[0])
            found[folder] = (*found.get(folder, ()), name)
        return found

    @cached_property
    def _test_content(self) -> frozenset[str]:
        seen: set[str] = set()
        test: set[str] = set()
        for names in self._by_folder.values():
            new = sorted({_content(self._path(name)) for name in names} - seen)
            seen.update(new)
            if len(new) > 1:
                test.update(new[: -(-len(new) // TEST_SHARE)])
        return frozenset(test)

    def _path(self, name: str) -> Path:
        path = None if self.folder is None else self.folder / name
        if path is None or name not in self.files:
            where = "the drawings" if self.folder is None else f"'{self.folder.name}'"
            raise ImageError(
                f"{where}: no picture '{name}'; render with the folder that the scene was drawn from"
            )
        return path

    def _seed(self, rng: np.random.Generator) -> int:
        """Even for training, odd for test."""
        seed = int(rng.integers(2**30))
        return seed if self.side == "all" else 2 * seed + (self.side == "test")


def load_images(folder: str | Path | None = None, classes: ClassVocabulary = STARSS23) -> ImageLibrary:
    """The pictures of a folder, or with None none, so that everything is drawn.

    folder: sub-folders named after the classes (`female_speech` … `knock`) with PNG (transparent where
        nothing is) or JPEG cut-outs, any of them missing; `person` for people who are silent, and for
        speech, laughter, clapping and footsteps where these have no folder; `distractor` for other silent
        things; `panoramas` for 360° pictures. What is missing is drawn.
    classes: the vocabulary after which sub-folders may be named.
    Raises ImageError in one line where the folder is not there, holds an unknown sub-folder, or nothing.
    """
    if folder is None:
        return ImageLibrary()
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageError(
            f"{folder}: expected a folder of pictures, found none; leave it out to have them drawn"
        )
    known_folders = (*map(folder_name, classes), *OTHER_FOLDERS)
    files: list[str] = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"):
        if folder_name(inner.name) not in known_folders:
            raise ImageError(
                f"{folder.name}/{inner.name}: unknown sub-folder, {nearest(inner.name, known_folders)}; "
                f"expected {', '.join(known_folders)}"
            )
        files += [
            f"{inner.name}/{path.name}" for path in sorted(inner.iterdir()) if path.suffix.lower() in SUFFIXES
        ]
    if not files:
        raise ImageError(
            f"{folder}: no {' '.join(SUFFIXES)} in it; expected sub-folders of pictures: "
            + ", ".join(known_folders)
        )
    return ImageLibrary(folder, tuple(files))


@lru_cache(maxsize=128)
def _drawn(name: str) -> Billboard:
    subject, _, seed = name.removeprefix(DRAWN).rpartition(":")
    if subject not in DRAWINGS or not seed.isdigit():
        raise ImageError(f"'{name}': no such drawing; expected {DRAWN}<subject>:<seed>")
    return Billboard(DRAWINGS[subject](np.random.default_rng(int(seed))))


@lru_cache(maxsize=256)
def _cutout(path: Path) -> Billboard:
    return Billboard(read_cutout(path))


@lru_cache(maxsize=8)
def _panorama(path: Path) -> ImageArray:
    return read_panorama(path)


@lru_cache(maxsize=4096)
def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise ImageError(f"{path.name}: cannot be read ({problem.strerror})") from None

"""Libraries of images for scenes: a folder of cut-outs and panoramas, or procedural drawings."""

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
from seldkit.files import is_temporary, read_regular_file
from seldkit.registry import nearest
from seldkit.synthesis.procedural.images.drawn_objects import OBJECT_DRAWINGS, Drawing, draw_silent_object
from seldkit.synthesis.procedural.images.drawn_people import draw_person
from seldkit.synthesis.scene_images.billboards import Billboard
from seldkit.synthesis.scene_images.image_files import (
    IMAGE_SUFFIXES,
    MAX_FILE_BYTES,
    read_cutout,
    read_panorama,
)
from seldkit.synthesis.scene_images.subjects import DISTRACTOR, PERSON, folder_name
from seldkit.synthesis.scene_images.subjects import subject as find_subject
from seldkit.types import ImageArray

Side = Literal["all", "train", "test"]
"""Side of a split; "all" before it is split."""

PANORAMAS: Final = "panoramas"
"""Folder of the 360° images."""
DRAWN: Final = "drawn:"
"""Prefix of the names of procedural drawings."""
TEST_INTERVAL: Final = 4
"""One of this many images is on the test side."""
OTHER_FOLDERS: Final = (PERSON, DISTRACTOR, PANORAMAS)
"""Subfolders of images that do not belong to a class."""
FOLDERS: Final = (*map(folder_name, STARSS23), *OTHER_FOLDERS)
"""Subfolders for the classes of STARSS23."""
FALLBACK_CLASS: Final = "music"
"""Class whose drawing (a loudspeaker or a radio) represents classes without images and drawings."""

DRAWINGS: Final[Mapping[str, Drawing]] = {
    **OBJECT_DRAWINGS,
    "female speech": lambda rng: draw_person(rng, "speaking", woman=True),
    "male speech": lambda rng: draw_person(rng, "speaking", woman=False),
    "clapping": lambda rng: draw_person(rng, "clapping"),
    "laughter": lambda rng: draw_person(rng, "laughing"),
    "footsteps": lambda rng: draw_person(rng, "walking"),
    PERSON: lambda rng: draw_person(rng, "standing"),
    DISTRACTOR: draw_silent_object,
}
"""Procedural drawings by subject."""


@dataclass(frozen=True)
class ImageLibrary:
    """Images by name. A file is read when it is needed.

    Attributes:
        folder: Folder of the files, None for procedural drawings only.
        files: Names of the files, ``<subfolder>/<file>``.
        side: Side of the split, which determines the seeds of procedural drawings: even for training, odd for
            testing.
    """

    folder: Path | None = None
    files: tuple[str, ...] = ()
    side: Side = "all"

    def draw(self, subject: str, rng: np.random.Generator) -> str:
        """Draws an image of a subject, from the first of its folders that holds images.

        Args:
            subject: Class name, "person" or "distractor".
            rng: Random number generator.

        Returns:
            Name of the image; of a procedural drawing if the folders hold none.
        """
        for folder in find_subject(subject).folders:
            names = self._by_folder.get(folder, ())
            if names:
                return names[rng.integers(len(names))]
        drawing = subject if subject in DRAWINGS else FALLBACK_CLASS
        return f"{DRAWN}{drawing}:{self._draw_seed(rng)}"

    def draw_background(self, rng: np.random.Generator) -> str:
        """Draws a background.

        Args:
            rng: Random number generator.

        Returns:
            Name of a panorama; of a procedural room if there are none.
        """
        names = self._by_folder.get(PANORAMAS, ())
        return names[rng.integers(len(names))] if names else f"{DRAWN}room:{self._draw_seed(rng)}"

    def cutout(self, name: str) -> Billboard:
        """Returns a cut-out.

        Args:
            name: Name that `draw` returned.

        Returns:
            The cut-out.

        Raises:
            ImageError: The library has no such image, or it cannot be read.
        """
        return _draw_cutout(name) if name.startswith(DRAWN) else _load_cutout(self._path(name))

    def panorama(self, name: str) -> ImageArray:
        """Returns a panorama.

        Args:
            name: Name of a panorama that `draw_background` returned.

        Returns:
            Equirectangular image, shape ``(height, width, 3)``.

        Raises:
            ImageError: The library has no such image, or it cannot be read.
        """
        return _load_panorama(self._path(name))

    def select(self, patterns: Iterable[str]) -> "ImageLibrary":
        """Returns the files whose names match a pattern.

        Args:
            patterns: Shell patterns such as `person/*` and `*/radio.png`.

        Returns:
            A library of these files.
        """
        patterns = tuple(patterns)
        chosen = (name for name in self.files if any(fnmatch(name, pattern) for pattern in patterns))
        return replace(self, files=tuple(chosen))

    def split(self, side: Literal["train", "test"]) -> "ImageLibrary":
        """Returns the images of one side of a fixed split, which depends on their content.

        About a quarter of each folder is for testing. A folder with one image is for training. Copies of a
        file in several folders are on the same side.

        Args:
            side: The side.

        Returns:
            A library of these images.

        Raises:
            ImageError: A file cannot be read.
        """
        test = self._test_digests
        chosen = (name for name in self.files if (_digest(self._path(name)) in test) == (side == "test"))
        return replace(self, files=tuple(chosen), side=side)

    @cached_property
    def _by_folder(self) -> dict[str, tuple[str, ...]]:
        groups: dict[str, tuple[str, ...]] = {}
        for name in self.files:
            folder = folder_name(name.split("/")[0])
            groups[folder] = (*groups.get(folder, ()), name)
        return groups

    @cached_property
    def _test_digests(self) -> frozenset[str]:
        assigned: set[str] = set()
        test: set[str] = set()
        for names in self._by_folder.values():
            new = sorted({_digest(self._path(name)) for name in names} - assigned)
            assigned.update(new)
            if len(new) > 1:
                test.update(new[: -(-len(new) // TEST_INTERVAL)])
        return frozenset(test)

    def _path(self, name: str) -> Path:
        path = None if self.folder is None else self.folder / name
        if path is None or name not in self.files:
            library = "the drawings" if self.folder is None else f"'{self.folder.name}'"
            raise ImageError(
                f"{library}: no image '{name}'; use the image folder with which the scene was synthesized"
            )
        return path

    def _draw_seed(self, rng: np.random.Generator) -> int:
        seed = int(rng.integers(2**30))
        return seed if self.side == "all" else 2 * seed + (self.side == "test")


def load_images(folder: str | Path | None = None, classes: ClassVocabulary = STARSS23) -> ImageLibrary:
    """Lists the images of a folder.

    Args:
        folder: Folder with one subfolder per class (`female_speech` … `knock`) of cut-outs: PNG with
            transparency, or JPEG. Further subfolders are `person` for silent persons, and for speech,
            laughter, clapping and footsteps if these have no subfolder; `distractor` for other silent
            objects; and `panoramas` for 360° images. Missing images are drawn procedurally, all for None.
        classes: Class vocabulary, after which the subfolders are named.

    Returns:
        The library.

    Raises:
        ImageError: The folder does not exist, has an unknown subfolder, or holds no images.
    """
    if folder is None:
        return ImageLibrary()
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageError(f"{folder}: expected a folder of images, found none; omit it for procedural images")
    known_folders = (*map(folder_name, classes), *OTHER_FOLDERS)
    files: list[str] = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"):
        if folder_name(inner.name) not in known_folders:
            raise ImageError(
                f"{folder.name}/{inner.name}: unknown subfolder, {nearest(inner.name, known_folders)}; "
                f"expected {', '.join(known_folders)}"
            )
        images = (path for path in sorted(inner.iterdir()) if _is_image(path))
        files += [f"{inner.name}/{path.name}" for path in images]
    if not files:
        raise ImageError(
            f"{folder}: no {' '.join(IMAGE_SUFFIXES)} in it; expected subfolders of images: "
            + ", ".join(known_folders)
        )
    return ImageLibrary(folder, tuple(files))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not is_temporary(path)


@lru_cache(maxsize=128)
def _draw_cutout(name: str) -> Billboard:
    subject, _, seed = name.removeprefix(DRAWN).rpartition(":")
    if subject not in DRAWINGS or not seed.isdigit():
        raise ImageError(f"'{name}': no such drawing; expected {DRAWN}<subject>:<seed>")
    return Billboard.from_cutout(DRAWINGS[subject](np.random.default_rng(int(seed))))


@lru_cache(maxsize=256)
def _load_cutout(path: Path) -> Billboard:
    return Billboard.from_cutout(read_cutout(path))


@lru_cache(maxsize=8)
def _load_panorama(path: Path) -> ImageArray:
    return read_panorama(path)


@lru_cache(maxsize=4096)
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(read_regular_file(path, MAX_FILE_BYTES)).hexdigest()
    except OSError as problem:
        raise ImageError(f"{path.name}: cannot be read ({problem.strerror})") from None

"""Cut-outs from photographs whose objects are outlined: folders for `load_pictures` out of COCO."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import ImageError
from seldkit.files import replacing
from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.scene_images.image_files import SUFFIXES, read_photograph
from seldkit.synthesis.scene_images.subjects import TALL
from seldkit.types import ImageArray

Outline = NDArray[np.float64]
"""(points, 2): x and y of a closed polygon, in parts of the photograph's width and height."""

COCO_FOLDERS: Final[Mapping[int, str]] = {
    1: "person",
    72: "music",
    77: "telephone",
    **dict.fromkeys((73, 76, 78, 79, 80, 82, 89), "domestic_sounds"),
    81: "water_tap",
    **dict.fromkeys((17, 18, 62, 63, 64, 84, 85, 86, 88, 28, 33, 37, 44), "distractor"),
}
"""Sub-folder by COCO category number, 1 to 90, as in COCO's annotations and its outlines in YOLO's format."""
SMALLEST: Final = (64, 28)
"""Pixels of the longer and the shorter side below which an object is left out."""
FILLED: Final = 0.3
"""Share of its rectangle that an object fills at least; others are mostly hidden."""


def extract_cutouts(
    photographs: Path, outlines: Path, output: Path, folders: Mapping[int, str] = COCO_FOLDERS
) -> int:
    """Write the outlined objects of photographs as PNG cut-outs into `output`'s sub-folders; tells how many.

    photographs: a folder of PNG or JPEG, searched recursively. outlines: a text file for each, of the same
        relative name: lines of a category number and x y x y …, in parts of the width and height (YOLO's
        segmentation format). Small, half hidden and cut off objects are left out.
    folders: the sub-folder of each category number that is wanted.
    Raises ImageError in one line for a photograph or outline that cannot be read, or where there is none.
    """
    count = 0
    pictures = (path for path in photographs.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in sorted(pictures):
        lines = (outlines / path.relative_to(photographs)).with_suffix(".txt")
        if not lines.is_file():
            continue
        photograph = read_photograph(path)
        for number, (category, outline) in enumerate(read_outlines(lines)):
            cutout = cut_out(photograph, outline) if category in folders else None
            if cutout is not None:
                _write(output / folders[category] / f"{path.stem}_{number}.png", cutout)
                count += 1
    if not count:
        raise ImageError(f"{photographs}: expected photographs with outlined objects, found none to cut out")
    return count


def read_outlines(path: Path) -> Iterator[tuple[int, Outline]]:
    """The category number and outline of each line of a file. Raises ImageError in one line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ImageError(f"{path.name}: cannot be read as text") from None
    for number, line in enumerate(lines, 1):
        try:
            values = np.array(line.split(), dtype=np.float64)
        except ValueError:
            values = np.empty(0)
        if len(values) < 7 or len(values) % 2 == 0 or not (np.abs(values[1:] - 0.5) <= 0.51).all():
            raise ImageError(
                f"{path.name}, line {number}: expected a category and at least three points x y from 0 to 1, "
                f"got '{line[:40]}'"
            )
        yield int(values[0]), values[1:].reshape(-1, 2)


def cut_out(photograph: ImageArray, outline: Outline) -> Cutout | None:
    """The piece of a photograph within an outline, soft at its edge; None where it is not worth it."""
    cv2 = opencv()
    height, width = photograph.shape[:2]
    points = outline * (width, height)
    left, top = np.floor(points.min(axis=0)).astype(int).clip(0)
    right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 1, (width, height))
    wide, high = int(right - left), int(bottom - top)
    small = max(wide, high) < SMALLEST[0] or min(wide, high) < SMALLEST[1]
    without_feet = bottom >= height - 1 and high >= TALL * wide
    if small or without_feet or left <= 1 or top <= 1 or right >= width - 1:
        return None
    cover = np.zeros((high, wide), np.uint8)
    corners = points - (left + 0.5, top + 0.5)  # OpenCV counts from the middle of the first pixel
    cv2.fillPoly(cover, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    if cover.mean() < 255 * FILLED:
        return None
    cover = cv2.erode(
        cover, np.ones((3, 3), np.uint8)
    )  # the background shines through at the outermost pixel
    cover = cv2.GaussianBlur(cover, (0, 0), 0.8)
    piece = photograph[top:bottom, left:right]
    colour = np.rint(piece * (cover[..., None] / 255.0)).astype(np.uint8)
    return np.dstack([colour, cover])


def _write(path: Path, cutout: Cutout) -> None:
    """As PNG, whose colours are not multiplied by alpha."""
    cv2 = opencv()
    alpha = np.maximum(cutout[..., 3:].astype(np.float32), 1.0)
    plain = np.minimum(cutout[..., :3] * (255.0 / alpha), 255.0)
    content = np.dstack([np.rint(plain).astype(np.uint8)[..., ::-1], cutout[..., 3]])
    with replacing(path) as temporary:
        if not cv2.imwrite(str(temporary), content):
            raise ImageError(f"{path}: cannot be written")

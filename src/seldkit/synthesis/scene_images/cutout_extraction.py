"""Extraction of cut-outs from photographs with object outlines (COCO) into folders for `load_images`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.errors import ImageError
from seldkit.files import is_temporary, read_regular_file, replacing
from seldkit.media.equirectangular import opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.scene_images.image_files import IMAGE_SUFFIXES, MAX_FILE_BYTES, read_photograph
from seldkit.synthesis.scene_images.subjects import MIN_TALL_RATIO
from seldkit.types import Floats, ImageArray

COCO_FOLDERS: Final[Mapping[int, str]] = {
    1: "person",
    72: "music",
    77: "telephone",
    **dict.fromkeys((73, 76, 78, 79, 80, 82, 89), "domestic_sounds"),
    81: "water_tap",
    **dict.fromkeys((17, 18, 62, 63, 64, 84, 85, 86, 88, 28, 33, 37, 44), "distractor"),
}
"""Subfolders by COCO category number, 1 to 90."""
MIN_SIDES_PX: Final = (64, 28)
"""Minimum length of the longer and of the shorter side of an object."""
MIN_FILLED_SHARE: Final = 0.3
"""Minimum share of its bounding box that an object fills; others are mostly occluded."""
EDGE_BLUR_PX: Final = 0.8
"""Standard deviation of the Gaussian blur of the outline."""


def extract_cutouts(
    photographs: Path, outlines: Path, output: Path, folders: Mapping[int, str] = COCO_FOLDERS
) -> int:
    """Writes the outlined objects of photographs as PNG cut-outs. Small and occluded objects are skipped.

    Args:
        photographs: Folder of PNG or JPEG files, searched recursively.
        outlines: Folder with one text file per photograph, of the same relative name. Each line has a
            category number and the outline as x y x y …, as shares of the width and height (YOLO segmentation
            format).
        output: Folder to write to.
        folders: Subfolders of `output` by category number; other categories are skipped.

    Returns:
        Number of cut-outs.

    Raises:
        ImageError: A photograph or outline cannot be read, or no object is outlined.
    """
    count = 0
    images = (
        path
        for path in photographs.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not is_temporary(path)
    )
    for path in sorted(images):
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


def read_outlines(path: Path) -> Iterator[tuple[int, Floats]]:
    """Reads the outlines of one photograph.

    Args:
        path: Text file in YOLO segmentation format.

    Yields:
        Category number and closed polygon of each line, shape ``(points, 2)``: x and y as shares of the width
        and height.

    Raises:
        ImageError: The file cannot be read, or a line is not valid.
    """
    try:
        lines = read_regular_file(path, MAX_FILE_BYTES).decode("utf-8").splitlines()
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


def cut_out(photograph: ImageArray, outline: Floats) -> Cutout | None:
    """Cuts out an object with a soft edge.

    Args:
        photograph: RGB image, shape ``(height, width, 3)``.
        outline: Polygon, shape ``(points, 2)``: x and y as shares of the width and height.

    Returns:
        Image with premultiplied alpha, shape ``(height, width, 4)``. None if the object is small, occluded,
        or cut off by the edge of the photograph.
    """
    cv2 = opencv()
    height, width = photograph.shape[:2]
    points = outline * (width, height)
    left, top = np.floor(points.min(axis=0)).astype(int).clip(0)
    right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 1, (width, height))
    wide, high = int(right - left), int(bottom - top)
    is_small = max(wide, high) < MIN_SIDES_PX[0] or min(wide, high) < MIN_SIDES_PX[1]
    is_cut_below = bottom >= height - 1 and high >= MIN_TALL_RATIO * wide
    if is_small or is_cut_below or left <= 1 or top <= 1 or right >= width - 1:
        return None
    cover = np.zeros((high, wide), np.uint8)
    corners = points - (left + 0.5, top + 0.5)  # OpenCV counts from the centre of the first pixel
    cv2.fillPoly(cover, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    if cover.mean() < 255 * MIN_FILLED_SHARE:
        return None
    cover = cv2.erode(cover, np.ones((3, 3), np.uint8))  # the outermost pixels contain background
    cover = cv2.GaussianBlur(cover, (0, 0), EDGE_BLUR_PX)
    object_pixels = photograph[top:bottom, left:right]
    colour = np.rint(object_pixels * (cover[..., None] / 255.0)).astype(np.uint8)
    return np.dstack([colour, cover])


def _write(path: Path, cutout: Cutout) -> None:
    """Writes a PNG file, whose colours are not premultiplied by alpha."""
    cv2 = opencv()
    alpha = np.maximum(cutout[..., 3:].astype(np.float32), 1.0)
    colours = np.minimum(cutout[..., :3] * (255.0 / alpha), 255.0)
    content = np.dstack([np.rint(colours).astype(np.uint8)[..., ::-1], cutout[..., 3]])
    with replacing(path) as temporary:
        if not cv2.imwrite(str(temporary), content):
            raise ImageError(f"{path}: cannot be written")

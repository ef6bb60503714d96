"""A picture plan rendered, picture by picture: what stands still once, what moves for every picture."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from seldkit.geometry import unit_vector
from seldkit.media.equirectangular import direction_to_frame_pixel, opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.procedural.images.drawn_interior import Box, paint_interior
from seldkit.synthesis.scene_images.billboards import Billboard
from seldkit.synthesis.scene_images.image_library import DRAWN, ImageLibrary
from seldkit.synthesis.scene_images.image_plan import BillboardPlan, ImagePlan
from seldkit.synthesis.scene_images.views import Patch, View
from seldkit.types import ImageArray

RATE: Final = 30.0
SMALL, LOWEST, HIGHEST, CLEAR = 0.95, 0.15, 1.25, 0.7
"""Metres: what needs something to stand on, from which height of its foot to which, and how far away."""


def render_frames(
    plan: ImagePlan, library: ImageLibrary, view: View, rate: float = RATE
) -> Iterator[ImageArray]:
    """The pictures (height, width, 3), uint8 RGB, of a scene as a view sees it, `rate` a second.

    Each shows what moves where it is in the middle of the time for which it is on screen. Where nothing
    moves, the same array comes again; none of them may be changed. Raises ImageError where a picture of
    the library cannot be read.
    """
    count = round(plan.seconds * rate)
    layers = _layers(plan, library)
    picture = render_background(plan, library, view)
    moving = [number for number, layer in enumerate(layers) if layer.board.moves]
    first = min(moving, default=len(layers))
    for layer in layers[:first]:
        _lay(picture, layer.patches(view, 0.0))
    picture.flags.writeable = False
    upper = layers[first:]
    for number in range(count):
        yield _with(picture, upper, view, (number + 0.5) / rate) if upper else picture


def render_background(plan: ImagePlan, library: ImageLibrary, view: View) -> ImageArray:
    """The empty room as a view sees it."""
    azimuth, elevation = view.directions()
    if plan.background.startswith(DRAWN):
        seed = int(plan.background.rpartition(":")[2])
        return paint_interior(plan.space, seed, azimuth, elevation, _supports(plan, library))
    cv2 = opencv()
    panorama = library.panorama(plan.background)
    size = panorama.shape[1], panorama.shape[0]
    x, y = direction_to_frame_pixel(azimuth - plan.turn, elevation, size)
    y = np.clip(y, 0.0, size[1] - 1.0)
    maps = x.astype(np.float32), y.astype(np.float32)
    return np.asarray(cv2.remap(panorama, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP))


def _supports(plan: ImagePlan, library: ImageLibrary) -> list[Box]:
    """Something to stand on for what is small, still, and neither on the floor nor high up."""
    found = []
    for board in plan.boards:
        (x, y, z), height = board.at(0.0), plan.space.camera[2]
        top = height + z - (1.0 - board.anchor[1]) * board.height
        if board.moves or board.height > SMALL or not LOWEST < top < HIGHEST or np.hypot(x, y) < CLEAR:
            continue
        turned = unit_vector(np.rad2deg(np.arctan2(y, x)) + plan.space.heading) * np.hypot(x, y)
        middle = turned[:2] + plan.space.camera[:2]
        half = max(0.2, 0.5 * board.height * library.sprite(board.picture).aspect + 0.05)
        low, high = (middle - half).tolist(), (middle + half).tolist()
        shade = 0.6 + 0.4 * (board.brightness - 0.75) / 0.25
        found.append(Box((*low, 0.0), (*high, top), (176 * shade, 146 * shade, 112 * shade)))
    return found


class _Layer:
    """A board and its cut-out, as bright as it is planned and turned to its side."""

    def __init__(self, board: BillboardPlan, sprite: Billboard) -> None:
        self.board = board
        self._sprite = sprite.altered(board.mirrored, board.brightness)
        self._still: list[Patch] | None = None

    def patches(self, view: View, time: float) -> list[Patch]:
        if self._still is None or self.board.moves:
            placed = self.board.placed(time, self._sprite.aspect)
            self._still = view.patches(placed, self._sprite)
        return self._still


def _layers(plan: ImagePlan, library: ImageLibrary) -> list[_Layer]:
    """The farthest first, by the mean distance over the scene."""

    def distance(board: BillboardPlan) -> float:
        return float(np.linalg.norm(np.asarray(board.points), axis=1).mean())

    boards = sorted(plan.boards, key=distance, reverse=True)
    return [_Layer(board, library.sprite(board.picture)) for board in boards]


def _with(picture: ImageArray, layers: list[_Layer], view: View, time: float) -> ImageArray:
    drawn = picture.copy()
    for layer in layers:
        _lay(drawn, layer.patches(view, time))
    return drawn


def _lay(picture: ImageArray, patches: list[Patch]) -> None:
    for row, column, cutout in patches:
        height, width = cutout.shape[:2]
        _blend(picture[row : row + height, column : column + width], cutout)


def _blend(under: ImageArray, cutout: Cutout) -> None:
    """Lay a cut-out over a piece of the picture, in whole numbers."""
    clear = 255 - cutout[..., 3:].astype(np.uint16)
    mixed = under * clear
    mixed += 127
    mixed //= 255
    mixed += cutout[..., :3]
    np.minimum(mixed, 255, out=mixed)
    under[...] = mixed

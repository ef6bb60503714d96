"""Rendering of an image plan to video frames: static parts once, moving parts for every frame."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from seldkit.geometry import unit_vector
from seldkit.media.equirectangular import direction_to_frame_pixel, opencv
from seldkit.synthesis.procedural.images.drawing_surface import Cutout
from seldkit.synthesis.procedural.images.drawn_interior import Box, draw_interior_view
from seldkit.synthesis.scene_images.billboards import Billboard
from seldkit.synthesis.scene_images.image_library import DRAWN, ImageLibrary
from seldkit.synthesis.scene_images.image_plan import BillboardPlan, ImagePlan
from seldkit.synthesis.scene_images.views import Patch, View
from seldkit.types import ImageArray

FRAME_RATE: Final = 30.0
"""Default number of video frames per second."""
MAX_SUPPORTED_HEIGHT_M: Final = 0.95
"""Height of the largest object that is placed on a piece of furniture."""
SUPPORT_HEIGHT_M: Final = (0.15, 1.25)
"""Range of the heights of that furniture."""
MIN_SUPPORT_DISTANCE_M: Final = 0.7
"""Minimum distance of that furniture from the camera."""
SUPPORT_COLOUR: Final = (176, 146, 112)
"""Red, green and blue of that furniture, 0 to 255."""


def render_frames(
    plan: ImagePlan, library: ImageLibrary, view: View, rate: float = FRAME_RATE
) -> Iterator[ImageArray]:
    """Renders the video frames of a scene.

    A frame shows moving objects at the middle of the time for which it is displayed. If nothing moves, the
    same array is returned again. The arrays must not be modified.

    Args:
        plan: What the images show.
        library: Library with the images of the plan.
        view: Camera.
        rate: Video frames per second.

    Yields:
        RGB images, uint8, shape ``(height, width, 3)``.

    Raises:
        ImageError: An image of the library cannot be read.
    """
    count = round(plan.seconds * rate)
    layers = _layers(plan, library)
    image = render_background(plan, library, view)
    moving = [number for number, layer in enumerate(layers) if layer.plan.is_moving]
    first_moving = min(moving, default=len(layers))
    for layer in layers[:first_moving]:
        _add_patches(image, layer.patches(view, 0.0))
    image.flags.writeable = False
    upper = layers[first_moving:]
    for number in range(count):
        yield _with_layers(image, upper, view, (number + 0.5) / rate) if upper else image


def render_background(plan: ImagePlan, library: ImageLibrary, view: View) -> ImageArray:
    """Renders the room without billboards.

    Args:
        plan: What the images show.
        library: Library with the images of the plan.
        view: Camera.

    Returns:
        RGB image, uint8, shape ``(height, width, 3)``.
    """
    azimuth, elevation = view.directions()
    if plan.background.startswith(DRAWN):
        seed = int(plan.background.rpartition(":")[2])
        return draw_interior_view(plan.space, seed, azimuth, elevation, _supports(plan, library))
    cv2 = opencv()
    panorama = library.panorama(plan.background)
    size = panorama.shape[1], panorama.shape[0]
    x, y = direction_to_frame_pixel(azimuth - plan.turn, elevation, size)
    y = np.clip(y, 0.0, size[1] - 1.0)
    maps = x.astype(np.float32), y.astype(np.float32)
    return np.asarray(cv2.remap(panorama, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP))


def _supports(plan: ImagePlan, library: ImageLibrary) -> list[Box]:
    """Furniture below small static objects that are neither on the floor nor high up."""
    boxes = []
    for billboard in plan.billboards:
        (x, y, z), camera_height = billboard.position(0.0), plan.space.camera[2]
        top = camera_height + z - (1.0 - billboard.anchor[1]) * billboard.height
        is_too_large = billboard.is_moving or billboard.height > MAX_SUPPORTED_HEIGHT_M
        lowest, highest = SUPPORT_HEIGHT_M
        if is_too_large or not lowest < top < highest or np.hypot(x, y) < MIN_SUPPORT_DISTANCE_M:
            continue
        offset = unit_vector(np.rad2deg(np.arctan2(y, x)) + plan.space.heading) * np.hypot(x, y)
        centre = offset[:2] + plan.space.camera[:2]
        half = max(0.2, 0.5 * billboard.height * library.cutout(billboard.image).aspect + 0.05)
        low, high = (centre - half).tolist(), (centre + half).tolist()
        shade = 0.6 + 0.4 * (billboard.brightness - 0.75) / 0.25
        red, green, blue = SUPPORT_COLOUR
        boxes.append(Box((*low, 0.0), (*high, top), (red * shade, green * shade, blue * shade)))
    return boxes


class _Layer:
    """One billboard with its altered cut-out."""

    def __init__(self, plan: BillboardPlan, cutout: Billboard) -> None:
        self.plan = plan
        self._cutout = cutout.altered(plan.mirrored, plan.brightness)
        self._static_patches: list[Patch] | None = None

    def patches(self, view: View, time: float) -> list[Patch]:
        if self._static_patches is None or self.plan.is_moving:
            placed = self.plan.placed(time, self._cutout.aspect)
            self._static_patches = view.patches(placed, self._cutout)
        return self._static_patches


def _layers(plan: ImagePlan, library: ImageLibrary) -> list[_Layer]:
    """The billboards from the farthest to the nearest, by their mean distance."""

    def distance(billboard: BillboardPlan) -> float:
        return float(np.linalg.norm(np.asarray(billboard.points), axis=1).mean())

    billboards = sorted(plan.billboards, key=distance, reverse=True)
    return [_Layer(billboard, library.cutout(billboard.image)) for billboard in billboards]


def _with_layers(image: ImageArray, layers: list[_Layer], view: View, time: float) -> ImageArray:
    frame = image.copy()
    for layer in layers:
        _add_patches(frame, layer.patches(view, time))
    return frame


def _add_patches(image: ImageArray, patches: list[Patch]) -> None:
    for row, column, cutout in patches:
        height, width = cutout.shape[:2]
        _blend(image[row : row + height, column : column + width], cutout)


def _blend(target: ImageArray, cutout: Cutout) -> None:
    """Blends a cut-out with premultiplied alpha over a part of an image, in integer arithmetic."""
    transparency = 255 - cutout[..., 3:].astype(np.uint16)
    mixed = target * transparency
    mixed += 127
    mixed //= 255
    mixed += cutout[..., :3]
    np.minimum(mixed, 255, out=mixed)
    target[...] = mixed

"""Procedural drawings of rooms: floor, walls, ceiling, windows, lamps and furniture, by ray casting.

The colour is a function of the direction, so that any view is exact. Coordinates are metres from a corner of
the room, x and y along the walls, z up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.geometry import unit_vector
from seldkit.synthesis.procedural.images.drawing_surface import Colour
from seldkit.synthesis.procedural.images.drawn_people import draw_colour
from seldkit.synthesis.rooms import CameraSpace
from seldkit.types import Flags, ImageArray

Array = NDArray[np.floating[Any]]
Wholes = NDArray[np.intp]
RAYS_PER_BLOCK: Final = 1 << 16
"""Number of rays that are computed at once, so that they fit into the cache of the processor."""
CAMERA_CLEARANCE_M: Final = 0.9
"""Minimum distance of furniture from the camera."""


@dataclass(frozen=True)
class Box:
    """A piece of furniture as a box.

    Attributes:
        low: Corner with the lowest coordinates in metres.
        high: Corner with the highest coordinates in metres.
        colour: Its colour.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    colour: Colour


@dataclass(frozen=True)
class Panel:
    """A window, picture or doorway on a wall.

    Attributes:
        wall: 0 at x = 0, 1 at the maximum of x, 2 at y = 0, 3 at the maximum of y.
        along: Start and end along the wall in metres.
        up: Lower and upper edge in metres.
        kind: "window", "picture" or "doorway".
        colour: Main colour.
    """

    wall: int
    along: tuple[float, float]
    up: tuple[float, float]
    kind: str
    colour: Colour


@dataclass(frozen=True)
class Interior:
    """Appearance of a room.

    Attributes:
        space: Size of the room and position of the camera.
        wall: Colour of the walls.
        skirting: Colour of the skirting boards.
        ceiling: Colour of the ceiling.
        floor: Colour of the floor.
        floor_kind: "planks", "tiles" or "carpet".
        plank: Width of a plank or tile in metres.
        lamps: Positions (x, y) of ceiling lamps in metres.
        panels: Windows, pictures and doorways.
        boxes: Furniture.
        daylight: Brightness of the daylight, 0.6 to 1.
        seed: Random seed of the textures.
    """

    space: CameraSpace
    wall: Colour
    skirting: Colour
    ceiling: Colour
    floor: Colour
    floor_kind: str
    plank: float
    lamps: tuple[tuple[float, float], ...]
    panels: tuple[Panel, ...]
    boxes: tuple[Box, ...]
    daylight: float
    seed: int


def draw_interior_view(
    space: CameraSpace, seed: int, azimuth: Array, elevation: Array, supports: Sequence[Box] = ()
) -> ImageArray:
    """Draws a view of a room.

    Args:
        space: Size of the room and position of the camera.
        seed: Random seed of the room.
        azimuth: Azimuths of the pixels in degrees, shape ``(height, width)``.
        elevation: Elevations of the pixels in degrees, shape ``(height, width)``.
        supports: Furniture in addition to that of the room, below small objects.

    Returns:
        RGB image, shape ``(height, width, 3)``.
    """
    interior = draw_interior(space, seed)
    interior = replace(interior, boxes=(*interior.boxes, *supports))
    shape = azimuth.shape
    absolute, raised = (
        np.asarray(angle, np.float64).ravel() for angle in (azimuth + space.heading, elevation)
    )
    colours = np.empty((absolute.size, 3), np.uint8)
    for start in range(0, absolute.size, RAYS_PER_BLOCK):
        block = slice(start, start + RAYS_PER_BLOCK)
        rays = unit_vector(absolute[block], raised[block]).astype(np.float32)
        colours[block] = np.clip(_colours(interior, rays), 0.0, 255.0).astype(np.uint8)
    return colours.reshape(*shape, 3)


def draw_interior(space: CameraSpace, seed: int) -> Interior:
    """Draws the appearance of a room.

    Args:
        space: Size of the room and position of the camera.
        seed: Random seed.

    Returns:
        The appearance.
    """
    rng = np.random.default_rng(seed)
    pale = rng.uniform(0.75, 0.95)
    wall = tuple(255 * pale - rng.uniform(0, 28) for _ in range(3))
    wood = rng.random() < 0.6
    lamps = [(rng.uniform(0.2, 0.8) * space.size[0], rng.uniform(0.2, 0.8) * space.size[1])]
    lamps += [(rng.uniform(0.15, 0.85) * space.size[0], rng.uniform(0.15, 0.85) * space.size[1])] * int(
        rng.random() < 0.5
    )
    return Interior(
        space=space,
        wall=(wall[0], wall[1], wall[2]),
        skirting=(236, 234, 230) if rng.random() < 0.6 else (92, 66, 46),
        ceiling=(226, 226, 222),
        floor=_wood(rng) if wood else _muted(draw_colour(rng)),
        floor_kind="planks" if wood else ("tiles" if rng.random() < 0.5 else "carpet"),
        plank=rng.uniform(0.12, 0.22) if wood else rng.uniform(0.3, 0.6),
        lamps=tuple(lamps),
        panels=_draw_panels(rng, space),
        boxes=_draw_boxes(rng, space),
        daylight=rng.uniform(0.6, 1.0),
        seed=int(rng.integers(2**31)),
    )


def _draw_panels(rng: np.random.Generator, space: CameraSpace) -> tuple[Panel, ...]:
    panels: list[Panel] = []
    for wall in range(4):
        length = space.size[1 if wall < 2 else 0]
        place = rng.uniform(0.3, 0.8)
        while place < length - 1.0:
            kind = str(rng.choice(["window", "picture", "doorway", "none"], p=[0.3, 0.3, 0.12, 0.28]))
            wide = {"window": rng.uniform(0.9, 1.8), "doorway": 0.9}.get(kind, rng.uniform(0.4, 1.1))
            wide = min(wide, length - place - 0.2)
            if kind != "none":
                up = {"window": (0.9, 2.2), "doorway": (0.0, 2.05)}.get(kind, (1.2, 1.2 + 0.7 * wide))
                up = (up[0], min(up[1], space.size[2] - 0.1))
                colour = _wood(rng) if kind == "doorway" else draw_colour(rng)
                panels.append(Panel(wall, (place, place + wide), up, kind, colour))
            place += wide + rng.uniform(0.3, 1.6)
    return tuple(panels)


def _draw_boxes(rng: np.random.Generator, space: CameraSpace) -> tuple[Box, ...]:
    """Furniture along the walls: cupboards, tables, sofas, shelves."""
    boxes: list[Box] = []
    for _ in range(rng.integers(2, 7)):
        wide, deep = rng.uniform(0.5, 2.0), rng.uniform(0.35, 0.8)
        high = float(rng.choice([0.45, 0.75, 0.9, 1.8], p=[0.3, 0.35, 0.2, 0.15])) * rng.uniform(0.9, 1.1)
        wall = int(rng.integers(4))
        axis, far = 1 - wall // 2, wall % 2  # along which axis the wall runs; at its beginning or end
        other = 1 - axis
        if space.size[axis] < wide + 0.2 or space.size[other] < 2 * deep:
            continue
        low, up = [0.0, 0.0, 0.0], [0.0, 0.0, min(high, space.size[2] - 0.2)]
        low[axis] = rng.uniform(0.0, space.size[axis] - wide)
        up[axis] = low[axis] + wide
        low[other] = space.size[other] - deep if far else 0.0
        up[other] = low[other] + deep
        colour = _wood(rng) if rng.random() < 0.6 else draw_colour(rng)
        box = Box((low[0], low[1], low[2]), (up[0], up[1], up[2]), colour)
        if _horizontal_distance(box, space.camera) > CAMERA_CLEARANCE_M:
            boxes.append(box)
    return tuple(boxes)


def _horizontal_distance(box: Box, point: tuple[float, float, float]) -> float:
    """Horizontal distance in metres between a box and a point."""
    gaps = [max(box.low[axis] - point[axis], point[axis] - box.high[axis], 0.0) for axis in (0, 1)]
    return float(np.hypot(gaps[0], gaps[1]))


def _muted(colour: Colour) -> Colour:
    grey = sum(colour) / 3.0
    red, green, blue = (0.35 * value + 0.65 * (0.6 * grey + 60.0) for value in colour)
    return red, green, blue


def _wood(rng: np.random.Generator) -> Colour:
    tone = rng.uniform(0.45, 1.15)
    return 196 * tone, 148 * tone, 100 * tone


def _colours(interior: Interior, rays: Array) -> Array:
    """Colours (rays, 3) in directions (rays, 3)."""
    space = interior.space
    origin, size = _single(space.camera), _single(space.size)
    safe = np.where(np.abs(rays) < 1e-6, np.float32(1e-6), rays)
    steps = np.where(safe > 0, size - origin, -origin) / safe
    axis = np.argmin(steps, axis=1)
    distance = np.take_along_axis(steps, axis[:, None], axis=1)[:, 0]
    points = origin + distance[:, None] * rays
    face = 2 * axis + (np.take_along_axis(safe, axis[:, None], axis=1)[:, 0] > 0)
    colours = np.empty_like(rays)
    for number, paint in enumerate((_wall, _wall, _wall, _wall, _floor, _ceiling)):
        rows = np.flatnonzero(face == number)
        if len(rows):
            colours[rows] = paint(interior, points[rows], number)
    light = _light(interior, points)
    light *= _single((0.94, 1.0, 0.9, 0.97, 1.0, 1.04))[face]
    glow = _emits_light(interior, points, face)
    colours *= np.where(glow, 1.0, light)[:, None]
    return _with_furniture(interior, origin, safe, distance, colours)


def _light(interior: Interior, points: Array) -> Array:
    """Brightness of surface points: higher below lamps, lower at the edges of the room."""
    size = _single(interior.space.size)
    edge = np.sort(np.minimum(points, size - points), axis=1)[
        :, 1
    ]  # to the nearest edge of the face it is on
    light = 1.0 - 0.28 * np.exp(-edge / 0.25)
    glow = np.zeros(len(points), np.float32)
    for x, y in interior.lamps:
        offset = points - _single((x, y, size[2]))
        glow += 1.0 / (1.0 + 0.25 * (offset * offset).sum(axis=1))
    return (light * (0.5 + 0.25 * interior.daylight + 0.25 * np.minimum(glow, 1.0))).astype(np.float32)


def _emits_light(interior: Interior, points: Array, face: Wholes) -> Flags:
    """Whether surface points emit light: lamps, and the sky in windows."""
    glows = np.zeros(len(points), bool)
    for x, y in interior.lamps:
        glows |= (face == 5) & (np.hypot(points[:, 0] - x, points[:, 1] - y) < 0.22)
    for panel in interior.panels:
        if panel.kind == "window":
            glows |= (face == panel.wall) & _is_inside(panel, *_on_wall(points, panel.wall), -0.06)
    return glows


def _ceiling(interior: Interior, points: Array, face: int) -> Array:
    colours = np.broadcast_to(_single(interior.ceiling), points.shape).copy()
    for x, y in interior.lamps:
        away = np.hypot(points[:, 0] - x, points[:, 1] - y)
        colours[away < 0.26] = (150, 150, 150)
        colours[away < 0.22] = (255, 252, 240)
    return colours


def _floor(interior: Interior, points: Array, face: int) -> Array:
    x, y = points[:, 0], points[:, 1]
    plank = interior.plank
    if interior.floor_kind == "planks":
        row = np.floor(x / plank)
        along = y / 1.4 + _noise(row, row * 0, interior.seed) * 7
        shade = 0.85 + 0.25 * _noise(row, np.floor(along), interior.seed)
        joint = (x / plank - row < 0.04) | (along - np.floor(along) < 0.004)
        shade = shade + 0.05 * np.sin(40 * x + 9 * np.sin(1.7 * y + row))
    elif interior.floor_kind == "tiles":
        column, row = np.floor(x / plank), np.floor(y / plank)
        shade = 0.92 + 0.1 * _noise(column, row, interior.seed)
        joint = (x / plank - column < 0.02) | (y / plank - row < 0.02)
    else:
        shade = 0.9 + 0.12 * _noise(np.floor(x * 60), np.floor(y * 60), interior.seed)
        joint = np.zeros(len(x), bool)
    return (_single(interior.floor) * np.where(joint, 0.62, shade)[:, None]).astype(np.float32)


def _wall(interior: Interior, points: Array, face: int) -> Array:
    along, up = _on_wall(points, face)
    grain = 0.99 + 0.02 * _noise(np.floor(along * 25), np.floor(up * 25), interior.seed + face)
    colours = _single(interior.wall) * grain[:, None].astype(np.float32)
    colours[up < 0.09] = interior.skirting
    for panel in interior.panels:
        if panel.wall == face:
            _paint_panel(colours, panel, along, up)
    return colours


def _paint_panel(colours: Array, panel: Panel, along: Array, up: Array) -> None:
    frame = 0.06
    colours[_is_inside(panel, along, up, 0.0)] = (245, 244, 240) if panel.kind == "window" else (88, 64, 44)
    inner = _is_inside(panel, along, up, -frame)
    share = ((up - panel.up[0]) / (panel.up[1] - panel.up[0]))[inner, None]
    if panel.kind == "window":
        sky = _single((168, 206, 240)) * share + _single((226, 234, 232)) * (1 - share)
        colours[inner] = np.where(share < 0.3, _single(panel.colour) * 0.4 + _single((60, 96, 60)), sky)
        middle = (panel.along[0] + panel.along[1]) / 2
        colours[inner & (np.abs(along - middle) < 0.025)] = (245, 244, 240)
    elif panel.kind == "doorway":
        colours[inner] = panel.colour
        handle = np.hypot(along - panel.along[1] + 0.13, up - 1.0) < 0.03
        colours[inner & handle] = (224, 200, 110)
    else:
        tint = _single(panel.colour)
        waves = 0.5 + 0.5 * np.sin(9 * along[inner, None] + 5 * np.sin(7 * up[inner, None]))
        colours[inner] = tint * (0.6 + 0.4 * waves) + _single((60, 60, 50)) * (1 - share)


def _is_inside(panel: Panel, along: Array, up: Array, margin: float) -> Flags:
    sideways = (along > panel.along[0] - margin) & (along < panel.along[1] + margin)
    return np.asarray(sideways & (up > panel.up[0] - margin) & (up < panel.up[1] + margin))


def _on_wall(points: Array, face: int) -> tuple[Array, Array]:
    """Coordinates along and up a wall in metres."""
    return points[:, 1 if face < 2 else 0], points[:, 2]


def _with_furniture(interior: Interior, origin: Array, rays: Array, distance: Array, colours: Array) -> Array:
    """Adds furniture; the nearest piece occludes others."""
    nearest = distance.copy()
    for box in interior.boxes:
        first = (_single(box.low) - origin) / rays
        second = (_single(box.high) - origin) / rays
        enter, leave = np.minimum(first, second), np.maximum(first, second)
        face = np.argmax(enter, axis=1)
        start = np.take_along_axis(enter, face[:, None], axis=1)[:, 0]
        rows = np.flatnonzero((start < leave.min(axis=1)) & (start > 0) & (start < nearest - 1e-3))
        nearest[rows] = start[rows]
        points = origin + start[rows, None] * rays[rows]
        shade = _single((0.72, 0.86, 1.04))[face[rows]] * _box_grain(box, points, face[rows])
        colours[rows] = _single(box.colour) * (shade * _light(interior, points))[:, None]
    return colours


def _box_grain(box: Box, points: Array, face: Wholes) -> Array:
    """Shading of doors and drawers: dark joints on vertical faces, darker towards the floor."""
    along = np.where(face == 0, points[:, 1] - box.low[1], points[:, 0] - box.low[0])
    joint = ((along % 0.5) < 0.012) | (((points[:, 2] - 0.04) % 0.42) < 0.012)
    shade = np.where((face < 2) & joint, 0.7, 1.0) * (0.85 + 0.15 * np.minimum(points[:, 2] / 0.5, 1.0))
    return np.asarray(shade, dtype=np.float32)


def _noise(x: Array, y: Array, seed: int) -> Array:
    """A pseudorandom number from 0 to 1 for each cell."""
    mixed = np.sin(x * 12.9898 + y * 78.233 + (seed % 997) * 0.37) * 43758.547
    return np.asarray(mixed - np.floor(mixed), dtype=np.float32)


def _single(values: Sequence[float]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)

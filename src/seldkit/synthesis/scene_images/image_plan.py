"""Plans of a scene's images, drawn from one seed before anything is rendered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from seldkit.classes import STARSS23
from seldkit.geometry import azimuth_difference, direction, unit_vector
from seldkit.synthesis.rooms import CameraSpace
from seldkit.synthesis.scene_images.billboards import PlacedBillboard
from seldkit.synthesis.scene_images.image_library import ImageLibrary
from seldkit.synthesis.scene_images.subjects import DISTRACTOR, MIN_TALL_RATIO, PERSON, Subject, subject
from seldkit.synthesis.value_ranges import Degrees, Factor, Length, Onset, Point, Share, Trajectory
from seldkit.types import Floats

VISIBLE_SHARE: Final = 0.85
"""Share of the sound sources that are visible."""
SILENT_TARGETS_MEAN: Final = 1.0
"""Mean number of visible silent objects of the target classes."""
DISTRACTORS_MEAN: Final = 1.5
"""Mean number of visible silent persons and objects of other kinds."""
SILENT_PERSON_PROBABILITY: Final = 0.35
"""Probability that a distractor is a person."""
MIN_SILENT_ANGLE_DEG: Final = 12.0
"""Minimum azimuth difference between silent objects and sound sources."""
PLACE_ATTEMPTS: Final = 8
"""Attempts to place a silent object."""
MIN_CAMERA_CLEARANCE_M: Final = 0.4
"""Minimum distance of the walls from the camera in a room that is built around the sources."""


@dataclass(frozen=True)
class SourceTrajectory:
    """A sound source and its trajectory.

    Attributes:
        class_id: Class number.
        onset: Onset in seconds.
        offset: Offset in seconds.
        points: Positions in metres from the camera, x ahead (azimuth 0), y left, z up: one for a static
            source, otherwise evenly spaced in time from onset to offset.
    """

    class_id: int
    onset: float
    offset: float
    points: tuple[Point, ...]


@dataclass(frozen=True)
class BillboardPlan:
    """A cut-out in the scene.

    Attributes:
        image: Name of the cut-out in the library.
        height: Height in metres.
        anchor: Position of the point of the trajectory within the cut-out as a share of its width and height,
            from its upper left corner.
        points: Trajectory as in `SourceTrajectory`, evenly spaced in time from start to end.
        start: Start of the motion in seconds; before it, the billboard does not move.
        end: End of the motion in seconds; after it, the billboard does not move.
        mirrored: Whether left and right of the cut-out are exchanged.
        brightness: Factor on the colours of the cut-out.
        source: Index of the sound source that it shows, -1 for a silent object.
    """

    image: str
    height: Annotated[float, Field(gt=0, le=100)]
    anchor: tuple[Share, Share]
    points: Trajectory
    start: Onset
    end: Onset
    mirrored: bool
    brightness: Factor
    source: Annotated[int, Field(ge=-1)]

    def position(self, time: float) -> Floats:
        """Returns the position at a time.

        Args:
            time: Time in seconds.

        Returns:
            Point in metres from the camera, shape ``(3,)``.
        """
        path = np.asarray(self.points, dtype=np.float64)
        if len(path) == 1 or self.end <= self.start:
            return np.asarray(path[0])
        place = (time - self.start) / (self.end - self.start) * (len(path) - 1)
        return np.array([np.interp(place, np.arange(len(path)), axis) for axis in path.T])

    def placed(self, time: float, aspect: float) -> PlacedBillboard:
        """Returns the rectangle of the billboard at a time.

        Args:
            time: Time in seconds.
            aspect: Width of the cut-out divided by its height.

        Returns:
            The rectangle.
        """
        across = 1.0 - self.anchor[0] if self.mirrored else self.anchor[0]
        return PlacedBillboard(
            self.position(time), (self.height * aspect, self.height), (across, self.anchor[1])
        )

    @property
    def is_moving(self) -> bool:
        """Whether its position ever changes."""
        return len(set(self.points)) > 1 and self.end > self.start


@dataclass(frozen=True)
class ImagePlan:
    """What the images of a scene show.

    Attributes:
        seconds: Duration in seconds.
        background: Name of a panorama or procedural room in the library.
        turn: Rotation of the panorama to the left in degrees.
        space: The room that is drawn.
        billboards: Cut-outs in the scene.
    """

    seconds: Length
    background: str
    turn: Degrees
    space: CameraSpace
    billboards: tuple[BillboardPlan, ...]


def draw_image_plan(
    rng: np.random.Generator,
    sources: Sequence[SourceTrajectory],
    library: ImageLibrary,
    seconds: float,
    space: CameraSpace | None = None,
    classes: Sequence[str] = STARSS23,
) -> ImagePlan:
    """Draws what the images show: most of the sources, silent objects of their classes, and distractors.

    Everything is visible during the whole scene, so that visibility does not indicate activity.

    Args:
        rng: Random number generator.
        sources: Sound sources of the scene.
        library: Images to choose from.
        seconds: Duration in seconds.
        space: The room of the sound, None for a room around the sources.
        classes: Class names in the order of the class numbers.

    Returns:
        The plan.

    Raises:
        ImageError: An image cannot be read.
    """
    space = _space_around(rng, sources) if space is None else space
    billboards = [
        _draw_billboard(rng, classes[source.class_id], library, source, number, space)
        for number, source in enumerate(sources)
        if rng.random() < VISIBLE_SHARE
    ]
    azimuths = [float(azimuth) for source in sources for azimuth in direction(source.points)[0]]
    names = [classes[int(rng.integers(len(classes)))] for _ in range(rng.poisson(SILENT_TARGETS_MEAN))]
    for _ in range(rng.poisson(DISTRACTORS_MEAN)):
        names.append(PERSON if rng.random() < SILENT_PERSON_PROBABILITY else DISTRACTOR)
    for name in names:
        point = _draw_silent_position(rng, azimuths, space)
        if point is not None:
            silent = SourceTrajectory(-1, 0.0, 0.0, (point,))
            billboards.append(_draw_billboard(rng, name, library, silent, -1, space))
    background, turn = library.draw_background(rng), rng.uniform(-180.0, 180.0)
    return ImagePlan(seconds, background, turn, space, tuple(billboards))


def _draw_billboard(
    rng: np.random.Generator,
    name: str,
    library: ImageLibrary,
    source: SourceTrajectory,
    number: int,
    space: CameraSpace,
) -> BillboardPlan:
    image = library.draw(name, rng)
    aspect = library.cutout(image).aspect
    above_floor = space.camera[2] + float(np.mean([point[2] for point in source.points]))
    height, source_position = _draw_size(rng, subject(name), aspect, above_floor)
    points = source.points
    if number < 0:
        points = _on_support(points[0], source_position * height, height, space, rng)
    return BillboardPlan(
        image=image,
        height=height,
        anchor=(0.5, source_position),
        points=points,
        start=source.onset,
        end=source.offset,
        mirrored=bool(rng.random() < 0.5),
        brightness=rng.uniform(0.75, 1.0),
        source=number,
    )


def _draw_size(
    rng: np.random.Generator, shown: Subject, aspect: float, above_floor: float
) -> tuple[float, float]:
    """Height of a cut-out in metres, and the position of its source, which is `above_floor` metres high.

    A tall cut-out stands on the floor if its range of heights and of source positions allows it.
    """
    if aspect > 1.0 / MIN_TALL_RATIO:
        return rng.uniform(*shown.longer_side) / max(1.0, aspect), 0.5
    first, last = shown.source_position
    height = rng.uniform(*shown.tall_height)
    standing = above_floor / (1.0 - first)
    if first == last and shown.tall_height[0] <= standing <= shown.tall_height[1] + 0.1:
        height = standing
    return height, float(np.clip(1.0 - above_floor / height, first, last))


def _on_support(
    point: Point, anchor_depth: float, height: float, space: CameraSpace, rng: np.random.Generator
) -> tuple[Point, ...]:
    """A silent object on the floor, or, for small ones, often at the height of a table."""
    support = 0.0 if height > 0.9 or rng.random() < 0.4 else rng.uniform(0.5, 1.1)
    return ((point[0], point[1], support + height - anchor_depth - space.camera[2]),)


def _draw_silent_position(
    rng: np.random.Generator, source_azimuths: list[float], space: CameraSpace
) -> Point | None:
    """A position in the room that is not near the direction of a source; None if none is found."""
    for _ in range(PLACE_ATTEMPTS):
        azimuth = rng.uniform(-180.0, 180.0)
        reach = space.distance_to_wall(azimuth)
        differences = (float(azimuth_difference(azimuth, other)) for other in source_azimuths)
        if reach > 1.0 and min(differences, default=180.0) >= MIN_SILENT_ANGLE_DEG:
            x, y, _ = (rng.uniform(1.0, min(6.0, reach)) * unit_vector(azimuth)).tolist()
            return x, y, 0.0
    return None


def _space_around(rng: np.random.Generator, sources: Sequence[SourceTrajectory]) -> CameraSpace:
    """A room with walls along the axes that holds every source."""
    points = np.array([point for source in sources for point in source.points]).reshape(-1, 3)
    low = np.minimum(points.min(axis=0, initial=0.0), -MIN_CAMERA_CLEARANCE_M) - rng.uniform(0.3, 2.0, 3)
    high = np.maximum(points.max(axis=0, initial=0.0), MIN_CAMERA_CLEARANCE_M) + rng.uniform(0.3, 2.0, 3)
    low[2] = min(points[:, 2].min(initial=0.0) - 0.1, -rng.uniform(1.1, 1.7))
    high[2] = max(points[:, 2].max(initial=0.0) + 0.2, low[2] + rng.uniform(2.4, 3.4))
    size, camera = (high - low).tolist(), (-low).tolist()
    return CameraSpace((size[0], size[1], size[2]), (camera[0], camera[1], camera[2]), 0.0)

"""What is seen in a scene, drawn before anything is rendered: plain values that go to JSON and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from seldkit.classes import STARSS23
from seldkit.geometry import azimuth_difference, direction, unit_vector
from seldkit.synthesis.scene_images.billboards import PlacedBillboard
from seldkit.synthesis.scene_images.image_library import ImageLibrary
from seldkit.synthesis.scene_images.subjects import DISTRACTOR, PERSON, TALL, Subject
from seldkit.synthesis.scene_images.subjects import subject as known
from seldkit.types import Floats

Point = tuple[float, float, float]

VISIBLE: Final = 0.85
"""Share of the sounding things that are seen."""
SILENT: Final = 1.0
"""Mean number of things of the target classes that are seen and silent."""
BYSTANDERS: Final = 1.5
"""Mean number of other things and people that are seen."""
APART: Final = 12.0
"""Degrees of azimuth between what is silent and where anything sounds, if that can be had."""
NEAREST: Final = 0.4


@dataclass(frozen=True)
class SourceTrajectory:
    """Something that sounds, and where: what `draw_image_plan` is asked to show.

    onset, offset: seconds. points: metres from the camera, x ahead (azimuth 0 of the 360° frame), y left, z
    up; one for a still source, else evenly spaced in time from onset to offset.
    """

    class_id: int
    onset: float
    offset: float
    points: tuple[Point, ...]


@dataclass(frozen=True)
class CameraSpace:
    """The shoebox in which the camera stands; as in `seldkit.synthesis.rooms.Room`.

    size: metres (x, y, z); camera: metres from its corner; heading: degrees from its x axis to azimuth 0.
    """

    size: Point
    camera: Point
    heading: float

    def reach(self, azimuth: float, elevation: float = 0.0, margin: float = 0.15) -> float:
        """Metres to the wall, floor or ceiling in a direction, less a margin."""
        way = unit_vector(azimuth + self.heading, elevation)
        wall = np.where(way > 0, np.asarray(self.size) - margin, margin)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = (wall - np.asarray(self.camera)) / way
        return max(0.0, float(np.min(steps[np.abs(way) > 1e-9])))


@dataclass(frozen=True)
class BillboardPlan:
    """One cut-out in the scene.

    picture: its name in the library; height: metres; anchor: the place in it (of its width and height, from
    the upper left) that is at the points. points: as in `SourceTrajectory`, evenly spaced from start to end
    (seconds); before and after it stands still. brightness: times the picture's own. source: which of the
    sounding things it is, by its number, or −1.
    """

    picture: str
    height: float
    anchor: tuple[float, float]
    points: tuple[Point, ...]
    start: float
    end: float
    mirrored: bool
    brightness: float
    source: int

    def at(self, time: float) -> Floats:
        """The point (3,) in metres at a time in seconds."""
        path = np.asarray(self.points, dtype=np.float64)
        if len(path) == 1 or self.end <= self.start:
            return np.asarray(path[0])
        along = (time - self.start) / (self.end - self.start) * (len(path) - 1)
        return np.array([np.interp(along, np.arange(len(path)), axis) for axis in path.T])

    def placed(self, time: float, aspect: float) -> PlacedBillboard:
        """Where it stands at a time, for a picture whose width is `aspect` times its height."""
        across = 1.0 - self.anchor[0] if self.mirrored else self.anchor[0]
        return PlacedBillboard(self.at(time), (self.height * aspect, self.height), (across, self.anchor[1]))

    @property
    def moves(self) -> bool:
        """Whether it is ever at another place."""
        return len(set(self.points)) > 1 and self.end > self.start


@dataclass(frozen=True)
class ImagePlan:
    """What is seen in a scene of so many seconds.

    background: a panorama's or drawn room's name in the library; turn: degrees by which it is turned to
    the left; space: the room that is drawn.
    """

    seconds: float
    background: str
    turn: float
    space: CameraSpace
    boards: tuple[BillboardPlan, ...]

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "ImagePlan":
        """The plan whose `dataclasses.asdict` was written as JSON and read. Raises TypeError, ValueError."""
        boards = tuple(BillboardPlan(**_tuples(BillboardPlan, board)) for board in values["boards"])
        space = CameraSpace(**_tuples(CameraSpace, values["space"]))
        return cls(**{**values, "space": space, "boards": boards})


def draw_image_plan(
    rng: np.random.Generator,
    sources: Sequence[SourceTrajectory],
    library: ImageLibrary,
    seconds: float,
    space: CameraSpace | None = None,
    classes: Sequence[str] = STARSS23,
) -> ImagePlan:
    """What is seen while `sources` sound: most of them, some silent things like them, and bystanders.

    Everything stands there for the whole scene, so that being seen does not tell when something sounds.
    space: the room that the sound is in; without it one that holds the sources.
    """
    space = _space_around(rng, sources) if space is None else space
    boards = [
        _draw_board(rng, classes[source.class_id], library, source, number, space)
        for number, source in enumerate(sources)
        if rng.random() < VISIBLE
    ]
    taken = [float(azimuth) for source in sources for azimuth in direction(source.points)[0]]
    subjects = [classes[int(rng.integers(len(classes)))] for _ in range(rng.poisson(SILENT))]
    subjects += [PERSON if rng.random() < 0.35 else DISTRACTOR for _ in range(rng.poisson(BYSTANDERS))]
    for subject in subjects:
        place = _draw_place(rng, taken, space)
        if place is not None:
            still = SourceTrajectory(-1, 0.0, 0.0, (place,))
            boards.append(_draw_board(rng, subject, library, still, -1, space))
    return ImagePlan(seconds, library.draw_background(rng), rng.uniform(-180.0, 180.0), space, tuple(boards))


def _draw_board(
    rng: np.random.Generator,
    subject: str,
    library: ImageLibrary,
    source: SourceTrajectory,
    number: int,
    space: CameraSpace,
) -> BillboardPlan:
    picture = library.draw(subject, rng)
    aspect = library.sprite(picture).aspect
    above = space.camera[2] + float(np.mean([point[2] for point in source.points]))
    height, sounds_at = _draw_size(rng, known(subject), aspect, above)
    points = source.points
    if number < 0:
        points = _stood(points[0], sounds_at * height, height, space, rng)
    return BillboardPlan(
        picture=picture,
        height=height,
        anchor=(0.5, sounds_at),
        points=points,
        start=source.onset,
        end=source.offset,
        mirrored=bool(rng.random() < 0.5),
        brightness=rng.uniform(0.75, 1.0),
        source=number,
    )


def _draw_size(rng: np.random.Generator, kind: Subject, aspect: float, above: float) -> tuple[float, float]:
    """Metres of a picture's height, and where in it the sound is, `above` metres over the floor.

    What is tall stands on the floor, if its height and the place of its sound allow it.
    """
    if aspect > 1.0 / TALL:
        return rng.uniform(*kind.small) / max(1.0, aspect), 0.5
    first, last = kind.sounds_at
    height = rng.uniform(*kind.tall)
    fitting = above / (1.0 - first)
    if first == last and kind.tall[0] <= fitting <= kind.tall[1] + 0.1:
        height = fitting
    return height, float(np.clip(1.0 - above / height, first, last))


def _stood(
    point: Point, above: float, height: float, space: CameraSpace, rng: np.random.Generator
) -> tuple[Point, ...]:
    """A silent thing stood on the floor; a small one often on something as high as a table."""
    base = 0.0 if height > 0.9 or rng.random() < 0.4 else rng.uniform(0.5, 1.1)
    return ((point[0], point[1], base + height - above - space.camera[2]),)


def _draw_place(rng: np.random.Generator, taken: list[float], space: CameraSpace) -> Point | None:
    """Somewhere in the room at some distance from what sounds; None where there is no room."""
    for _ in range(8):
        azimuth = rng.uniform(-180.0, 180.0)
        reach = space.reach(azimuth)
        apart = min((float(azimuth_difference(azimuth, other)) for other in taken), default=180.0)
        if reach > 1.0 and apart >= APART:
            x, y, _ = (rng.uniform(1.0, min(6.0, reach)) * unit_vector(azimuth)).tolist()
            return x, y, 0.0
    return None


def _space_around(rng: np.random.Generator, sources: Sequence[SourceTrajectory]) -> CameraSpace:
    """A room along the axes that holds every source."""
    points = np.array([point for source in sources for point in source.points]).reshape(-1, 3)
    low = np.minimum(points.min(axis=0, initial=0.0), -NEAREST) - rng.uniform(0.3, 2.0, 3)
    high = np.maximum(points.max(axis=0, initial=0.0), NEAREST) + rng.uniform(0.3, 2.0, 3)
    low[2] = min(points[:, 2].min(initial=0.0) - 0.1, -rng.uniform(1.1, 1.7))
    high[2] = max(points[:, 2].max(initial=0.0) + 0.2, low[2] + rng.uniform(2.4, 3.4))
    size, camera = (high - low).tolist(), (-low).tolist()
    return CameraSpace((size[0], size[1], size[2]), (camera[0], camera[1], camera[2]), 0.0)


def _tuples(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' values with JSON's lists as tuples again."""
    return {field.name: _tuple(values[field.name]) for field in fields(kind)}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, (list, tuple)) else value

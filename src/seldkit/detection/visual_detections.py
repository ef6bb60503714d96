"""What is seen in a video that makes the sounds of the classes: mouths, wrists, feet, and things.

`Refiner` does all this for a file; step by step:

finder = PoseSettings().load().detector
seen = sightings(iter_frames("clip.mp4", rate=10), people=finder, things=Yolox("refinement"))
annotations, effects = refine(scene.annotations, seen)
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Final, NamedTuple, Self

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.detection.refinement import VisualDetections
from seldkit.embeddings.person_keypoints import KeypointDetector
from seldkit.embeddings.yolox import Yolox
from seldkit.geometry import DCASE2025_CAMERA, PANORAMA_FIELD_OF_VIEW_DEG, Camera, pixel_to_azimuth
from seldkit.media import VideoFrame
from seldkit.types import Floats, ImageArray

THINGS: Final = {
    62: "television",
    67: "telephone",
    68: "kitchen appliance",
    69: "kitchen appliance",
    70: "kitchen appliance",
    71: "sink",
    72: "kitchen appliance",
}
"""Of COCO's 80 classes those that a rule looks for, by their numbers."""

PARTS: Final = ("mouth", "wrist", "foot")
"""Of people."""

LEAST_SCORE: Final = 0.2
"""Below it nothing is a sighting; rules ask for more."""


class Detection(NamedTuple):
    """One thing in a picture: kind, place (left, top, right, bottom, from 0 to 1), and score."""

    kind: str
    corners: tuple[float, float, float, float]
    score: float

    @property
    def x(self) -> float:
        """Of its middle, from the left, 0 to 1."""
        return (self.corners[0] + self.corners[2]) / 2

    @classmethod
    def at(cls, kind: str, point: Floats) -> Self:
        """A point's x, y (0 to 1) and score."""
        x, y, score = point.tolist()
        return cls(kind, (x, y, x, y), score)


def sightings(
    pictures: Iterable[VideoFrame],
    people: KeypointDetector | None = None,
    things: Yolox | None = None,
    camera: Camera = DCASE2025_CAMERA,
    people_in: Container[int] | None = None,
    things_in: Container[int] | None = None,
) -> VisualDetections:
    """What is seen in each picture, one row a thing, in the 100 ms frame of the picture's time.

    pictures: perspective ones of the camera's field of view, or panoramas where it is 360 degrees; at most
    one for each frame. people, things: what finds them; None looks for none. people_in, things_in: the frames
    in which they are looked for; None for all. Of a part that comes in pairs (wrists, feet) each is a
    sighting, a mouth is the middle of its points. What lies beyond the picture's edges was guessed and is no
    sighting.
    """
    rows: list[tuple[int, Detection]] = []
    for shown in pictures:
        frame = int((shown.time + 1e-6) / FRAME_SECONDS)
        found = _seen(
            shown.image,
            people if people_in is None or frame in people_in else None,
            things if things_in is None or frame in things_in else None,
        )
        rows += [(frame, thing) for thing in found if thing.score >= LEAST_SCORE and 0.0 <= thing.x <= 1.0]
    return VisualDetections(
        frame=np.array([frame for frame, _ in rows], dtype=np.int64),
        kind=[thing.kind for _, thing in rows],
        azimuth=_azimuth(np.array([thing.x for _, thing in rows], dtype=np.float64), camera),
        score=np.array([thing.score for _, thing in rows], dtype=np.float64),
        corners=np.array([thing.corners for _, thing in rows], dtype=np.float64).reshape(-1, 4),
    )


def _azimuth(x: Floats, camera: Camera) -> Floats:
    """Of places from the left, 0 to 1."""
    if camera.field_of_view == PANORAMA_FIELD_OF_VIEW_DEG:
        return PANORAMA_FIELD_OF_VIEW_DEG * (0.5 - x)
    return np.asarray(pixel_to_azimuth(x * (camera.width - 1), camera), dtype=np.float64)


def _seen(picture: ImageArray, people: KeypointDetector | None, things: Yolox | None) -> Iterator[Detection]:
    if people is not None:
        yield from _parts(people, picture)
    if things is not None:
        found = things.detect(picture, LEAST_SCORE)
        for number, corners, score in zip(found.class_id, found.corners, found.score, strict=True):
            if int(number) in THINGS:
                yield Detection(THINGS[int(number)], tuple(corners.tolist()), float(score))


def _parts(people: KeypointDetector, picture: ImageArray) -> Iterator[Detection]:
    for points in people.detect(picture).points:
        yield Detection.at("mouth", points[list(people.body_parts["mouth"])].mean(axis=0))
        for kind in ("wrist", "foot"):
            for point in points[list(people.body_parts[kind])]:
                yield Detection.at(kind, point)

"""Visual detections in video: mouths, wrists, feet and objects that may cause the sound of a class.

`Refiner` does this for a file. Step by step:

    detector = PoseSettings().load().detector
    detections = detect_visual_sources(
        iter_frames("clip.mp4", rate=10), people=detector, objects=Yolox("refinement")
    )
    annotations, effects = refine(scene.annotations, detections)
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

OBJECT_KINDS: Final = {
    62: "television",
    67: "telephone",
    68: "kitchen appliance",
    69: "kitchen appliance",
    70: "kitchen appliance",
    71: "sink",
    72: "kitchen appliance",
}
"""Kinds of objects by COCO class number."""

BODY_PARTS: Final = ("mouth", "wrist", "foot")
"""Kinds of body parts."""

MIN_SCORE: Final = 0.2
"""Smallest score of a detection, in [0, 1]; rules require more."""


class Detection(NamedTuple):
    """One object or body part in an image.

    Attributes:
        kind: One of `OBJECT_KINDS` or `BODY_PARTS`.
        corners: Left, top, right and bottom, as fractions of the width and height in [0, 1].
        score: Detection score in [0, 1].
    """

    kind: str
    corners: tuple[float, float, float, float]
    score: float

    @property
    def x(self) -> float:
        """Horizontal centre as a fraction of the width; 0 is the left edge."""
        return (self.corners[0] + self.corners[2]) / 2

    @classmethod
    def from_point(cls, kind: str, point: Floats) -> Self:
        """Creates a detection without extent.

        Args:
            kind: Kind of the detection.
            point: Position (fractions of width and height) and score, shape ``(3,)``.

        Returns:
            The detection.
        """
        x, y, score = point.tolist()
        return cls(kind, (x, y, x, y), score)


def detect_visual_sources(
    video_frames: Iterable[VideoFrame],
    people: KeypointDetector | None = None,
    objects: Yolox | None = None,
    camera: Camera = DCASE2025_CAMERA,
    people_frames: Container[int] | None = None,
    object_frames: Container[int] | None = None,
) -> VisualDetections:
    """Detects objects and body parts in video frames.

    Each wrist and each foot is a detection; a mouth is the mean of its points. Points outside the image are
    extrapolated by the detector and are ignored.

    Args:
        video_frames: Perspective images of the camera, or panoramas if its field of view is 360 degrees; at
            most one for each frame of 100 ms.
        people: Detector of body keypoints; None for no body parts.
        objects: Detector of objects; None for no objects.
        camera: Camera of the video.
        people_frames: Numbers of the frames in which body parts are detected; None for all.
        object_frames: Numbers of the frames in which objects are detected; None for all.

    Returns:
        The detections.
    """
    rows: list[tuple[int, Detection]] = []
    for video_frame in video_frames:
        frame = int((video_frame.time + 1e-6) / FRAME_SECONDS)
        detections = _detect(
            video_frame.image,
            people if people_frames is None or frame in people_frames else None,
            objects if object_frames is None or frame in object_frames else None,
        )
        rows += [(frame, one) for one in detections if one.score >= MIN_SCORE and 0.0 <= one.x <= 1.0]
    return VisualDetections(
        frame=np.array([frame for frame, _ in rows], dtype=np.int64),
        kind=[one.kind for _, one in rows],
        azimuth=_azimuth(np.array([one.x for _, one in rows], dtype=np.float64), camera),
        score=np.array([one.score for _, one in rows], dtype=np.float64),
        corners=np.array([one.corners for _, one in rows], dtype=np.float64).reshape(-1, 4),
    )


def _azimuth(x: Floats, camera: Camera) -> Floats:
    """Azimuths of horizontal positions in [0, 1]."""
    if camera.field_of_view == PANORAMA_FIELD_OF_VIEW_DEG:
        return PANORAMA_FIELD_OF_VIEW_DEG * (0.5 - x)
    return np.asarray(pixel_to_azimuth(x * (camera.width - 1), camera), dtype=np.float64)


def _detect(image: ImageArray, people: KeypointDetector | None, objects: Yolox | None) -> Iterator[Detection]:
    if people is not None:
        yield from _body_parts(people, image)
    if objects is not None:
        boxes = objects.detect(image, MIN_SCORE)
        for number, corners, score in zip(boxes.class_id, boxes.corners, boxes.score, strict=True):
            if int(number) in OBJECT_KINDS:
                yield Detection(OBJECT_KINDS[int(number)], tuple(corners.tolist()), float(score))


def _body_parts(people: KeypointDetector, image: ImageArray) -> Iterator[Detection]:
    for points in people.detect(image).points:
        yield Detection.from_point("mouth", points[list(people.body_parts["mouth"])].mean(axis=0))
        for kind in ("wrist", "foot"):
            for point in points[list(people.body_parts[kind])]:
                yield Detection.from_point(kind, point)

"""Human pose by MediaPipe's two networks, run by LiteRT (BlazePose, Bazarevsky et al. 2020; 33 points)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seldkit.embeddings.image_processing import crop_rotated_square
from seldkit.embeddings.person_keypoints import VALUES_PER_POINT, KeypointEncoder, PersonKeypoints
from seldkit.embeddings.pretrained_weights import resolve_weights
from seldkit.embeddings.registry import EMBEDDINGS, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import mirror_keypoints
from seldkit.embeddings.yolox import suppress_overlapping_boxes
from seldkit.errors import MissingExtraError, ModelError
from seldkit.settings import Settings
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor


POINTS: Final = 33
PARTNERS: Final = (
    *(0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9),
    *(number + 1 if number % 2 else number - 1 for number in range(11, POINTS)),
)
"""Of each point the one that it is in the mirror: the nose; three points of each eye; the rest in pairs."""
ORIGIN: Final = "it ships in the Python package mediapipe 0.10.14: pip install --no-deps mediapipe==0.10.14"
FILES: Final = {
    f"{name}.tflite": f"mediapipe:modules/{name.removesuffix('_full')}/{name}.tflite"
    for name in ("pose_detection", "pose_landmark_full")
}
"""Names of the networks' files, and where the package holds them."""
SEEN_SIZE, CUT_SIZE = 224, 256
LAYERS: Final = ((8, 2), (16, 2), (32, 6))
"""Of each of the detector's grids: pixels from cell to cell, and answers a cell."""

MARGIN: Final = 1.25
OVERLAP: Final = 0.3


@EMBEDDINGS.register("pose")
class PoseSettings(Settings):
    """detector, landmarks: the files pose_detection.tflite and pose_landmark_full.tflite, or None to look for
    them where such files lie. rate: pictures a second. people: at most so many, surest first. least_score: of
    a person.
    """

    embedding: Literal["pose"] = "pose"
    detector: WeightsLocation | None = None
    landmarks: WeightsLocation | None = None
    rate: FrameRate = 10.0
    people: Annotated[int, Field(ge=1, le=32)] = 4
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5

    @property
    def modality(self) -> Modality:
        return "images"

    @property
    def dim(self) -> int:
        return self.people * POINTS * VALUES_PER_POINT

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """Points at 1 − x, left ones for right ones."""
        return mirror_keypoints(stream, self.people, PARTNERS)

    def load(self, device: str | torch.device = "cpu") -> KeypointEncoder:
        return KeypointEncoder(BlazePoseDetector(self), self.people, POINTS)


@dataclass(frozen=True)
class Region:
    """A turned square of a picture: middle and side in pixels, angle in radians (clockwise as seen)."""

    x: float
    y: float
    side: float
    angle: float


class BlazePoseDetector:
    """Finds people, then the 33 points of each, in a square turned so that the person is upright.

    The networks run on the processor, whatever the device: their files are LiteRT's.
    """

    def __init__(self, settings: PoseSettings) -> None:
        self.body_parts: dict[str, tuple[int, ...]] = {"mouth": (9, 10), "wrist": (15, 16), "foot": (27, 28)}
        self._settings = settings
        files = {"pose_detection": settings.detector, "pose_landmark_full": settings.landmarks}
        self._detector, self._landmarks = (_interpreter(name, given) for name, given in files.items())
        self._anchors = _anchors()

    def detect(self, picture: ImageArray) -> PersonKeypoints:
        """The people of a picture."""
        regions, scores = self._regions(picture)
        points, sure = (
            np.zeros((len(regions), POINTS, VALUES_PER_POINT), np.float32),
            np.zeros(len(regions), bool),
        )
        for number, region in enumerate(regions):  # each is a run of the second network
            points[number], presence = self._points(picture, region)
            sure[number] = presence >= self._settings.least_score
        return PersonKeypoints(points[sure], scores[sure])

    def _regions(self, picture: ImageArray) -> tuple[list[Region], Floats32]:
        height, width = picture.shape[:2]
        side = max(height, width)
        square = crop_rotated_square(picture, width / 2, height / 2, side, 0.0, SEEN_SIZE)
        boxes, logits = _run(self._detector, square / 127.5 - 1.0)
        score = _share(logits[0, :, 0])
        sure = np.flatnonzero(score >= self._settings.least_score)
        sure = sure[np.argsort(-score[sure], kind="stable")]
        values = boxes[0, sure] / SEEN_SIZE  # middle, size, then four points as x and y
        values[:, [0, 1, *range(4, 12)]] += np.tile(self._anchors[sure], 5)
        corners = np.concatenate([values[:, :2] - values[:, 2:4] / 2, values[:, :2] + values[:, 2:4] / 2], 1)
        single = suppress_overlapping_boxes(corners, np.zeros(len(corners), np.int64), OVERLAP)[
            : self._settings.people
        ]
        hip, head = values[single, 4:6], values[single, 6:8]
        shift = np.array([(width - side) / 2, (height - side) / 2])
        pairs = zip(hip * side + shift, head * side + shift, strict=True)
        return [_region(*pair) for pair in pairs], score[sure][single].astype(np.float32)

    def _points(self, picture: ImageArray, region: Region) -> tuple[Floats32, float]:
        square = crop_rotated_square(picture, region.x, region.y, region.side, region.angle, CUT_SIZE)
        answers = _run(self._landmarks, square / 255.0)
        landmarks = next(answer for answer in answers if answer.shape == (1, 195))
        presence = next(answer for answer in answers if answer.shape == (1, 1))
        values = landmarks.reshape(39, 5)[:POINTS]  # x y z in pixels of the square, visibility, presence
        inside = (values[:, :2] / CUT_SIZE - 0.5) * region.side
        cosine, sine = math.cos(region.angle), math.sin(region.angle)
        pixels = inside @ np.array([[cosine, sine], [-sine, cosine]]) + [region.x, region.y]
        relative = pixels / np.array(picture.shape[1::-1])
        seen = _share(values[:, 3:4])
        return np.concatenate([relative, seen], axis=1).astype(np.float32), float(presence[0, 0])


def _share(logits: NDArray[Any]) -> Floats32:
    return np.asarray(1.0 / (1.0 + np.exp(-logits.clip(-80, 80))), dtype=np.float32)


def _region(hip: NDArray[Any], head: NDArray[Any]) -> Region:
    """The square around the circle about the hips that reaches past the head, turned to set it upright."""
    dx, dy = (head - hip).tolist()
    angle = math.pi / 2 - math.atan2(-dy, dx)
    return Region(float(hip[0]), float(hip[1]), 2 * MARGIN * math.hypot(dx, dy), angle)


def _anchors() -> Floats32:
    """The middle of each of the detector's answers, from 0 to 1, (2254, 2) as x and y."""
    middles = []
    for step, answers in LAYERS:
        count = SEEN_SIZE // step
        y, x = np.mgrid[:count, :count]
        cells = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) / count
        middles.append(np.repeat(cells, answers, axis=0))
    return np.concatenate(middles).astype(np.float32)


def _interpreter(name: str, given: str | None) -> Any:
    path = resolve_weights("pose", given, f"{name}.tflite", ORIGIN, FILES[f"{name}.tflite"])
    try:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("embedding 'pose'", "pose") from None
    try:
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as problem:
        words = " ".join(str(problem).split())[:100]
        raise ModelError(f"embedding 'pose': {path} is no LiteRT model ({words})") from None
    return interpreter


def _run(interpreter: Any, pixels: NDArray[Any]) -> list[NDArray[Any]]:
    """The answers to one picture."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels[None].astype(np.float32))
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]

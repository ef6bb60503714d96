"""Human pose by MediaPipe's networks with LiteRT (BlazePose, Bazarevsky et al. 2020; 33 keypoints)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol

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


POINT_COUNT: Final = 33
MIRRORED_POINTS: Final = (
    *(0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9),
    *(number + 1 if number % 2 else number - 1 for number in range(11, POINT_COUNT)),
)
"""For each keypoint the one at its place in the mirrored image: the nose, the eyes, then pairs."""
POSE_ORIGIN: Final = (
    "it ships in the Python package mediapipe 0.10.14: pip install --no-deps mediapipe==0.10.14"
)
POSE_FILES: Final = {
    f"{name}.tflite": f"mediapipe:modules/{name.removesuffix('_full')}/{name}.tflite"
    for name in ("pose_detection", "pose_landmark_full")
}
"""Files of the networks and their locations in the Python package."""
DETECTOR_IMAGE_SIZE: Final = 224
"""Side length in pixels of the input of the person detector."""
LANDMARK_IMAGE_SIZE: Final = 256
"""Side length in pixels of the input of the keypoint network."""
DETECTOR_GRIDS: Final = ((8, 2), (16, 2), (32, 6))
"""Cell size in pixels and anchors per cell of the grids of the person detector."""
LANDMARK_COUNT: Final = 39
"""Number of points of the keypoint network, including auxiliary ones."""
VALUES_PER_LANDMARK: Final = 5

REGION_MARGIN: Final = 1.25
"""Factor of the size of the region in which keypoints are detected."""
MAX_OVERLAP: Final = 0.3
"""Intersection over union above which two boxes are the same person."""


@EMBEDDINGS.register("pose")
class PoseSettings(Settings):
    """Settings of MediaPipe poses.

    Attributes:
        embedding: Registered name.
        detector: File pose_detection.tflite. None searches the usual locations.
        landmarks: File pose_landmark_full.tflite. None searches the usual locations.
        rate: Images per second.
        people: Largest number of persons, by descending confidence.
        least_score: Smallest confidence of a person, from 0 to 1.
    """

    embedding: Literal["pose"] = "pose"
    detector: WeightsLocation | None = None
    landmarks: WeightsLocation | None = None
    rate: FrameRate = 10.0
    people: Annotated[int, Field(ge=1, le=32)] = 4
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return self.people * POINT_COUNT * VALUES_PER_POINT

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """Mirrors keypoints: positions x become 1 - x, and left points are exchanged with right ones.

        Args:
            stream: Tokens, shape ``(..., dim)``.

        Returns:
            Tokens of the mirrored images, same shape.
        """
        return mirror_keypoints(stream, self.people, MIRRORED_POINTS)

    def load(self, device: str | torch.device = "cpu") -> KeypointEncoder:
        """Loads the encoder.

        Args:
            device: Ignored; the networks run on the CPU.

        Returns:
            The encoder.
        """
        return KeypointEncoder(BlazePoseDetector(self), self.people, POINT_COUNT)


@dataclass(frozen=True)
class RotatedSquare:
    """A rotated square region of an image.

    Attributes:
        x: Horizontal coordinate of the centre in pixels.
        y: Vertical coordinate of the centre in pixels.
        side: Side length in pixels.
        angle: Clockwise rotation in radians.
    """

    x: float
    y: float
    side: float
    angle: float


class BlazePoseDetector:
    """Detects persons and their 33 keypoints.

    Keypoints are detected in a region that is rotated so that the person is upright. The networks run on the
    CPU.

    Args:
        settings: Settings.

    Attributes:
        body_parts: Indices of the keypoints of each ``"mouth"``, ``"wrist"`` and ``"foot"`` (ankle).

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: LiteRT is missing.
    """

    def __init__(self, settings: PoseSettings) -> None:
        self.body_parts: dict[str, tuple[int, ...]] = {"mouth": (9, 10), "wrist": (15, 16), "foot": (27, 28)}
        self._settings = settings
        files = {"pose_detection": settings.detector, "pose_landmark_full": settings.landmarks}
        self._detector, self._landmarks = (_load_interpreter(name, file) for name, file in files.items())
        self._anchors = _anchor_centres()

    def detect(self, image: ImageArray) -> PersonKeypoints:
        """Detects the persons in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            Persons by descending confidence.
        """
        regions, scores = self._detect_regions(image)
        points = np.zeros((len(regions), POINT_COUNT, VALUES_PER_POINT), np.float32)
        is_person = np.zeros(len(regions), bool)
        for number, region in enumerate(regions):  # one run of the keypoint network each
            points[number], presence = self._detect_points(image, region)
            is_person[number] = presence >= self._settings.least_score
        return PersonKeypoints(points[is_person], scores[is_person])

    def _detect_regions(self, image: ImageArray) -> tuple[list[RotatedSquare], Floats32]:
        height, width = image.shape[:2]
        side = max(height, width)
        square = crop_rotated_square(image, width / 2, height / 2, side, 0.0, DETECTOR_IMAGE_SIZE)
        boxes, logits = _run(self._detector, square / 127.5 - 1.0)
        score = _sigmoid(logits[0, :, 0])
        kept = np.flatnonzero(score >= self._settings.least_score)
        kept = kept[np.argsort(-score[kept], kind="stable")]
        values = boxes[0, kept] / DETECTOR_IMAGE_SIZE  # centre, size, then four points as x and y
        values[:, [0, 1, *range(4, 12)]] += np.tile(self._anchors[kept], 5)
        centre, half_size = values[:, :2], values[:, 2:4] / 2
        corners = np.concatenate([centre - half_size, centre + half_size], 1)
        distinct = suppress_overlapping_boxes(corners, np.zeros(len(corners), np.int64), MAX_OVERLAP)
        distinct = distinct[: self._settings.people]
        hips, head = values[distinct, 4:6], values[distinct, 6:8]
        shift = np.array([(width - side) / 2, (height - side) / 2])
        pairs = zip(hips * side + shift, head * side + shift, strict=True)
        return [_upright_region(*pair) for pair in pairs], score[kept][distinct].astype(np.float32)

    def _detect_points(self, image: ImageArray, region: RotatedSquare) -> tuple[Floats32, float]:
        """Returns the keypoints (points, 3) of a region and the probability that it contains a person."""
        square = crop_rotated_square(
            image, region.x, region.y, region.side, region.angle, LANDMARK_IMAGE_SIZE
        )
        outputs = _run(self._landmarks, square / 255.0)
        landmarks = next(one for one in outputs if one.shape == (1, LANDMARK_COUNT * VALUES_PER_LANDMARK))
        presence = next(one for one in outputs if one.shape == (1, 1))
        # x, y and z in pixels of the square, visibility, presence
        values = landmarks.reshape(LANDMARK_COUNT, VALUES_PER_LANDMARK)[:POINT_COUNT]
        offset = (values[:, :2] / LANDMARK_IMAGE_SIZE - 0.5) * region.side
        cosine, sine = math.cos(region.angle), math.sin(region.angle)
        pixels = offset @ np.array([[cosine, sine], [-sine, cosine]]) + [region.x, region.y]
        relative = pixels / np.array(image.shape[1::-1])
        visibility = _sigmoid(values[:, 3:4])
        return np.concatenate([relative, visibility], axis=1).astype(np.float32), float(presence[0, 0])


class _Interpreter(Protocol):
    """The part of ``ai_edge_litert.interpreter.Interpreter`` that is used."""

    def allocate_tensors(self) -> None: ...

    def get_input_details(self) -> list[dict[str, Any]]: ...

    def get_output_details(self) -> list[dict[str, Any]]: ...

    def set_tensor(self, index: int, value: Floats32) -> None: ...

    def get_tensor(self, index: int) -> Floats32: ...

    def invoke(self) -> None: ...


def _sigmoid(logits: Floats32) -> Floats32:
    return np.asarray(1.0 / (1.0 + np.exp(-logits.clip(-80, 80))), dtype=np.float32)


def _upright_region(hips: NDArray[np.floating], head: NDArray[np.floating]) -> RotatedSquare:
    """Returns the square around the hips that includes the head, rotated so that the person is upright."""
    dx, dy = (head - hips).tolist()
    angle = math.pi / 2 - math.atan2(-dy, dx)
    return RotatedSquare(float(hips[0]), float(hips[1]), 2 * REGION_MARGIN * math.hypot(dx, dy), angle)


def _anchor_centres() -> Floats32:
    """Returns the centre of each anchor of the person detector, from 0 to 1, (2254, 2) as x and y."""
    centres = []
    for cell_size, anchors in DETECTOR_GRIDS:
        count = DETECTOR_IMAGE_SIZE // cell_size
        y, x = np.mgrid[:count, :count]
        cells = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) / count
        centres.append(np.repeat(cells, anchors, axis=0))
    return np.concatenate(centres).astype(np.float32)


def _load_interpreter(name: str, file: str | None) -> _Interpreter:
    path = resolve_weights("pose", file, f"{name}.tflite", POSE_ORIGIN, POSE_FILES[f"{name}.tflite"])
    try:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("embedding 'pose'", "pose") from None
    try:
        interpreter: _Interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as problem:
        message = " ".join(str(problem).split())[:100]
        raise ModelError(f"embedding 'pose': {path} is not a LiteRT model ({message})") from None
    return interpreter


def _run(interpreter: _Interpreter, pixels: NDArray[np.floating]) -> list[Floats32]:
    """Returns the outputs of a network for one image."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels[None].astype(np.float32))
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]

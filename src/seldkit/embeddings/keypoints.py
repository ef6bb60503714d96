"""Human keypoints by ViTPose in boxes by YOLOX (Xu et al., NeurIPS 2022; 17 keypoints of COCO)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field

from seldkit.embeddings.person_keypoints import VALUES_PER_POINT, KeypointEncoder, PersonKeypoints
from seldkit.embeddings.pretrained_weights import SAFETENSORS_FILE, freeze, load_pretrained
from seldkit.embeddings.registry import EMBEDDINGS, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import mirror_keypoints
from seldkit.embeddings.yolox import PERSON_CLASS, Yolox
from seldkit.errors import ModelError
from seldkit.settings import Settings
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MODEL_FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")
POINT_COUNT: Final = 17
MIRRORED_POINTS: Final = (0, *(number + 1 if number % 2 else number - 1 for number in range(1, POINT_COUNT)))
"""For each keypoint the one at its place in the mirrored image: the nose, then pairs of left and right."""


@EMBEDDINGS.register("keypoints")
class KeypointSettings(Settings):
    """Settings of ViTPose keypoints.

    Attributes:
        embedding: Registered name.
        model: ViTPose model: name on the Hugging Face hub or local folder.
        detector: ONNX file of a YOLOX. None searches the usual locations.
        rate: Images per second.
        people: Largest number of persons, by descending confidence.
        least_score: Smallest confidence of a person, from 0 to 1.
    """

    embedding: Literal["keypoints"] = "keypoints"
    model: WeightsLocation = "usyd-community/vitpose-base-simple"
    detector: WeightsLocation | None = None
    rate: FrameRate = 10.0
    people: Annotated[int, Field(ge=1, le=32)] = 4
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.3

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
            device: Compute device.

        Returns:
            The encoder.
        """
        return KeypointEncoder(VitPoseDetector(self, device), self.people, POINT_COUNT)


class VitPoseDetector:
    """Detects persons and their 17 keypoints (nose, eyes, ears, shoulders, ..., ankles).

    Args:
        settings: Settings.
        device: Compute device.

    Attributes:
        body_parts: Indices of the keypoints of each ``"mouth"`` (nose), ``"wrist"`` and ``"foot"`` (ankle).

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, settings: KeypointSettings, device: str | torch.device = "cpu") -> None:
        self.body_parts: dict[str, tuple[int, ...]] = {"mouth": (0,), "wrist": (9, 10), "foot": (15, 16)}
        self._settings = settings
        self._detector = Yolox("keypoints", settings.detector, device)
        model = load_pretrained("keypoints", "VitPoseForPoseEstimation", settings.model, MODEL_FILES)
        if model.config.num_labels != POINT_COUNT:
            raise ModelError(
                f"embedding 'keypoints': {settings.model}: expected the {POINT_COUNT} keypoints of COCO, "
                f"got {model.config.num_labels}; set another model"
            )
        self._model: Any = freeze(model, device)
        self._processor: Any = load_pretrained(
            "keypoints", "VitPoseImageProcessorPil", settings.model, MODEL_FILES
        )

    def detect(self, image: ImageArray) -> PersonKeypoints:
        """Detects the persons in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            Persons by descending confidence.
        """
        persons = self._detector.detect(image, self._settings.least_score, PERSON_CLASS)
        if not len(persons):
            no_points = np.zeros((0, POINT_COUNT, VALUES_PER_POINT), np.float32)
            return PersonKeypoints(no_points, np.zeros(0, np.float32))
        size = np.array(image.shape[1::-1], np.float32)
        corners = persons.corners[: self._settings.people] * np.tile(size, 2)
        boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        points, scores = self._detect_points(image, boxes)
        return PersonKeypoints(
            np.concatenate([points / size, scores[..., None]], axis=2).astype(np.float32),
            persons.score[: len(boxes)],
        )

    def _detect_points(self, image: ImageArray, boxes: Floats32) -> tuple[Floats32, Floats32]:
        """Returns pixels (persons, points, 2) and scores (persons, points) in boxes (x, y, width, height)."""
        import torch

        weight = next(self._model.parameters())
        pixels = self._processor(image, boxes=[boxes], return_tensors="pt")["pixel_values"]
        has_experts = self._model.config.backbone_config.num_experts > 1
        expert = torch.zeros(len(boxes), dtype=torch.long, device=weight.device)
        options = {"dataset_index": expert} if has_experts else {}
        output = self._model(pixels.to(weight.device, weight.dtype), **options)
        output.heatmaps = output.heatmaps.float()
        (persons,) = self._processor.post_process_pose_estimation(output, boxes=[boxes])
        points = np.stack([person["keypoints"].cpu().numpy() for person in persons])
        return points, np.stack([person["scores"].cpu().numpy() for person in persons])

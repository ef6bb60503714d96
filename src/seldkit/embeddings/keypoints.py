"""Human keypoints by ViTPose, in boxes that YOLOX finds (Xu et al., NeurIPS 2022; COCO's 17 points)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field

from seldkit.embeddings.person_keypoints import VALUES_PER_POINT, KeypointEncoder, PersonKeypoints
from seldkit.embeddings.pretrained_weights import SAFETENSORS_FILE, freeze, load_pretrained
from seldkit.embeddings.registry import EMBEDDINGS, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import mirror_keypoints
from seldkit.embeddings.yolox import PERSON, Yolox
from seldkit.errors import ModelError
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")
POINTS: Final = 17
PARTNERS: Final = (0, *(number + 1 if number % 2 else number - 1 for number in range(1, POINTS)))
"""Of each point the one that it is in the mirror: behind the nose left and right take turns."""


@EMBEDDINGS.register("keypoints")
class KeypointSettings(Settings):
    """model: a ViTPose by name on the hub or local folder. detector: an ONNX file of a YOLOX, or None to look
    for it where such files lie. rate: pictures a second. people: at most so many, surest first.
    """

    embedding: Literal["keypoints"] = "keypoints"
    model: WeightsLocation = "usyd-community/vitpose-base-simple"
    detector: WeightsLocation | None = None
    rate: FrameRate = 10.0
    people: Annotated[int, Field(ge=1, le=32)] = 4
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.3

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
        return KeypointEncoder(VitPoseDetector(self, device), self.people, POINTS)


class VitPoseDetector:
    """Finds people and their 17 points (COCO: nose, eyes, ears, shoulders … ankles)."""

    def __init__(self, settings: KeypointSettings, device: str | torch.device = "cpu") -> None:
        self.body_parts: dict[str, tuple[int, ...]] = {"mouth": (0,), "wrist": (9, 10), "foot": (15, 16)}
        self._settings = settings
        self._detector = Yolox("keypoints", settings.detector, device)
        model = load_pretrained("keypoints", "VitPoseForPoseEstimation", settings.model, FILES)
        if model.config.num_labels != POINTS:
            raise ModelError(
                f"embedding 'keypoints': {settings.model} finds {model.config.num_labels} points, expected "
                f"COCO's {POINTS}"
            )
        self._model: Any = freeze(model, device)
        self._processor: Any = load_pretrained("keypoints", "VitPoseImageProcessorPil", settings.model, FILES)

    def detect(self, picture: ImageArray) -> PersonKeypoints:
        """The people of a picture."""
        found = self._detector.detect(picture, self._settings.least_score, PERSON)
        if not len(found):
            return PersonKeypoints(
                np.zeros((0, POINTS, VALUES_PER_POINT), np.float32), np.zeros(0, np.float32)
            )
        size = np.array(picture.shape[1::-1], np.float32)
        corners = found.corners[: self._settings.people] * np.tile(size, 2)
        boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        points, scores = self._points(picture, boxes)
        return PersonKeypoints(
            np.concatenate([points / size, scores[..., None]], axis=2).astype(np.float32),
            found.score[: len(boxes)],
        )

    def _points(self, picture: ImageArray, boxes: Any) -> tuple[Any, Any]:
        """Pixels (people, points, 2) and scores (people, points) in boxes of left, top, width, height."""
        import torch

        weight = next(self._model.parameters())
        pixels = self._processor(picture, boxes=[boxes], return_tensors="pt")["pixel_values"]
        experts = torch.zeros(len(boxes), dtype=torch.long, device=weight.device)
        many = self._model.config.backbone_config.num_experts > 1
        output = self._model(
            pixels.to(weight.device, weight.dtype), **({"dataset_index": experts} if many else {})
        )
        output.heatmaps = output.heatmaps.float()
        (people,) = self._processor.post_process_pose_estimation(output, boxes=[boxes])
        points = np.stack([person["keypoints"].cpu().numpy() for person in people])
        return points, np.stack([person["scores"].cpu().numpy() for person in people])

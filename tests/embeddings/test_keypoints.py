"""Keypoints in boxes: a small ViTPose, with the real detector if its weights are available."""

from pathlib import Path

import numpy as np
import pytest

from embeddings.encoders import save_vitpose
from paths import SHARED, needs_shared
from seldkit.embeddings import KeypointSettings
from seldkit.embeddings.keypoints import VitPoseDetector
from seldkit.embeddings.yolox import Boxes

YOLOX = SHARED / "data/models/yolox_nano.onnx"


class FixedDetector:
    """A detector that always returns the same boxes."""

    def __init__(self, corners: list[list[float]]) -> None:
        self.corners = np.array(corners, np.float32).reshape(-1, 4)

    def detect(self, image: np.ndarray, least_score: float, class_id: int) -> Boxes:
        count = len(self.corners)
        return Boxes(self.corners, np.linspace(0.9, 0.5, count, dtype=np.float32), np.zeros(count, np.int64))


@needs_shared
def test_keypoints_are_inside_the_box_of_their_person(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    settings = KeypointSettings(model=str(save_vitpose(tmp_path)), detector=str(YOLOX), people=2)
    encoder = settings.load()
    detector = encoder.detector
    assert isinstance(detector, VitPoseDetector)
    corners = [[0.1, 0.2, 0.3, 0.9], [0.6, 0.1, 0.8, 0.7], [0.0, 0.0, 1.0, 1.0]]
    detector._detector = FixedDetector(corners)  # type: ignore[assignment]
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    people = detector.detect(image)
    assert people.points.shape == (2, 17, 3)
    for points, (left, top, right, bottom) in zip(people.points, corners[:2], strict=True):
        margin = 0.35 * max(
            right - left, bottom - top
        )  # boxes are enlarged before the detection of keypoints
        assert (points[:, 0] >= left - margin).all()
        assert (points[:, 0] <= right + margin).all()
        assert (points[:, 1] >= top - margin).all()
        assert (points[:, 1] <= bottom + margin).all()
    token = encoder.encode(encoder.preprocess(image)[None])
    np.testing.assert_allclose(token[0, 0].numpy(), people.points.ravel())
    detector._detector = FixedDetector([])  # type: ignore[assignment]
    assert not encoder.encode(encoder.preprocess(image)[None]).any()
    assert token.shape[2] == settings.dim

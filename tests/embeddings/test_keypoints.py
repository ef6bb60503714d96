"""Keypoints in boxes: a small ViTPose, with the real detector where its weights are."""

from pathlib import Path

import numpy as np
import pytest

from embeddings.encoders import save_vitpose
from paths import SHARED, needs_shared
from seldkit.embeddings import KeypointSettings
from seldkit.embeddings.keypoints import VitPoseDetector
from seldkit.embeddings.yolox import Boxes

YOLOX = SHARED / "data/models/yolox_nano.onnx"


class Boxed:
    """A detector that always finds the same."""

    def __init__(self, corners: list[list[float]]) -> None:
        self.corners = np.array(corners, np.float32).reshape(-1, 4)

    def detect(self, picture: np.ndarray, least_score: float, class_id: int) -> Boxes:
        count = len(self.corners)
        return Boxes(self.corners, np.linspace(0.9, 0.5, count, dtype=np.float32), np.zeros(count, np.int64))


@needs_shared
def test_points_lie_in_their_persons_box(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    settings = KeypointSettings(model=str(save_vitpose(tmp_path)), detector=str(YOLOX), people=2)
    encoder = settings.load()
    finder = encoder.detector
    assert isinstance(finder, VitPoseDetector)
    corners = [[0.1, 0.2, 0.3, 0.9], [0.6, 0.1, 0.8, 0.7], [0.0, 0.0, 1.0, 1.0]]
    finder._detector = Boxed(corners)  # type: ignore[assignment]
    picture = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    people = finder.detect(picture)
    assert people.points.shape == (2, 17, 3)
    for points, (left, top, right, bottom) in zip(people.points, corners[:2], strict=True):
        margin = 0.35 * max(right - left, bottom - top)  # boxes are widened before points are looked for
        assert (points[:, 0] >= left - margin).all()
        assert (points[:, 0] <= right + margin).all()
        assert (points[:, 1] >= top - margin).all()
        assert (points[:, 1] <= bottom + margin).all()
    token = encoder.encode(encoder.preprocess(picture)[None])
    np.testing.assert_allclose(token[0, 0].numpy(), people.points.ravel())
    finder._detector = Boxed([])  # type: ignore[assignment]
    assert not encoder.encode(encoder.preprocess(picture)[None]).any()
    assert token.shape[2] == settings.dim

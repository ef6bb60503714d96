"""MediaPipe poses, with real weights if available."""

import numpy as np
import pytest

from embeddings.photographs import photos
from paths import needs_shared
from seldkit.embeddings import PoseSettings
from seldkit.embeddings.pose import POSE_FILES, _anchor_centres, _upright_region
from seldkit.embeddings.pretrained_weights import missing_weights


def test_the_region_of_an_upright_person_is_not_rotated() -> None:
    region = _upright_region(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert (region.x, region.y, region.side) == (50.0, 60.0, 100.0)
    assert region.angle == pytest.approx(0.0)
    assert _upright_region(np.array([0.0, 0.0]), np.array([10.0, 0.0])).angle == pytest.approx(np.pi / 2)
    assert _anchor_centres().shape == (2254, 2)


@needs_shared
@pytest.mark.skipif(bool(missing_weights(POSE_FILES)), reason="the weights are missing")
def test_noses_are_inside_the_boxes_of_persons() -> None:
    pytest.importorskip("ai_edge_litert")
    encoder = PoseSettings().load()
    inside = []
    for image, reference in photos(30):
        for points in encoder.detector.detect(image).points[:1]:
            assert points.shape == (33, 3)
            nose = points[0, :2]
            inside.append(any((box[:2] <= nose).all() and (nose <= box[2:]).all() for box in reference))
    assert len(inside) >= 8
    assert np.mean(inside) >= 0.8

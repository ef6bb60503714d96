"""Gaussian vectors of person boxes."""

import numpy as np
import pytest

from embeddings.photographs import YOLOX, photos
from paths import needs_shared
from seldkit.embeddings import PersonBoxSettings
from seldkit.embeddings.person_boxes import box_gaussians


def test_gaussians_equal_those_of_the_2023_baseline() -> None:
    corners = np.array([[0.25, 0.0, 0.75, 1.0], [0.0, 0.5, 0.1, 0.6]], np.float32)
    boxes = box_gaussians(corners, 6)
    assert boxes.shape == (2, 6, 37)
    for box, (left, top, right, bottom) in enumerate(corners):
        for axis, (low, high) in enumerate(((left, right), (top, bottom))):
            for place in range(37):
                centre, half = 36 * (low + high) / 2, 36 * (high - low) / 2
                expected = np.exp(-((place - centre) ** 2) / half**2)
                assert boxes[axis, box, place] == pytest.approx(expected, abs=1e-6)
    assert not boxes[:, 2:].any()
    assert not box_gaussians(np.zeros((0, 4), np.float32), 6).any()


@needs_shared
def test_gaussians_are_centred_on_the_persons() -> None:
    pytest.importorskip("onnxruntime")
    encoder = PersonBoxSettings(weights=str(YOLOX), least_score=0.4).load()
    image, reference = next(photo for photo in photos(40) if len(photo[1]) == 1 and np.ptp(photo[1][0]) > 0.3)
    token = encoder.encode(encoder.preprocess(image)[None])[0, 0].reshape(2, 6, 37)
    centre = 36 * (reference[0, :2] + reference[0, 2:]) / 2
    assert abs(token[0, 0].argmax().item() - centre[0]) <= 3
    assert abs(token[1, 0].argmax().item() - centre[1]) <= 3

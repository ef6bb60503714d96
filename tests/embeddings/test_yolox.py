"""YOLOX, with real weights if available."""

import numpy as np
import pytest

from embeddings.photographs import YOLOX, photos
from paths import needs_shared
from seldkit.embeddings.yolox import Yolox, suppress_overlapping_boxes


def test_boxes_that_overlap_a_more_confident_one_of_their_class_are_suppressed() -> None:
    corners = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [20, 0, 30, 10]], np.float32)
    np.testing.assert_array_equal(
        suppress_overlapping_boxes(corners, np.array([0, 0, 1, 0]), 0.45), [0, 2, 3]
    )
    np.testing.assert_array_equal(suppress_overlapping_boxes(corners[:0], np.zeros(0, np.int64), 0.45), [])


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    size = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0)
    areas = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return float(size.prod() / (areas - size.prod()))


@needs_shared
def test_persons_in_photographs_are_detected() -> None:
    pytest.importorskip("onnxruntime")
    detector = Yolox("person-boxes", str(YOLOX))
    correct = detected_count = reference_count = 0
    for image, reference in photos(40):
        boxes = detector.detect(image, 0.3, class_id=0)
        assert (boxes.class_id == 0).all()
        assert (np.diff(boxes.score) <= 0).all()
        correct += sum(any(overlap(box, one) > 0.5 for one in reference) for box in boxes.corners)
        detected_count, reference_count = detected_count + len(boxes), reference_count + len(reference)
    assert 2 * correct / (detected_count + reference_count) > 0.55

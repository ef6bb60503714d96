"""Boxes and people: arithmetic on made-up answers, and real networks where their weights are."""

from pathlib import Path

import numpy as np
import pytest

from paths import SHARED, needs_shared
from seldkit.embeddings import PersonBoxSettings, PoseSettings
from seldkit.embeddings.image_processing import crop_rotated_square
from seldkit.embeddings.person_boxes import box_gaussians
from seldkit.embeddings.person_keypoints import KeypointEncoder, PersonKeypoints
from seldkit.embeddings.pose import _anchor_centres, _upright_region
from seldkit.embeddings.pretrained_weights import weights_folder
from seldkit.embeddings.yolox import Yolox, suppress_overlapping_boxes

YOLOX = SHARED / "data/models/yolox_nano.onnx"
PHOTOS = SHARED / "data/images/coco128"
POSE = [weights_folder() / f"{name}.tflite" for name in ("pose_detection", "pose_landmark_full")]


def test_gaussians_are_the_2023_baselines() -> None:
    corners = np.array([[0.25, 0.0, 0.75, 1.0], [0.0, 0.5, 0.1, 0.6]], np.float32)
    found = box_gaussians(corners, 6)
    assert found.shape == (2, 6, 37)
    for box, (left, top, right, bottom) in enumerate(corners):
        for axis, (low, high) in enumerate(((left, right), (top, bottom))):
            for place in range(37):
                middle, half = 36 * (low + high) / 2, 36 * (high - low) / 2
                expected = np.exp(-((place - middle) ** 2) / half**2)
                assert found[axis, box, place] == pytest.approx(expected, abs=1e-6)
    assert not found[:, 2:].any()
    assert not box_gaussians(np.zeros((0, 4), np.float32), 6).any()


def test_a_box_that_overlaps_a_surer_one_of_its_class_goes() -> None:
    corners = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [20, 0, 30, 10]], np.float32)
    np.testing.assert_array_equal(
        suppress_overlapping_boxes(corners, np.array([0, 0, 1, 0]), 0.45), [0, 2, 3]
    )
    np.testing.assert_array_equal(suppress_overlapping_boxes(corners[:0], np.zeros(0, np.int64), 0.45), [])


def test_a_square_cut_out_is_turned_about_its_middle() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[40:60, 140:160] = 255  # 50 to the right of (100, 50)
    straight = crop_rotated_square(picture, 100, 50, 120, 0.0, 60)
    assert straight.shape == (60, 60, 3)
    assert straight[30, 55].min() > 250
    turned = crop_rotated_square(picture, 100, 50, 120, np.pi / 2, 60)  # what lies to the right comes up
    assert turned[5, 30].min() > 250
    assert straight[30, 5].max() == 0


def test_an_upright_person_is_cut_out_straight() -> None:
    region = _upright_region(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert (region.x, region.y, region.side) == (50.0, 60.0, 100.0)
    assert region.angle == pytest.approx(0.0)
    assert _upright_region(np.array([0.0, 0.0]), np.array([10.0, 0.0])).angle == pytest.approx(np.pi / 2)
    assert _anchor_centres().shape == (2254, 2)


def test_a_token_of_people_is_filled_up_with_zeros() -> None:
    class Finder:
        def __init__(self) -> None:
            self.body_parts: dict[str, tuple[int, ...]] = {}

        def detect(self, picture: np.ndarray) -> PersonKeypoints:
            count = int(picture[0, 0, 0])
            return PersonKeypoints(np.ones((count, 5, 3), np.float32), np.ones(count, np.float32))

    encoder = KeypointEncoder(Finder(), people=2, points=5)
    pictures = [np.full((4, 4, 3), count, np.uint8) for count in (0, 1, 3)]
    tokens = encoder.encode(np.stack([encoder.preprocess(picture) for picture in pictures]))
    assert tokens.shape == (3, 1, 30)
    assert tokens.sum(dim=(1, 2)).tolist() == [0.0, 15.0, 30.0]


def photos(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Photographs and their people's boxes, (people, 4): left, top, right, bottom from 0 to 1."""
    from PIL import Image

    found = []
    for path in sorted((PHOTOS / "images").rglob("*.jpg"))[:count]:
        labels = PHOTOS / "labels_boxes" / path.parent.name / f"{path.stem}.txt"
        lines = labels.read_text().splitlines() if labels.exists() else []
        rows = np.array([line.split() for line in lines], np.float64).reshape(-1, 5)
        rows = rows[rows[:, 0] == 0, 1:]
        boxes = np.concatenate([rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2], axis=1)
        found.append((np.asarray(Image.open(path).convert("RGB")), boxes))
    return found


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    size = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0)
    areas = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return float(size.prod() / (areas - size.prod()))


@needs_shared
def test_yolox_finds_the_people_of_photographs() -> None:
    pytest.importorskip("onnxruntime")
    detector = Yolox("person-boxes", str(YOLOX))
    right = found_count = true_count = 0
    for picture, truth in photos(40):
        found = detector.detect(picture, 0.3, class_id=0)
        assert (found.class_id == 0).all()
        assert (np.diff(found.score) <= 0).all()
        right += sum(any(overlap(box, one) > 0.5 for one in truth) for box in found.corners)
        found_count, true_count = found_count + len(found), true_count + len(truth)
    assert 2 * right / (found_count + true_count) > 0.55


@needs_shared
def test_person_boxes_lie_where_the_people_are() -> None:
    pytest.importorskip("onnxruntime")
    encoder = PersonBoxSettings(weights=str(YOLOX), least_score=0.4).load()
    picture, truth = next(photo for photo in photos(40) if len(photo[1]) == 1 and np.ptp(photo[1][0]) > 0.3)
    token = encoder.encode(encoder.preprocess(picture)[None])[0, 0].reshape(2, 6, 37)
    middle = 36 * (truth[0, :2] + truth[0, 2:]) / 2
    assert abs(token[0, 0].argmax().item() - middle[0]) <= 3
    assert abs(token[1, 0].argmax().item() - middle[1]) <= 3


@needs_shared
@pytest.mark.skipif(not all(path.is_file() for path in POSE), reason="no pose networks on this machine")
def test_noses_are_found_inside_people() -> None:
    pytest.importorskip("ai_edge_litert")
    encoder = PoseSettings().load()
    inside = []
    for picture, truth in photos(30):
        for points in encoder.detector.detect(picture).points[:1]:
            assert points.shape == (33, 3)
            nose = points[0, :2]
            inside.append(any((box[:2] <= nose).all() and (nose <= box[2:]).all() for box in truth))
    assert len(inside) >= 8
    assert np.mean(inside) >= 0.8


def test_weights_lie_outside_the_repository() -> None:
    assert not weights_folder().is_relative_to(Path(__file__).parent.parent.parent)

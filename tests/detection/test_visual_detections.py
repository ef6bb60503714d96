"""From points and boxes in pictures to what refinement looks for."""

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.detection.refinement import RULES, refine
from seldkit.detection.visual_detections import OBJECT_KINDS, detect_visual_sources
from seldkit.embeddings.person_keypoints import PersonKeypoints
from seldkit.embeddings.yolox import Boxes
from seldkit.geometry import azimuth_to_pixel
from seldkit.media import VideoFrame


class Finder:
    """One person whose mouth is where the picture's first value says, feet beyond its edge."""

    def __init__(self) -> None:
        self.body_parts: dict[str, tuple[int, ...]] = {"mouth": (0, 1), "wrist": (2, 3), "foot": (4, 5)}

    def detect(self, picture: np.ndarray) -> PersonKeypoints:
        points = np.zeros((1, 6, 3), np.float32)
        points[0, :, 2] = 0.9
        points[0, :2, 0] = picture[0, 0, 0] / 255 + np.array([-0.01, 0.01])
        points[0, 2:4, 0] = (0.5, 0.6)
        points[0, 3, 2] = 0.1
        points[0, 4:, 0] = 1.2
        return PersonKeypoints(points, np.ones(1, np.float32))


class Things:
    """A telephone, a chair and a sink that is not sure."""

    def detect(self, picture: np.ndarray, least_score: float) -> Boxes:
        corners = np.array([[0.2, 0, 0.3, 1], [0.5, 0, 0.6, 1], [0.0, 0, 0.1, 1]], np.float32)
        return Boxes(corners, np.array([0.8, 0.7, 0.1], np.float32), np.array([67, 56, 71]))


def frames(*values: tuple[float, int]) -> list[VideoFrame]:
    return [VideoFrame(time, np.full((36, 64, 3), value, np.uint8)) for time, value in values]


def test_a_person_gives_a_mouth_and_the_other_visible_keypoints() -> None:
    seen = detect_visual_sources(frames((0.0, 51), (0.7, 204)), people=Finder())
    assert list(seen.kind) == ["mouth", "wrist"] * 2  # one wrist is not sure, the feet are outside
    np.testing.assert_array_equal(seen.frame, [0, 0, 7, 7])
    x, _ = azimuth_to_pixel(seen.azimuth)
    np.testing.assert_allclose(x / 639, [0.2, 0.5, 0.8, 0.5], atol=1e-6)
    assert seen.azimuth[0] > 0 > seen.azimuth[2]  # what is left in the picture is to the left


def test_the_position_in_the_image_is_stored() -> None:
    points, boxes = (
        detect_visual_sources(frames((0.0, 51)), people=Finder()),
        detect_visual_sources(frames((0.0, 0)), objects=Things()),
    )  # type: ignore[arg-type]
    assert points.corners is not None
    assert boxes.corners is not None
    np.testing.assert_allclose(points.corners[0], [0.2, 0, 0.2, 0], atol=1e-6)
    np.testing.assert_allclose(boxes.corners, [[0.2, 0, 0.3, 1]], atol=1e-6)
    assert np.asarray(detect_visual_sources(frames((0.0, 0))).corners).shape == (0, 4)


def test_objects_are_those_of_a_rule() -> None:
    seen = detect_visual_sources(frames((0.0, 0)), objects=Things())  # type: ignore[arg-type]
    assert list(seen.kind) == ["telephone"]
    assert set(OBJECT_KINDS.values()) <= {kind for rule in RULES for kind in rule.kinds}


def test_an_event_moves_to_its_visual_detection() -> None:
    seen = detect_visual_sources(frames((0.3, 128)), people=Finder())
    speech = STARSS23.index("female speech")
    heard = Annotations([3, 4], [speech] * 2, [0, 0], [8.0, 8.0], [1.0, 1.0], 10, onscreen=np.zeros(2, bool))
    after, effects = refine(heard, seen)
    assert after.azimuth[0] == pytest.approx(0.0, abs=0.5)
    assert after.azimuth[1] == 8.0
    assert after.onscreen is not None
    assert after.onscreen.tolist() == [True, False]
    (causes,) = [effect.causes for effect in effects if effect.matched]
    assert (causes.frame.tolist(), causes.class_id.tolist()) == ([3], [speech])
    assert causes.azimuth[0] == after.azimuth[0]
    np.testing.assert_allclose(causes.corners, [[128 / 255, 0, 128 / 255, 0]], atol=1e-6)


def test_no_visual_detections_are_an_empty_table() -> None:
    assert len(detect_visual_sources(frames((0.0, 0)))) == 0
    assert len(detect_visual_sources([], people=Finder(), objects=Things())) == 0  # type: ignore[arg-type]

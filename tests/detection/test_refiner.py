"""A scene refined by its video: which pictures are looked at, by whom, and what is said of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detection.test_visual_detections import Finder
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.detection import Scene, track_events
from seldkit.detection.refinement import RULES, select_rules
from seldkit.detection.refiner import Refiner
from seldkit.detection.visual_detections import BODY_PARTS, detect_visual_sources
from seldkit.embeddings.person_keypoints import PersonKeypoints
from seldkit.errors import ModelError, SeldkitError
from seldkit.geometry import Camera
from seldkit.media import VideoFrame, iter_frames, write_audio, write_video

PEOPLE = tuple(rule for rule in RULES if set(rule.kinds) & set(BODY_PARTS))
SECONDS = 2
MIDDLE = 128
"""A grey for which the finder's mouth is in the middle of the picture."""


class Counting(Finder):
    """Counts the pictures that it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, picture: np.ndarray) -> PersonKeypoints:
        self.sizes.append(picture.shape)
        return super().detect(picture)


def video(path: Path, size: tuple[int, int] = (64, 36), grey: int = MIDDLE) -> Path:
    pictures = (np.full((size[1], size[0], 3), grey, np.uint8) for _ in range(10 * SECONDS))
    write_video(path, pictures, 10, audio=(np.zeros((2, 24000 * SECONDS), np.float32), 24000))
    return path


def scene(path: Path, azimuth: float = 8.0, name: str = "female speech") -> Scene:
    frames = np.array([3, 4, 5, 12])
    class_id = np.full(4, STARSS23.index(name))
    heard = Annotations(
        frames,
        class_id,
        0 * frames,
        np.full(4, azimuth),
        np.ones(4),
        10 * SECONDS,
        onscreen=np.zeros(4, bool),
    )
    return Scene(heard, track_events(heard), source=path)


def test_events_move_to_visual_detections_and_the_effects_are_stored(tmp_path: Path) -> None:
    before = scene(video(tmp_path / "clip.mp4"))
    after = Refiner(PEOPLE, people=Finder()).refine(before)
    np.testing.assert_allclose(after.annotations.azimuth, 0.0, atol=0.5)
    assert after.annotations.onscreen is not None
    assert after.annotations.onscreen.all()
    assert abs(after.events[0].azimuth) < 0.5 < before.events[0].azimuth
    (effect,) = [one for one in after.effects if one.rows]
    assert (effect.rule.class_name, effect.matched, effect.flagged) == ("female speech", 4, 4)
    assert after.notes == (
        "refined with 4 images (field of view 100°): 4 rows have a visual source, "
        "4 of them were not on-screen before",
    )
    written = json.loads(after.save(tmp_path / "clip.json").read_text())["refinement"]
    assert {name: value for name, value in written[0].items() if name not in ("shift", "flagged")} == {
        "class": "female speech",
        "causes": "mouth",
        "rows": 4,
        "matched": 4,
    }


def test_visual_detections_are_marked_in_the_video(tmp_path: Path) -> None:
    after = Refiner(PEOPLE, people=Finder()).refine(scene(video(tmp_path / "clip.mp4", (160, 90))))
    shown = []
    for effects in (after.effects, ()):
        replace(after, effects=effects).render(tmp_path / "b.mp4", fan=False, timeline=False)
        shown.append([frame.image.astype(int) for frame in iter_frames(tmp_path / "b.mp4")])
    marked, plain = shown
    assert np.abs(marked[4][:12] - plain[4][:12]).max() > 60  # the finder's mouth is at the upper edge
    assert np.abs(marked[2] - plain[2]).max() < 12  # before anything was heard


def test_only_frames_with_an_event_of_a_rule_are_processed(tmp_path: Path) -> None:
    finder, heard = Counting(), scene(video(tmp_path / "clip.mp4"))
    Refiner(PEOPLE, people=finder).refine(heard)
    assert len(finder.sizes) == 4
    Refiner(PEOPLE, people=finder).refine(scene(tmp_path / "clip.mp4", name="bell"))
    Refiner(PEOPLE, people=finder).refine(scene(tmp_path / "clip.mp4", azimuth=np.nan))
    Refiner(select_rules({"female speech": False}, PEOPLE), people=finder).refine(heard)
    assert len(finder.sizes) == 4


def test_large_images_are_scaled_down_for_detection(tmp_path: Path) -> None:
    finder = Counting()
    Refiner(PEOPLE, people=finder).refine(scene(video(tmp_path / "tall.mp4", (1000, 1200))))
    assert set(finder.sizes) == {(960, 800, 3)}


def test_without_video_frames_nothing_changes_and_a_note_is_added(tmp_path: Path) -> None:
    write_audio(tmp_path / "clip.wav", np.zeros((2, 24000), np.float32), 24000)
    before = scene(tmp_path / "clip.wav")
    after = Refiner(PEOPLE, people=Finder()).refine(before)
    assert replace(after, notes=()) == before
    assert after.notes == ("not refined: the file has no video",)


@pytest.mark.parametrize(
    ("size", "given", "expected"),
    [((64, 36), None, 100.0), ((64, 36), 60.0, 60.0), ((36, 64), None, 67.7), ((36, 64), 50.0, 50.0)],
)
def test_the_field_of_view_sets_the_projection(
    tmp_path: Path, size: tuple[int, int], given: float | None, expected: float
) -> None:
    path = video(tmp_path / "clip.mp4", size, grey=200)
    after = Refiner(PEOPLE, field_of_view=given, people=Finder()).refine(scene(path, azimuth=-20.0))
    wanted = detect_visual_sources(
        [VideoFrame(0.3, np.full((9, 16, 3), 200, np.uint8))],
        people=Finder(),
        camera=Camera(field_of_view=expected),
    )
    np.testing.assert_allclose(after.annotations.azimuth, wanted.azimuth[0], atol=0.7)


def test_a_panorama_shows_all_directions_and_sets_no_flags(tmp_path: Path) -> None:
    path = video(tmp_path / "clip.mp4", (64, 32), grey=10)
    after = Refiner(PEOPLE, field_of_view=360, people=Finder()).refine(scene(path, azimuth=175.0))
    np.testing.assert_allclose(after.annotations.azimuth, 180 - 360 * 10 / 255, atol=2)
    assert after.annotations.onscreen is not None
    assert not after.annotations.onscreen.any()


@pytest.mark.parametrize("degrees", [0, -5, 180, 200, 361, np.nan])
def test_impossible_fields_of_view_are_refused(degrees: float) -> None:
    with pytest.raises(SeldkitError, match="expected a field of view between 0 and 180 degrees, or 360"):
        Refiner(PEOPLE, field_of_view=degrees, people=Finder())


def test_missing_weights_are_reported_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELDKIT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("seldkit.embeddings.pretrained_weights.find_spec", lambda name: None)
    with pytest.raises(ModelError) as raised:
        Refiner()
    line = str(raised.value)
    assert "\n" not in line
    names = ("pose_detection.tflite", "pose_landmark_full.tflite", "yolox_nano.onnx", str(tmp_path))
    assert all(name in line for name in names)
    assert Refiner(select_rules({rule.class_name: False for rule in RULES})).rules == ()


def test_one_mouth_belongs_to_one_event(tmp_path: Path) -> None:
    speech = STARSS23.index("male speech")
    two = Annotations([3, 3], [speech] * 2, [0, 1], [5.0, -9.0], [1.0, 1.0], 20)
    heard = Scene(two, track_events(two), source=video(tmp_path / "clip.mp4"))
    after = Refiner(PEOPLE, people=Finder()).refine(heard)
    np.testing.assert_allclose(after.annotations.azimuth, [0.0, -9.0], atol=0.5)

"""Refinement of a scene by its video; only frames in which a rule may apply are analysed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.detection.refinement import RULES, Effect, Rule, refine
from seldkit.detection.scene import Scene
from seldkit.detection.visual_detections import BODY_PARTS, OBJECT_KINDS, detect_visual_sources
from seldkit.embeddings.person_keypoints import KeypointDetector
from seldkit.embeddings.pose import POSE_FILES, POSE_ORIGIN, PoseSettings
from seldkit.embeddings.pretrained_weights import missing_weights, weights_folder
from seldkit.embeddings.yolox import YOLOX_ORIGIN, YOLOX_WEIGHTS, Yolox
from seldkit.errors import ModelError
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, Camera, check_field_of_view, resolve_field_of_view
from seldkit.media import VideoFrame, VideoInfo, iter_frames, probe
from seldkit.tracking import track_events
from seldkit.types import SecondsProgress

MAX_IMAGE_SIDE_PIXELS: Final = 960
"""Larger images are scaled down; the detectors use 416 pixels or fewer."""


@dataclass(frozen=True)
class RefinementFrames:
    """Numbers of the frames in which a rule may apply.

    Attributes:
        people: Frames with a rule for body parts.
        objects: Frames with a rule for objects.
    """

    people: frozenset[int]
    objects: frozenset[int]

    @property
    def all(self) -> list[int]:
        """All frames in ascending order."""
        return sorted(self.people | self.objects)


class Refiner:
    """Corrects scenes by visual detections in their videos.

        scene = seldkit.load().detect("clip.mp4", refine=Refiner())
        scene.effects  # what each rule changed

    Args:
        rules: The rules, see `refinement.RULES` and `select_rules`. Rules for objects that no detector finds
            are ignored.
        field_of_view: Horizontal field of view in degrees, above 0 and below 180, or 360 for a panorama (in
            which everything is on-screen, so no flag is changed). None for 100 degrees along the longer
            side, as in the DCASE 2025 data.
        people: Detector of body keypoints; None for MediaPipe's pose landmarks, loaded if a rule requires
            them.
        objects: Detector of objects; None for YOLOX, loaded if a rule requires it.

    Raises:
        SeldkitError: The field of view is out of range.
        ModelError: Weights are missing.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = RULES,
        field_of_view: float | None = None,
        people: KeypointDetector | None = None,
        objects: Yolox | None = None,
    ) -> None:
        check_field_of_view(field_of_view)
        self._field_of_view = field_of_view
        perspective = field_of_view != PANORAMA_FIELD_OF_VIEW_DEG
        self.rules = tuple(
            replace(rule, sets_onscreen=rule.sets_onscreen and perspective)
            for rule in rules
            if rule.enabled and _has_detector(rule)
        )
        self._people, self._objects = _detectors(self.rules, people, objects)

    def refine(
        self,
        scene: Scene,
        progress: SecondsProgress | None = None,
        video: str | Path | None = None,
        track: Callable[[Annotations], tuple[Event, ...]] = track_events,
    ) -> Scene:
        """Corrects the annotations and events of a scene.

        Args:
            scene: The scene of a file.
            progress: Called with the length of the processed video in seconds.
            video: The file with the video frames, if they are not in the source of the scene.
            track: Joins the rows of a frame table into events.

        Returns:
            The corrected scene with the effects of the rules; without video, the scene with a note.

        Raises:
            ValueError: The scene has no source.
            MediaError: The video cannot be read.
        """
        path = video or scene.source
        if path is None:
            raise ValueError("expected the scene of a file, got a scene without a source")
        info = probe(path).video
        if info is None:
            return _with_notes(scene, "not refined: the file has no video")
        frames = _frames_to_analyse(scene.annotations, self.rules)
        times = (FRAME_SECONDS * frame for frame in frames.all)
        field_of_view = resolve_field_of_view(info.width, info.height, self._field_of_view)
        camera = Camera(field_of_view=field_of_view)
        with closing(iter_frames(path, times=times, size=_image_size(info))) as reader:
            images = _with_progress(reader, progress)
            detections = detect_visual_sources(
                images, self._people, self._objects, camera, frames.people, frames.objects
            )
        annotations, effects = refine(scene.annotations, detections, self.rules)
        losses = () if not frames.all else tuple(f"video: {note}" for note in reader.notes)
        refined = replace(scene, annotations=annotations, events=track(annotations), effects=tuple(effects))
        return _with_notes(refined, *losses, _summary(effects, len(frames.all), field_of_view))


def _has_detector(rule: Rule) -> bool:
    return not {*BODY_PARTS, *OBJECT_KINDS.values()}.isdisjoint(rule.kinds)


def _detectors(
    rules: Sequence[Rule], people: KeypointDetector | None, objects: Yolox | None
) -> tuple[KeypointDetector | None, Yolox | None]:
    """Loads the detectors that the rules require and that were not given."""
    kinds = {kind for rule in rules for kind in rule.kinds}
    load_people = people is None and not kinds.isdisjoint(BODY_PARTS)
    load_objects = objects is None and not kinds.isdisjoint(OBJECT_KINDS.values())
    _require_weights(load_people, load_objects)
    if load_people:
        people = PoseSettings().load().detector
    return people, Yolox("refinement") if load_objects else objects


def _require_weights(people: bool, objects: bool) -> None:
    """Reports all missing files in one error."""
    missing = []
    pose = missing_weights(POSE_FILES) if people else []
    if pose:
        missing.append(f"{' and '.join(pose)} ({POSE_ORIGIN})")
    if objects and missing_weights({YOLOX_WEIGHTS: None}):
        missing.append(f"{YOLOX_WEIGHTS} ({YOLOX_ORIGIN})")
    if missing:
        raise ModelError(
            f"refinement requires {', and '.join(missing)}; put the files into {weights_folder()}"
        )


def _frames_to_analyse(annotations: Annotations, rules: Sequence[Rule]) -> RefinementFrames:
    """Frames with a row whose class has a rule and whose azimuth is known."""
    known = np.isfinite(annotations.azimuth)

    def frames(kinds: Iterable[str]) -> frozenset[int]:
        names = {rule.class_name for rule in rules if not set(kinds).isdisjoint(rule.kinds)}
        numbers = [number for number, name in enumerate(annotations.classes) if name in names]
        rows = known & np.isin(annotations.class_id, numbers)
        return frozenset(np.unique(annotations.frame[rows]).tolist())

    return RefinementFrames(frames(BODY_PARTS), frames(OBJECT_KINDS.values()))


def _image_size(video: VideoInfo) -> tuple[int, int] | None:
    """Width and height of the analysed images; None for the size of the video."""
    scale = MAX_IMAGE_SIDE_PIXELS / max(video.width, video.height)
    return None if scale >= 1 else (max(1, round(scale * video.width)), max(1, round(scale * video.height)))


def _with_progress(
    video_frames: Iterable[VideoFrame], progress: SecondsProgress | None
) -> Iterator[VideoFrame]:
    for frame in video_frames:
        yield frame
        if progress is not None:
            progress(frame.time)


def _summary(effects: Sequence[Effect], images: int, field_of_view: float) -> str:
    matched, flagged = (sum(getattr(effect, name) for effect in effects) for name in ("matched", "flagged"))
    return (
        f"refined with {images} image{'' if images == 1 else 's'} (field of view {field_of_view:.0f}°): "
        f"{matched} rows have a visual source, {flagged} of them were not on-screen before"
    )


def _with_notes(scene: Scene, *notes: str) -> Scene:
    return replace(scene, notes=(*scene.notes, *notes))

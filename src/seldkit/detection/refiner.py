"""A scene corrected by its video: only the pictures in which a rule may find something are looked at."""

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
from seldkit.detection.visual_detections import PARTS, THINGS, sightings
from seldkit.embeddings.person_keypoints import KeypointDetector
from seldkit.embeddings.pose import FILES as POSE_FILES
from seldkit.embeddings.pose import ORIGIN as POSE_ORIGIN
from seldkit.embeddings.pose import PoseSettings
from seldkit.embeddings.pretrained_weights import missing_weights, weights_folder
from seldkit.embeddings.yolox import ORIGIN as YOLOX_ORIGIN
from seldkit.embeddings.yolox import WEIGHTS as YOLOX_WEIGHTS
from seldkit.embeddings.yolox import Yolox
from seldkit.errors import ModelError
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, Camera, check_field_of_view, resolve_field_of_view
from seldkit.media import VideoFrame, VideoInfo, iter_frames, probe
from seldkit.tracking import track_events
from seldkit.types import SecondsProgress

LONGEST_SIDE: Final = 960
"""Pixels: larger pictures are scaled down, for what looks at them takes 416 or less."""


@dataclass(frozen=True)
class Frames:
    """The frames in which a rule that is on may find something: by what people show, and among things."""

    people: frozenset[int]
    things: frozenset[int]

    @property
    def all(self) -> list[int]:
        """Both, ascending."""
        return sorted(self.people | self.things)


class Refiner:
    """Corrects scenes by what is seen in their videos.

        scene = seldkit.load().detect("clip.mp4", refine=Refiner())
        scene.effects  # what each rule did

    rules: see `refinement.RULES` and `chosen_rules`; those for things that nothing here finds in pictures are
    passed over. field_of_view: degrees from the picture's left edge to its right one, above 0 and below 180,
    or 360 for a panorama (all is on the screen there, so nothing is flagged). None takes 100 degrees along
    the longer side, as the DCASE 2025 data have it. people, things: what finds them; by default MediaPipe's
    pose landmarks and YOLOX, each loaded only for a rule that needs it.
    Raises SeldkitError for a wrong field of view, ModelError where weights are absent, in one line that says
    which and where to put them.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = RULES,
        field_of_view: float | None = None,
        people: KeypointDetector | None = None,
        things: Yolox | None = None,
    ) -> None:
        check_field_of_view(field_of_view)
        self._field_of_view = field_of_view
        flagging = field_of_view != PANORAMA_FIELD_OF_VIEW_DEG
        self.rules = tuple(
            replace(rule, flags=rule.flags and flagging) for rule in rules if rule.on and _can_find(rule)
        )
        self._people, self._things = _finders(self.rules, people, things)

    def refine(
        self,
        scene: Scene,
        progress: SecondsProgress | None = None,
        pictures: str | Path | None = None,
        track: Callable[[Annotations], tuple[Event, ...]] = track_events,
    ) -> Scene:
        """The scene of a file, its annotations and events corrected, with the rules' effects.

        progress: called with the seconds of the file that have been looked through. pictures: the file that
        holds them, where it is not the scene's own. track: makes events of rows. Raises MediaError.
        """
        path = pictures or scene.source
        if path is None:
            raise ValueError("expected the scene of a file, got one without a source")
        video = probe(path).video
        if video is None:
            return _noted(scene, "no picture in the file: the events are as they were heard")
        wanted = _wanted(scene.annotations, self.rules)
        times = (FRAME_SECONDS * frame for frame in wanted.all)
        field = resolve_field_of_view(video.width, video.height, self._field_of_view)
        camera, size = Camera(field_of_view=field), _size(video)
        with closing(iter_frames(path, times=times, size=size)) as reader:
            looked = _reported(reader, progress)
            seen = sightings(looked, self._people, self._things, camera, wanted.people, wanted.things)
        annotations, effects = refine(scene.annotations, seen, self.rules)
        lost = () if not wanted.all else tuple(f"picture: {note}" for note in reader.notes)
        refined = replace(scene, annotations=annotations, events=track(annotations), effects=tuple(effects))
        return _noted(refined, *lost, _summary(effects, len(wanted.all), field))


def _can_find(rule: Rule) -> bool:
    return not {*PARTS, *THINGS.values()}.isdisjoint(rule.kinds)


def _finders(
    rules: Sequence[Rule], people: KeypointDetector | None, things: Yolox | None
) -> tuple[KeypointDetector | None, Yolox | None]:
    """What finds people and things, loaded where rules need it and it was not given."""
    kinds = {kind for rule in rules for kind in rule.kinds}
    load_people = people is None and not kinds.isdisjoint(PARTS)
    load_things = things is None and not kinds.isdisjoint(THINGS.values())
    _require_weights(load_people, load_things)
    if load_people:
        people = PoseSettings().load().detector
    return people, Yolox("refinement") if load_things else things


def _require_weights(people: bool, things: bool) -> None:
    """All that is missing in one line, and not one file at a time."""
    lacking = []
    missing = missing_weights(POSE_FILES) if people else []
    if missing:
        lacking.append(f"{' and '.join(missing)} ({POSE_ORIGIN})")
    if things and missing_weights({YOLOX_WEIGHTS: None}):
        lacking.append(f"{YOLOX_WEIGHTS} ({YOLOX_ORIGIN})")
    if lacking:
        raise ModelError(
            f"refinement wants {', and '.join(lacking)}; put what is missing into {weights_folder()}"
        )


def _wanted(annotations: Annotations, rules: Sequence[Rule]) -> Frames:
    """Where rows are whose class has a rule, and whose azimuth is known."""
    known = np.isfinite(annotations.azimuth)

    def frames(kinds: Iterable[str]) -> frozenset[int]:
        names = {rule.class_name for rule in rules if not set(kinds).isdisjoint(rule.kinds)}
        numbers = [number for number, name in enumerate(annotations.classes) if name in names]
        rows = known & np.isin(annotations.class_id, numbers)
        return frozenset(np.unique(annotations.frame[rows]).tolist())

    return Frames(frames(PARTS), frames(THINGS.values()))


def _size(video: VideoInfo) -> tuple[int, int] | None:
    """(width, height) to look at; None where the video's own will do."""
    scale = LONGEST_SIDE / max(video.width, video.height)
    return None if scale >= 1 else (max(1, round(scale * video.width)), max(1, round(scale * video.height)))


def _reported(pictures: Iterable[VideoFrame], progress: SecondsProgress | None) -> Iterator[VideoFrame]:
    for frame in pictures:
        yield frame
        if progress is not None:
            progress(frame.time)


def _summary(effects: Sequence[Effect], pictures: int, field_of_view: float) -> str:
    matched, flagged = (sum(getattr(effect, name) for effect in effects) for name in ("matched", "flagged"))
    looked = f"{pictures} picture{'' if pictures == 1 else 's'} {field_of_view:.0f}° wide"
    return f"refined by {looked}: {matched} rows have a visible cause, {flagged} of them were not on-screen"


def _noted(scene: Scene, *notes: str) -> Scene:
    return replace(scene, notes=(*scene.notes, *notes))

"""Scenes as a data set on disk: as DCASE 2025 stereo, or as STARSS23 with FOA and 360° pictures.

Which scene a clip is depends on the seed and the clip's number alone, so that any number of processes writes
the same files, more clips continue fewer, and what a killed process began is done again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.classes import CLASSES_FILE, STARSS23, ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.formats import write_annotations
from seldkit.geometry import DCASE2025_CAMERA, Camera, unit_vector
from seldkit.media import write_audio, write_video
from seldkit.output_folder import locked_output_folder
from seldkit.parallel import run
from seldkit.synthesis.measured_responses import MeasuredResponses, MeasuredRoom
from seldkit.synthesis.procedural.generated_sounds import procedural_library
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.scene_description import SceneDescription, Side, read_description, write_description
from seldkit.synthesis.scene_images import (
    CameraSpace,
    EquirectangularView,
    ImageLibrary,
    ImagePlan,
    PerspectiveView,
    SourceTrajectory,
    View,
    draw_image_plan,
    load_images,
    render_frames,
)
from seldkit.synthesis.scene_plan import DEFAULT_BALANCE, EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.scene_rendering import SynthesizedScene, render_scene
from seldkit.synthesis.sound_library import SoundLibrary, load_sounds
from seldkit.types import CountProgress

Layout = Literal["stereo", "foa"]

SIDES: Final = {"train": ("dev-train-synth", 1), "test": ("dev-test-synth", 2)}
"""Sub-folder and fold of synthetic clips for training and for testing in the public data sets."""
SCENES_FOLDER: Final = "scenes"
SETTINGS_FILE: Final = "synthesis.json"
PRESET: Final = "veryfast"
QUALITY: Final = 26


@dataclass(frozen=True)
class SynthesisSettings:
    """What a synthetic data set is made of.

    sounds, mapping, images: folders and mapping file, or None for procedural sounds and drawings. split:
    "train" or "test" for the sounds and pictures of one side, with no room on both; None for all there is, to
    train on. responses: SOFA files of measured rooms, which the clips take in turn, instead of simulated
    ones. seed: of everything. receiver: of the stereo layout. camera, rate: of its pictures; the FOA layout
    has the whole 360° frame of `frame_size` pixels. balance: of the classes, see `draw_plan`. classes: names
    of the sounds' folders by class number; None: those of `classes.txt` in the folder of sounds, or the 13
    classes of STARSS23.

    Raises ValueError for a length that is no multiple of 0.1 s.
    """

    sounds: Path | None = None
    mapping: str | None = None
    images: Path | None = None
    split: Side | None = None
    responses: tuple[Path, ...] = ()
    seed: int = 0
    seconds: float = 5.0
    layout: Layout = "stereo"
    receiver: str = "coincident"
    video: bool = True
    camera: Camera = field(default=DCASE2025_CAMERA)
    frame_size: tuple[int, int] = (1920, 960)
    rate: float = 30.0
    balance: float = DEFAULT_BALANCE
    classes: ClassVocabulary | None = None

    def __post_init__(self) -> None:
        if self.seconds < FRAME_SECONDS or abs(self.seconds * 10 - round(self.seconds * 10)) > 1e-6:
            raise ValueError(f"expected a length in steps of {FRAME_SECONDS} s, got {self.seconds:g} s")

    @property
    def side(self) -> Side:
        """What its clips are for."""
        return self.split or "train"

    @property
    def view(self) -> View:
        """What its pictures show."""
        return (
            PerspectiveView(self.camera) if self.layout == "stereo" else EquirectangularView(self.frame_size)
        )

    @property
    def heard_by(self) -> str:
        """The receiver's name."""
        return self.receiver if self.layout == "stereo" else "foa"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self.view.size


@dataclass(frozen=True)
class SynthesizedClip:
    """One clip's files below the data set's folder."""

    root: Path
    layout: Layout
    side: Side
    stem: str

    @property
    def audio(self) -> Path:
        """Its sound."""
        return self.root / f"{self.layout}_dev" / self._folder / f"{self.stem}.wav"

    @property
    def video(self) -> Path:
        """Its pictures."""
        return self.root / "video_dev" / self._folder / f"{self.stem}.mp4"

    @property
    def labels(self) -> Path:
        """Its annotations; written last, so that a clip with labels is whole."""
        return self.root / "metadata_dev" / self._folder / f"{self.stem}.csv"

    @property
    def scene(self) -> Path:
        """Its description."""
        return self.root / SCENES_FOLDER / f"{self.stem}.json"

    def is_whole(self, video: bool) -> bool:
        """Whether all of its files are there."""
        return all(path.exists() for path in self._files() if video or path != self.video)

    def remove(self) -> None:
        """Have none of its files."""
        for path in self._files():
            path.unlink(missing_ok=True)

    @property
    def _folder(self) -> str:
        return SIDES[self.side][0]

    def _files(self) -> tuple[Path, ...]:
        return self.labels, self.audio, self.video, self.scene


@dataclass(frozen=True)
class SynthesisResult:
    """What became of a synthesis: clips that were there, that were made, and what failed."""

    kept: int
    made: int
    failures: tuple[Exception, ...]


def synthesize(
    settings: SynthesisSettings,
    output: Path,
    clips: int,
    workers: int = 1,
    cluster: str | None = None,
    progress: CountProgress | None = None,
) -> SynthesisResult:
    """Write `clips` scenes into `output`; those that are there already are kept.

    Raises SeldkitError where the folder holds scenes of other settings, or sounds or pictures cannot be used.
    """
    for path in settings.responses:
        _require_receivers(path, settings.layout)
    told = _record(settings)
    vocabulary = load_libraries(settings)[0].classes
    folders = (f"{settings.layout}_dev", "video_dev", "metadata_dev", SCENES_FOLDER)
    with locked_output_folder(output, SETTINGS_FILE, folders, told, others=("sounds", "images")):
        vocabulary.to_file(output / CLASSES_FILE)
        missing = [
            number
            for number in range(clips)
            if not synthesized_clip(settings, output, number).is_whole(settings.video)
        ]
        failures: list[Exception] = []
        for done, outcome in enumerate(run(WriteClip(settings, output), missing, workers, cluster), 1):
            if outcome.error is not None:
                failures.append(outcome.error)
            if progress is not None:
                progress(clips - len(missing) + done, clips)
    return SynthesisResult(clips - len(missing), len(missing) - len(failures), tuple(failures))


def synthesized_clip(settings: SynthesisSettings, output: Path, number: int) -> SynthesizedClip:
    """The files of a clip. Its name says which room it is in: one of its own, or a measured one."""
    view = "_deg000_start0000" if settings.layout == "stereo" else ""
    _, fold = SIDES[settings.side]
    mix, room = divmod(number, len(settings.responses)) if settings.responses else (0, number)
    stem = f"fold{fold}_room{room + 1}_mix{mix + 1:03}{view}"
    return SynthesizedClip(output, settings.layout, settings.side, stem)


@dataclass(frozen=True)
class WriteClip:
    """The task of drawing, rendering and writing one clip, by its number."""

    settings: SynthesisSettings
    output: Path

    def __call__(self, number: int) -> None:
        clip = synthesized_clip(self.settings, self.output, number)
        try:
            write_clip(draw_description(self.settings, number), self.settings, clip)
        except BaseException:
            clip.remove()
            raise


def draw_description(settings: SynthesisSettings, number: int) -> SceneDescription:
    """The scene of a clip."""
    sounds, pictures = load_libraries(settings)
    seed = (settings.seed, number) if settings.side == "train" else (settings.seed, number, SIDES["test"][1])
    measured = settings.responses
    room = MeasuredRoom.from_file(measured[number % len(measured)]) if measured else None
    plan = draw_plan(seed, sounds, settings.seconds, settings.heard_by, settings.balance, room)
    kept = SceneDescription(plan, None, settings.seed, settings.size, settings.rate, settings.split)
    if not settings.video:
        return kept
    rng = np.random.default_rng((*seed, 1))
    space = CameraSpace(plan.room.size, plan.room.receiver, plan.room.heading)
    sources = [source_trajectory(event, plan) for event in plan.events]
    drawn = draw_image_plan(rng, sources, pictures, plan.seconds, space, sounds.classes)
    return replace(kept, pictures=drawn)


def write_clip(
    description: SceneDescription, settings: SynthesisSettings, clip: SynthesizedClip
) -> SynthesizedScene:
    """Render a scene and write its files, the labels last."""
    sounds, pictures = load_libraries(settings)
    scene = render_scene(description.plan, sounds)
    write_description(description, clip.scene)
    write_audio(clip.audio, scene.waveform, SAMPLE_RATE)
    if description.pictures is not None:
        _write_pictures(description.pictures, pictures, settings, clip.video)
    if settings.layout == "stereo":
        write_annotations(scene.seen_by(settings.camera), clip.labels, "dcase2025")
    else:
        write_annotations(scene.annotations, clip.labels, "dcase2024")
    return scene


def render_description(path: Path, settings: SynthesisSettings, output: Path) -> SynthesizedClip:
    """Render the scene that a description file holds: the same files to the bit.

    settings: where its sounds and pictures are; the rest is the description's. Raises SeldkitError.
    """
    description = read_description(path)
    settings = _settings_of(description, settings)
    sounds, _ = load_libraries(settings)
    known = {sound.name for sound in sounds.sounds}
    for event in description.plan.events:
        if event.sound not in known:
            raise SeldkitError(
                f"{path}: expected the sound '{event.sound}' in --sounds, found none; give the "
                "folder that the scene was made from"
            )
    clip = SynthesizedClip(output, settings.layout, settings.side, path.stem)
    write_clip(description, settings, clip)
    sounds.classes.to_file(output / CLASSES_FILE)
    return clip


def _settings_of(description: SceneDescription, settings: SynthesisSettings) -> SynthesisSettings:
    foa = description.plan.receiver == "foa"
    return replace(
        settings,
        split=description.split,
        seed=description.seed,
        seconds=description.plan.seconds,
        layout="foa" if foa else "stereo",
        receiver=settings.receiver if foa else description.plan.receiver,
        video=description.pictures is not None,
        camera=settings.camera if foa else Camera(*description.size),
        frame_size=description.size if foa else settings.frame_size,
        rate=description.rate,
    )


def _require_receivers(path: Path, layout: Layout) -> None:
    heard, wanted = MeasuredResponses.read(path).responses.shape[1], {"stereo": 2, "foa": 4}[layout]
    if heard != wanted:
        raise SeldkitError(
            f"{path}: expected responses of {wanted} receivers for --layout {layout}, got {heard}"
        )


def load_libraries(settings: SynthesisSettings) -> tuple[SoundLibrary, ImageLibrary]:
    """The sounds and pictures of a synthesis, read once in each process."""
    return _libraries(
        settings.sounds, settings.mapping, settings.images, settings.seed, settings.split, settings.classes
    )


@lru_cache(maxsize=1)
def _libraries(
    sounds: Path | None,
    mapping: str | None,
    images: Path | None,
    seed: int,
    split: Side | None,
    classes: ClassVocabulary | None,
) -> tuple[SoundLibrary, ImageLibrary]:
    if sounds is None:
        library = procedural_library(seed, classes or STARSS23)
    else:
        library = load_sounds(sounds, mapping, classes)
    pictures = load_images(images, library.classes)
    return (library, pictures) if split is None else (library.split(split), pictures.split(split))


def source_trajectory(event: EventPlan, plan: ScenePlan) -> SourceTrajectory:
    """Where an event's source is, as pictures take it: metres ahead, left and up of the camera."""
    azimuth, elevation, distance = plan.room.direction(event.points)
    points = unit_vector(azimuth, elevation) * distance[:, None]
    path = tuple((x, y, z) for x, y, z in points.tolist())
    return SourceTrajectory(event.class_id, event.onset, event.onset + event.length, path)


def _write_pictures(plan: ImagePlan, library: ImageLibrary, settings: SynthesisSettings, path: Path) -> None:
    shown: Iterator[np.ndarray] = render_frames(plan, library, settings.view, settings.rate)
    write_video(path, shown, settings.rate, crf=QUALITY, preset=PRESET, threads=1)


def _record(settings: SynthesisSettings) -> dict[str, Any]:
    """What the clips depend on; of sounds and pictures the names, wherever they lie."""
    sounds, pictures = load_libraries(settings)
    # Folders of the 13 classes were made before there were other vocabularies: their record has none.
    classes = {} if sounds.classes == STARSS23 else {"classes": list(sounds.classes)}
    return classes | {
        "split": settings.split,
        "responses": [path.name for path in settings.responses],
        "seed": settings.seed,
        "seconds": settings.seconds,
        "layout": settings.layout,
        "receiver": settings.heard_by,
        "video": settings.video,
        "size": list(settings.size),
        "rate": settings.rate,
        "balance": settings.balance,
        "sounds": _digest(f"{sound.class_id} {sound.name}" for sound in sounds.sounds),
        "images": _digest(pictures.files),
    }


def _digest(names: Iterable[str]) -> str:
    return sha256("\n".join(names).encode()).hexdigest()[:16]

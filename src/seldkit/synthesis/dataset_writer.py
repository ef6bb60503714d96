"""Synthetic datasets on disk, in the layout of DCASE 2025 stereo or of STARSS23 (FOA and 360° images).

A clip depends on the seed and its number only. Any number of processes therefore writes the same files, more
clips continue fewer, and incomplete clips of an interrupted process are written again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.annotations import FRAME_SECONDS
from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.classes import CLASSES_FILE, STARSS23, ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.formats import write_annotations
from seldkit.geometry import DCASE2025_CAMERA, Camera, unit_vector
from seldkit.media import write_audio, write_video
from seldkit.output_folder import locked_output_folder
from seldkit.parallel import run
from seldkit.synthesis.measured_responses import MeasuredResponses, MeasuredRoom
from seldkit.synthesis.procedural import procedural_library
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.scene_description import (
    SceneDescription,
    Split,
    read_description,
    write_description,
)
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
from seldkit.synthesis.scene_rendering import (
    SynthesizedScene,
    labelled_events,
    render_scene,
    with_labelled_events,
)
from seldkit.synthesis.sound_library import SoundLibrary, load_sounds
from seldkit.types import CountProgress

DatasetLayout = Literal["stereo", "foa"]
"""Layout of a dataset: DCASE 2025 stereo or STARSS23."""

SPLIT_FOLDERS: Final = {"train": ("dev-train-synth", 1), "test": ("dev-test-synth", 2)}
"""Subfolder and fold number of each side, as in public synthetic datasets."""
SCENES_FOLDER: Final = "scenes"
"""Folder of the scene descriptions."""
SETTINGS_FILE: Final = "synthesis.json"
"""File with the settings of all clips."""
VIDEO_PRESET: Final = "veryfast"
"""Preset of the H.264 encoder."""
VIDEO_CRF: Final = 26
"""Constant rate factor of the H.264 encoder."""


@dataclass(frozen=True)
class SynthesisSettings:
    """Settings of a synthetic dataset.

    Attributes:
        sounds: Folder of dry sounds, None for procedural sounds.
        mapping: Mapping of the labels of the sounds, see `load_sounds`.
        images: Folder of images, None for procedural images.
        split: Side whose sounds, images and rooms are used; no sound, image or room is on both sides. None
            uses all of them, for training.
        responses: SOFA files of measured rooms, which clips use in turn; empty for simulated rooms.
        seed: Random seed.
        seconds: Duration of a clip in seconds, a multiple of 0.1.
        layout: Layout of the dataset.
        receiver: Name of the receiver for the stereo layout.
        video: Whether videos are written.
        camera: Camera of the stereo layout.
        frame_size: Width and height of the 360° frames of the FOA layout in pixels.
        rate: Video frames per second.
        balance: Class balance from 0 to 1, see `draw_plan`.
        classes: Class vocabulary. None is that of `classes.txt` in the folder of sounds, or STARSS23.

    Raises:
        ValueError: The duration is not a positive multiple of 0.1 s.
    """

    sounds: Path | None = None
    mapping: str | None = None
    images: Path | None = None
    split: Split | None = None
    responses: tuple[Path, ...] = ()
    seed: int = 0
    seconds: float = 5.0
    layout: DatasetLayout = "stereo"
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
    def side(self) -> Split:
        """Side to which the clips belong."""
        return self.split or "train"

    @property
    def view(self) -> View:
        """View of the images."""
        if self.layout == "stereo":
            return PerspectiveView(self.camera)
        return EquirectangularView(self.frame_size)

    @property
    def receiver_name(self) -> str:
        """Name of the receiver that is used."""
        return self.receiver if self.layout == "stereo" else "foa"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the images in pixels."""
        return self.view.size


@dataclass(frozen=True)
class SynthesizedClip:
    """The files of one clip.

    Attributes:
        root: Folder of the dataset.
        layout: Layout of the dataset.
        side: Side to which the clip belongs.
        stem: Name of the files without suffix.
    """

    root: Path
    layout: DatasetLayout
    side: Split
    stem: str

    @property
    def audio(self) -> Path:
        """Audio file."""
        return self.root / f"{self.layout}_dev" / self._folder / f"{self.stem}.wav"

    @property
    def video(self) -> Path:
        """Video file."""
        return self.root / "video_dev" / self._folder / f"{self.stem}.mp4"

    @property
    def labels(self) -> Path:
        """Annotations; they are written last, so that a clip with labels is complete."""
        return self.root / "metadata_dev" / self._folder / f"{self.stem}.csv"

    @property
    def scene(self) -> Path:
        """Scene description."""
        return self.root / SCENES_FOLDER / f"{self.stem}.json"

    def is_complete(self, video: bool) -> bool:
        """Returns whether all files exist.

        Args:
            video: Whether the clip has a video.

        Returns:
            Whether they do.
        """
        return all(path.exists() for path in self._files() if video or path != self.video)

    def remove(self) -> None:
        """Deletes all files."""
        for path in self._files():
            path.unlink(missing_ok=True)

    @property
    def _folder(self) -> str:
        return SPLIT_FOLDERS[self.side][0]

    def _files(self) -> tuple[Path, ...]:
        return self.labels, self.audio, self.video, self.scene


@dataclass(frozen=True)
class SynthesisResult:
    """Outcome of a synthesis.

    Attributes:
        kept: Number of clips that existed before.
        made: Number of clips that were written.
        failures: Errors of the clips that could not be written.
    """

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
    """Writes a synthetic dataset. Existing clips are kept.

    Args:
        settings: Settings of the dataset.
        output: Folder of the dataset.
        clips: Number of clips.
        workers: Number of processes.
        cluster: Address of a Ray cluster, None for local processes.
        progress: Called after every clip with the number of finished clips and of all clips.

    Returns:
        Numbers of written and existing clips, and errors.

    Raises:
        SeldkitError: The folder contains clips of other settings, or sounds, images or responses cannot be
            used.
    """
    for path in settings.responses:
        _require_receivers(path, settings.layout)
    record = _record(settings)
    vocabulary = load_libraries(settings)[0].classes
    folders = (f"{settings.layout}_dev", "video_dev", "metadata_dev", SCENES_FOLDER)
    with locked_output_folder(output, SETTINGS_FILE, folders, record, summarized=("sounds", "images")):
        vocabulary.to_file(output / CLASSES_FILE)
        missing = [
            number
            for number in range(clips)
            if not synthesized_clip(settings, output, number).is_complete(settings.video)
        ]
        failures: list[Exception] = []
        for done, outcome in enumerate(run(WriteClip(settings, output), missing, workers, cluster), 1):
            if outcome.error is not None:
                failures.append(outcome.error)
            if progress is not None:
                progress(clips - len(missing) + done, clips)
    return SynthesisResult(clips - len(missing), len(missing) - len(failures), tuple(failures))


def synthesized_clip(settings: SynthesisSettings, output: Path, number: int) -> SynthesizedClip:
    """Returns the files of a clip. Their name contains the number of the simulated or measured room.

    Args:
        settings: Settings of the dataset.
        output: Folder of the dataset.
        number: Number of the clip from 0.

    Returns:
        The files.
    """
    view = "_deg000_start0000" if settings.layout == "stereo" else ""
    _, fold = SPLIT_FOLDERS[settings.side]
    mix, room = divmod(number, len(settings.responses)) if settings.responses else (0, number)
    stem = f"fold{fold}_room{room + 1}_mix{mix + 1:03}{view}"
    return SynthesizedClip(output, settings.layout, settings.side, stem)


@dataclass(frozen=True)
class WriteClip:
    """Draws, renders and writes one clip by its number.

    Attributes:
        settings: Settings of the dataset.
        output: Folder of the dataset.
    """

    settings: SynthesisSettings
    output: Path

    def __call__(self, number: int) -> None:
        """Writes a clip. After an exception, none of its files remain.

        Args:
            number: Number of the clip from 0.
        """
        clip = synthesized_clip(self.settings, self.output, number)
        try:
            write_clip(draw_description(self.settings, number), self.settings, clip)
        except BaseException:
            clip.remove()
            raise


def draw_description(settings: SynthesisSettings, number: int) -> SceneDescription:
    """Draws the scene of a clip.

    Args:
        settings: Settings of the dataset.
        number: Number of the clip from 0.

    Returns:
        The scene.
    """
    sounds, images = load_libraries(settings)
    test_seed = (settings.seed, number, SPLIT_FOLDERS["test"][1])
    seed = (settings.seed, number) if settings.side == "train" else test_seed
    measured = settings.responses
    room = MeasuredRoom.from_file(measured[number % len(measured)]) if measured else None
    plan = draw_plan(seed, sounds, settings.seconds, settings.receiver_name, settings.balance, room)
    labelled = labelled_events(plan, sounds)
    description = SceneDescription(
        with_labelled_events(plan, labelled),
        None,
        settings.seed,
        settings.size,
        settings.rate,
        settings.split,
    )
    if not settings.video:
        return description
    rng = np.random.default_rng((*seed, 1))
    space = CameraSpace(plan.room.size, plan.room.receiver, plan.room.heading)
    sources = [source_trajectory(event, plan) for event in plan.events]
    image_plan = draw_image_plan(rng, sources, images, plan.seconds, space, sounds.classes)
    numbers = {old: new for new, old in enumerate(labelled)}
    billboards = tuple(
        replace(billboard, source=numbers.get(billboard.source, -1)) for billboard in image_plan.billboards
    )
    return replace(description, images=replace(image_plan, billboards=billboards))


def write_clip(
    description: SceneDescription, settings: SynthesisSettings, clip: SynthesizedClip
) -> SynthesizedScene:
    """Renders a scene and writes its files, the labels last.

    Args:
        description: The scene.
        settings: Settings of the dataset.
        clip: Files to write.

    Returns:
        The rendered scene.
    """
    sounds, images = load_libraries(settings)
    scene = render_scene(description.plan, sounds)
    write_description(description, clip.scene)
    write_audio(clip.audio, scene.waveform, SAMPLE_RATE)
    if description.images is not None:
        _write_video(description.images, images, settings, clip.video)
    if settings.layout == "stereo":
        write_annotations(scene.annotations_for_camera(settings.camera), clip.labels, "dcase2025")
    else:
        write_annotations(scene.annotations, clip.labels, "dcase2024")
    return scene


def render_description(path: Path, settings: SynthesisSettings, output: Path) -> SynthesizedClip:
    """Renders a scene description again. The files are identical to those of the first rendering.

    Args:
        path: Scene description.
        settings: Settings with the folders of sounds and images; other settings are those of the description.
        output: Folder of the dataset.

    Returns:
        The written files.

    Raises:
        SeldkitError: The description cannot be read, or sounds or images are missing.
    """
    description = read_description(path)
    settings = _settings_of(description, settings)
    sounds, _ = load_libraries(settings)
    known = {sound.name for sound in sounds.sounds}
    for event in (*description.plan.events, *description.plan.interferers):
        if event.sound and event.sound not in known:
            raise SeldkitError(
                f"{path}: expected the sound '{event.sound}' in --sounds, found none; use the folder from "
                "which the scene was made"
            )
    for number, event in enumerate(description.plan.events):
        if event.class_id >= len(sounds.classes):
            raise SeldkitError(
                f"{path}: plan.events.{number}.class_id: expected a class number below "
                f"{len(sounds.classes)}, got {event.class_id}; state the classes with --classes"
            )
    clip = SynthesizedClip(output, settings.layout, settings.side, path.stem)
    write_clip(description, settings, clip)
    sounds.classes.to_file(output / CLASSES_FILE)
    return clip


def _settings_of(description: SceneDescription, settings: SynthesisSettings) -> SynthesisSettings:
    is_foa = description.plan.receiver == "foa"
    return replace(
        settings,
        split=description.split,
        seed=description.seed,
        seconds=description.plan.seconds,
        layout="foa" if is_foa else "stereo",
        receiver=settings.receiver if is_foa else description.plan.receiver,
        video=description.images is not None,
        camera=settings.camera if is_foa else Camera(*description.size),
        frame_size=description.size if is_foa else settings.frame_size,
        rate=description.rate,
    )


def _require_receivers(path: Path, layout: DatasetLayout) -> None:
    count, required = MeasuredResponses.from_file(path).responses.shape[1], CHANNEL_LAYOUTS[layout].channels
    if count != required:
        raise SeldkitError(
            f"{path}: expected responses of {required} receivers for --layout {layout}, got {count}"
        )


def load_libraries(settings: SynthesisSettings) -> tuple[SoundLibrary, ImageLibrary]:
    """Loads the sounds and images of a dataset, once in each process.

    Args:
        settings: Settings of the dataset.

    Returns:
        The libraries.

    Raises:
        SeldkitError: A folder cannot be used.
    """
    return _load_libraries(
        settings.sounds, settings.mapping, settings.images, settings.seed, settings.split, settings.classes
    )


@lru_cache(maxsize=1)
def _load_libraries(
    sounds: Path | None,
    mapping: str | None,
    images: Path | None,
    seed: int,
    split: Split | None,
    classes: ClassVocabulary | None,
) -> tuple[SoundLibrary, ImageLibrary]:
    if sounds is None:
        sound_library = procedural_library(seed, classes or STARSS23)
    else:
        sound_library = load_sounds(sounds, mapping, classes)
    image_library = load_images(images, sound_library.classes)
    if split is None:
        return sound_library, image_library
    return sound_library.split(split), image_library.split(split)


def source_trajectory(event: EventPlan, plan: ScenePlan) -> SourceTrajectory:
    """Converts the trajectory of an event to the coordinates of the camera.

    Args:
        event: An event of the plan.
        plan: The plan.

    Returns:
        The trajectory in metres ahead, left and up of the camera.
    """
    azimuth, elevation, distance = plan.room.direction(event.points)
    points = unit_vector(azimuth, elevation) * distance[:, None]
    path = tuple((x, y, z) for x, y, z in points.tolist())
    return SourceTrajectory(event.class_id, event.onset, event.offset, path)


def _write_video(plan: ImagePlan, library: ImageLibrary, settings: SynthesisSettings, path: Path) -> None:
    frames = render_frames(plan, library, settings.view, settings.rate)
    write_video(path, frames, settings.rate, crf=VIDEO_CRF, preset=VIDEO_PRESET, threads=1)


def _record(settings: SynthesisSettings) -> dict[str, object]:
    """All settings on which the clips depend. Sounds and images are represented by their names."""
    sounds, images = load_libraries(settings)
    # Datasets with the classes of STARSS23 may be older than the setting: their record has none.
    classes = {} if sounds.classes == STARSS23 else {"classes": list(sounds.classes)}
    return classes | {
        "split": settings.split,
        "responses": [path.name for path in settings.responses],
        "seed": settings.seed,
        "seconds": settings.seconds,
        "layout": settings.layout,
        "receiver": settings.receiver_name,
        "video": settings.video,
        "size": list(settings.size),
        "rate": settings.rate,
        "balance": settings.balance,
        "sounds": _digest(f"{sound.class_id} {sound.name}" for sound in sounds.sounds),
        "images": _digest(images.files),
    }


def _digest(names: Iterable[str]) -> str:
    return sha256("\n".join(names).encode()).hexdigest()[:16]

"""Writes examples/demo.mp4 and its ground truth, examples/demo.csv.

python examples/make_demo.py --sounds DIR --images DIR

Ten seconds in a room and with sounds that are not in the training data of the default model. The image is a
perspective view of a panorama with a drawing of each visible source. See README.md for credits.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seldkit.annotations import Annotations
from seldkit.formats import write_annotations
from seldkit.geometry import DCASE2025_CAMERA as CAMERA
from seldkit.geometry import azimuth_to_pixel
from seldkit.media import write_video
from seldkit.synthesis import EventPlan, Room, ScenePlan, SoundLibrary, load_sounds, render_scene
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.scene_plan import path_from_points
from seldkit.synthesis.scene_rendering import SynthesizedScene
from seldkit.synthesis.sound_variation import EQUALIZER_FREQUENCIES_HZ, SoundVariation

HERE = Path(__file__).parent
SECONDS = 10.0
FPS = 25
ROOM = Room(size=(7.2, 5.6, 2.9), rt60=0.35, receiver=(2.1, 2.6, 1.4), heading=0.0, seed=20261121)
PANORAMA = "panoramas/apartment.jpg"
VIEW_AZIMUTH_DEG = 60.0
"""Azimuth in the panorama that is ahead in the image."""
PLAIN = SoundVariation(
    speed=1.0, equaliser=(0.0,) * len(EQUALIZER_FREQUENCIES_HZ), low_pass=0.0, high_pass=0.0
)


@dataclass(frozen=True)
class Source:
    """One sound source.

    Attributes:
        sound: Name of the sound in the library.
        onset: Onset in seconds.
        azimuth: Azimuth in degrees, positive to the left.
        distance: Distance in metres.
        gain_db: Gain in dB.
        sprite: Name of the drawing; "" for a source that is not visible.
        height: Height of the drawing in metres.
    """

    sound: str
    onset: float
    azimuth: float
    distance: float
    gain_db: float = 0.0
    sprite: str = ""
    height: float = 1.0


SOURCES = (
    Source("female_speech/asterisk_ru-pbx_invalid", 0.3, 34.0, 1.4, 0.0, "female_speech/woman", 0.5),
    Source("clapping/procedural-rhythm_02", 3.4, 68.0, 1.3, 0.0),
    Source(
        "musical_instrument/fluidr3gm-gm_grand_piano_1",
        5.2,
        -31.0,
        1.6,
        0.0,
        "musical_instrument/piano_keyboard",
        0.7,
    ),
    Source("bell/ionsound-bell_ring", 8.0, 3.0, 1.8, 0.0, "bell/bell", 0.4),
)


def main() -> None:
    """Renders audio, labels and images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--sounds", type=Path, required=True, help="folder with one folder of sounds per class"
    )
    parser.add_argument("--images", type=Path, required=True, help="folder with panoramas/ and sprites/")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for demo.mp4 and demo.csv")
    options = parser.parse_args()
    library = load_sounds(options.sounds)
    scene = render_scene(plan(library), library)
    write_annotations(ground_truth(scene), options.output / "demo.csv")
    images = frames(options.images, scene)
    write_video(options.output / "demo.mp4", images, FPS, (scene.waveform, SAMPLE_RATE), crf=27)


def plan(library: SoundLibrary) -> ScenePlan:
    """Returns the plan: the sources in the room, with quiet ventilation noise."""
    events = tuple(_event(source, library) for source in SOURCES)
    return ScenePlan(SECONDS, ROOM, "coincident", events, (), "ventilation", -66.0, 4.0, seed=1)


def ground_truth(scene: SynthesizedScene) -> Annotations:
    """Returns the annotations of the scene; sources with a drawing are on-screen."""
    labels = scene.annotations
    is_visible = {library_class(source): bool(source.sprite) for source in SOURCES}
    onscreen = [is_visible[labels.classes[number].replace(" ", "_")] for number in labels.class_id]
    return Annotations(
        labels.frame,
        labels.class_id,
        labels.source,
        labels.azimuth,
        labels.distance,
        labels.frame_count,
        onscreen=np.array(onscreen),
    )


def library_class(source: Source) -> str:
    """Returns the class of a source, which is the folder of its sound."""
    return source.sound.split("/")[0]


def frames(images: Path, scene: SynthesizedScene) -> Iterator[NDArray[np.uint8]]:
    """Yields the video frames, (360, 640, 3). Active sources move slightly."""
    room = perspective(images / PANORAMA)
    sprites = [Image.open(images / "sprites" / f"{a.sprite}.png") if a.sprite else None for a in SOURCES]
    labels = scene.annotations
    for number in range(round(SECONDS * FPS)):
        image = room.copy()
        time = number / FPS
        active = labels.class_id[labels.frame == int(time * 10)]
        for source, sprite in sorted(zip(SOURCES, sprites, strict=True), key=lambda pair: -pair[0].distance):
            if sprite is not None:
                is_active = labels.classes.index(library_class(source).replace("_", " ")) in active
                tilt = 5.0 * np.sin(2 * np.pi * 2.5 * time) if is_active else 0.0
                _paste(image, sprite, source, tilt)
        yield np.asarray(image)


def perspective(panorama: Path) -> Image.Image:
    """Returns the camera's view of an equirectangular image, sampled bilinearly."""
    source = np.asarray(Image.open(panorama).convert("RGB"), dtype=np.float64)
    height, width = source.shape[:2]
    centre_x, centre_y = CAMERA.centre
    right = (np.arange(CAMERA.width) - centre_x)[None, :] / CAMERA.focal_length
    up = (centre_y - np.arange(CAMERA.height))[:, None] / CAMERA.vertical_scale
    azimuth = np.degrees(np.arctan2(-right, 1.0)) + VIEW_AZIMUTH_DEG
    elevation = np.degrees(np.arctan2(up, np.hypot(right, 1.0)))
    x = ((180.0 - azimuth) / 360.0 * width - 0.5 + 0.0 * elevation) % width
    y = np.clip((90.0 - elevation) / 180.0 * height - 0.5, 0.0, height - 1.001)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = source[top, left % width] * (1 - across) + source[top, (left + 1) % width] * across
    lower = source[top + 1, left % width] * (1 - across) + source[top + 1, (left + 1) % width] * across
    return Image.fromarray(np.rint(upper * (1 - down) + lower * down).astype(np.uint8))


def _event(source: Source, library: SoundLibrary) -> EventPlan:
    sound = library.sound(source.sound)
    length = len(library.waveform(sound)) / SAMPLE_RATE
    path = path_from_points(ROOM.position(source.azimuth, 0.0, source.distance))
    return EventPlan(
        sound.name, sound.class_id, (0.0, length), (0.0,), PLAIN, source.onset, source.gain_db, path, seed=0
    )


def _paste(image: Image.Image, sprite: Image.Image, source: Source, tilt: float) -> None:
    size = round(CAMERA.focal_length * source.height / (source.distance * np.cos(np.radians(source.azimuth))))
    drawing = sprite.resize((size, size), Image.Resampling.LANCZOS).rotate(tilt, Image.Resampling.BICUBIC)
    x, y = azimuth_to_pixel(source.azimuth)
    image.paste(drawing, (round(float(x) - size / 2), round(float(y) - size / 2)), drawing)


if __name__ == "__main__":
    main()

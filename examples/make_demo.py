"""Make examples/demo.mp4 and its truth, examples/demo.csv.

python examples/make_demo.py --sounds DIR --images DIR

Ten seconds in a room that the default model was not trained in, with sounds that it was not trained on; the
picture is a crop of a panorama with a drawing for each thing that can be seen. See README.md for credits.
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
TURNED = 60.0
"""Degrees of the panorama that lie ahead."""
PLAIN = SoundVariation(
    speed=1.0, equaliser=(0.0,) * len(EQUALIZER_FREQUENCIES_HZ), low_pass=0.0, high_pass=0.0
)


@dataclass(frozen=True)
class Actor:
    """One source: what it plays when, where it is (degrees, metres), and what it looks like (metres high).

    Without a sprite, or beyond the picture's edge, it is heard and not seen.
    """

    sound: str
    onset: float
    azimuth: float
    distance: float
    gain_db: float = 0.0
    sprite: str = ""
    height: float = 1.0


ACTORS = (
    Actor("female_speech/asterisk_ru-pbx_invalid", 0.3, 34.0, 1.4, 0.0, "female_speech/woman", 0.5),
    Actor("clapping/procedural-rhythm_02", 3.4, 68.0, 1.3, 0.0),
    Actor(
        "musical_instrument/fluidr3gm-gm_grand_piano_1",
        5.2,
        -31.0,
        1.6,
        0.0,
        "musical_instrument/piano_keyboard",
        0.7,
    ),
    Actor("bell/ionsound-bell_ring", 8.0, 3.0, 1.8, 0.0, "bell/bell", 0.4),
)


def main() -> None:
    """Render sound, truth and pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True, help="a folder of sounds for each class")
    parser.add_argument("--images", type=Path, required=True, help="holds panoramas/ and sprites/")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for demo.mp4 and demo.csv")
    options = parser.parse_args()
    library = load_sounds(options.sounds)
    scene = render_scene(plan(library), library)
    write_annotations(truth(scene), options.output / "demo.csv")
    pictures = frames(options.images, scene)
    write_video(options.output / "demo.mp4", pictures, FPS, (scene.waveform, SAMPLE_RATE), crf=27)


def plan(library: SoundLibrary) -> ScenePlan:
    """The actors' events in the room, over quiet ventilation."""
    events = tuple(_event(actor, library) for actor in ACTORS)
    return ScenePlan(SECONDS, ROOM, "coincident", events, (), "ventilation", -66.0, 4.0, seed=1)


def truth(scene: SynthesizedScene) -> Annotations:
    """The scene's annotations with the on-screen flags of what is drawn."""
    labels = scene.annotations
    seen = {library_class(actor): bool(actor.sprite) for actor in ACTORS}
    onscreen = [seen[labels.classes[number].replace(" ", "_")] for number in labels.class_id]
    return Annotations(
        labels.frame,
        labels.class_id,
        labels.source,
        labels.azimuth,
        labels.distance,
        labels.frame_count,
        onscreen=np.array(onscreen),
    )


def library_class(actor: Actor) -> str:
    """The folder that the actor's sound lies in: its class."""
    return actor.sound.split("/")[0]


def frames(images: Path, scene: SynthesizedScene) -> Iterator[NDArray[np.uint8]]:
    """The pictures (360, 640, 3): still, but for what sounds, which sways a little."""
    room = perspective(images / PANORAMA)
    sprites = [Image.open(images / "sprites" / f"{a.sprite}.png") if a.sprite else None for a in ACTORS]
    labels = scene.annotations
    for number in range(round(SECONDS * FPS)):
        picture = room.copy()
        now = number / FPS
        active = labels.class_id[labels.frame == int(now * 10)]
        for actor, sprite in sorted(zip(ACTORS, sprites, strict=True), key=lambda pair: -pair[0].distance):
            if sprite is not None:
                sounding = labels.classes.index(library_class(actor).replace("_", " ")) in active
                tilt = 5.0 * np.sin(2 * np.pi * 2.5 * now) if sounding else 0.0
                _paste(picture, sprite, actor, tilt)
        yield np.asarray(picture)


def perspective(panorama: Path) -> Image.Image:
    """The camera's view of an equirectangular picture, brought to the camera's size by bilinear sampling."""
    source = np.asarray(Image.open(panorama).convert("RGB"), dtype=np.float64)
    height, width = source.shape[:2]
    centre_x, centre_y = CAMERA.centre
    right = (np.arange(CAMERA.width) - centre_x)[None, :] / CAMERA.focal_length
    up = (centre_y - np.arange(CAMERA.height))[:, None] / CAMERA.vertical_scale
    azimuth = np.degrees(np.arctan2(-right, 1.0)) + TURNED
    elevation = np.degrees(np.arctan2(up, np.hypot(right, 1.0)))
    x = ((180.0 - azimuth) / 360.0 * width - 0.5 + 0.0 * elevation) % width
    y = np.clip((90.0 - elevation) / 180.0 * height - 0.5, 0.0, height - 1.001)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = source[top, left % width] * (1 - across) + source[top, (left + 1) % width] * across
    lower = source[top + 1, left % width] * (1 - across) + source[top + 1, (left + 1) % width] * across
    return Image.fromarray(np.rint(upper * (1 - down) + lower * down).astype(np.uint8))


def _event(actor: Actor, library: SoundLibrary) -> EventPlan:
    sound = library.sound(actor.sound)
    length = len(library.waveform(sound)) / SAMPLE_RATE
    path = path_from_points(ROOM.position(actor.azimuth, 0.0, actor.distance))
    return EventPlan(
        sound.name, sound.class_id, (0.0, length), (0.0,), PLAIN, actor.onset, actor.gain_db, path, seed=0
    )


def _paste(picture: Image.Image, sprite: Image.Image, actor: Actor, tilt: float) -> None:
    size = round(CAMERA.focal_length * actor.height / (actor.distance * np.cos(np.radians(actor.azimuth))))
    drawing = sprite.resize((size, size), Image.Resampling.LANCZOS).rotate(tilt, Image.Resampling.BICUBIC)
    x, y = azimuth_to_pixel(actor.azimuth)
    picture.paste(drawing, (round(float(x) - size / 2), round(float(y) - size / 2)), drawing)


if __name__ == "__main__":
    main()

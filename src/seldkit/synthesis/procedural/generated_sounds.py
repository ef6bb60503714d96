"""Sounds of the 13 classes made from nothing, so that a first training needs no download.

They are sketches: each has what is typical of its class (pitch and formants of voices, partials that ring,
bursts in a rhythm, strokes and steps), varied by its seed. Models trained on them alone learn the machinery's
ways, not the world's.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.classes import STARSS23
from seldkit.synthesis.procedural.audio import SOUND_GENERATORS
from seldkit.synthesis.sound_library import Sound, SoundLibrary

EACH: Final = 64
"""Sounds of each class in a library."""
PEAK: Final = 0.7


class ProceduralLibrary(SoundLibrary):
    """A sound library whose sounds are computed when they are needed: the same for the same seed.

    A sound's name is `<class>/procedural-<seed>.<number>`.
    """

    def __init__(self, seed: int = 0, classes: tuple[str, ...] = STARSS23, each: int = EACH) -> None:
        names = [(class_id, name) for class_id, name in enumerate(classes) if name in SOUND_GENERATORS]
        sounds = [
            Sound(Path(), f"{name.replace(' ', '_')}/procedural-{seed}.{number}", class_id)
            for class_id, name in names
            for number in range(each)
        ]
        super().__init__(sounds, classes)

    def _read(self, sound: Sound) -> NDArray[np.float32]:
        seed, number = sound.name.rpartition("-")[2].split(".")
        return procedural_sound(self.classes[sound.class_id], int(seed), int(number))


def procedural_library(seed: int = 0, classes: tuple[str, ...] = STARSS23) -> SoundLibrary:
    """Procedural sounds of every class of `classes` that has a maker."""
    return ProceduralLibrary(seed, classes)


def procedural_sound(name: str, seed: int, number: int) -> NDArray[np.float32]:
    """One sound (n,) of a class at 24 kHz, with a peak of 0.7."""
    sound = SOUND_GENERATORS[name](np.random.default_rng((seed, list(SOUND_GENERATORS).index(name), number)))
    return (PEAK * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)

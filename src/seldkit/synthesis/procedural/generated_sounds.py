"""Procedural sounds of the 13 STARSS23 classes, so that a first training run needs no download.

Each sound has the typical features of its class (pitch and formants of voices, resonances of struck objects,
rhythmic bursts), varied by a seed. They are simplified: a model trained on them alone does not generalize to
real recordings.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.synthesis.procedural.audio import SOUND_GENERATORS
from seldkit.synthesis.sound_files import Sound
from seldkit.synthesis.sound_library import SoundLibrary
from seldkit.types import Samples

SOUNDS_PER_CLASS: Final = 64
"""Default number of sounds of each class in a library."""
PEAK_AMPLITUDE: Final = 0.7
"""Peak amplitude of a sound; full scale is 1."""


def procedural_library(
    seed: int = 0, classes: Sequence[str] = STARSS23, sounds_per_class: int = SOUNDS_PER_CLASS
) -> SoundLibrary:
    """Returns a library of procedural sounds, which are computed when they are needed.

    A sound's name is ``<class>/procedural-<seed>.<number>``. The same name always gives the same samples.

    Args:
        seed: Random seed of the sounds.
        classes: Class names in the order of the class numbers. Each must have a generator.
        sounds_per_class: Number of sounds of each class.

    Returns:
        The library.

    Raises:
        SeldkitError: There are no procedural sounds of one of the classes.
    """
    unknown = next((name for name in classes if name not in SOUND_GENERATORS), None)
    if unknown is not None:
        raise SeldkitError(
            f"class '{unknown}': expected a class with procedural sounds ({', '.join(SOUND_GENERATORS)}); "
            "give a folder of sounds with --sounds"
        )
    sounds = [
        Sound(Path(), f"{name.replace(' ', '_')}/procedural-{seed}.{number}", class_id)
        for class_id, name in enumerate(classes)
        for number in range(sounds_per_class)
    ]
    return SoundLibrary(sounds, classes, read=partial(generate_sound, classes))


def generate_sound(classes: Sequence[str], sound: Sound) -> Samples:
    """Computes the samples of a sound of a procedural library.

    Args:
        classes: Class names in the order of the class numbers.
        sound: The sound.

    Returns:
        Samples at 24 kHz, shape ``(samples,)``.
    """
    seed, number = sound.name.rpartition("-")[2].split(".")
    return procedural_sound(classes[sound.class_id], int(seed), int(number))


def procedural_sound(name: str, seed: int, number: int) -> Samples:
    """Computes one sound of a class, with a peak amplitude of 0.7.

    Args:
        name: Class name, a key of `SOUND_GENERATORS`.
        seed: Random seed of the library.
        number: Number of the sound in the library.

    Returns:
        Samples at 24 kHz, shape ``(samples,)``.
    """
    rng = np.random.default_rng((seed, list(SOUND_GENERATORS).index(name), number))
    samples = SOUND_GENERATORS[name](rng)
    return (PEAK_AMPLITUDE * samples / max(float(np.abs(samples).max()), 1e-9)).astype(np.float32)

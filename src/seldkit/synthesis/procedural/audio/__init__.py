"""Procedural sound generators for the 13 STARSS23 classes."""

from typing import Final

from seldkit.synthesis.procedural.audio.object_sounds import (
    clapping,
    domestic_sounds,
    door,
    footsteps,
    knock,
    water_tap,
)
from seldkit.synthesis.procedural.audio.signal_primitives import SoundGenerator
from seldkit.synthesis.procedural.audio.tonal_sounds import bell, music, musical_instrument, telephone
from seldkit.synthesis.procedural.audio.voice_sounds import female_speech, laughter, male_speech

SOUND_GENERATORS: Final[dict[str, SoundGenerator]] = {
    "female speech": female_speech,
    "male speech": male_speech,
    "clapping": clapping,
    "telephone": telephone,
    "laughter": laughter,
    "domestic sounds": domestic_sounds,
    "footsteps": footsteps,
    "door": door,
    "music": music,
    "musical instrument": musical_instrument,
    "water tap": water_tap,
    "bell": bell,
    "knock": knock,
}
"""Sound generators by class name; each returns a signal of shape ``(samples,)`` at 24 kHz."""

__all__ = ["SOUND_GENERATORS", "SoundGenerator"]

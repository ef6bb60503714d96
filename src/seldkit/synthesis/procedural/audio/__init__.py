"""A maker of sounds for each of the 13 classes: the generator it draws from, to samples (n,) at 24 kHz."""

from typing import Final

from seldkit.synthesis.procedural.audio.object_sounds import clapping, domestic, door, footsteps, knock, water
from seldkit.synthesis.procedural.audio.signal_primitives import Maker
from seldkit.synthesis.procedural.audio.tonal_sounds import bell, instrument, music, telephone
from seldkit.synthesis.procedural.audio.voice_sounds import female_speech, laughter, male_speech

SOUND_GENERATORS: Final[dict[str, Maker]] = {
    "female speech": female_speech,
    "male speech": male_speech,
    "clapping": clapping,
    "telephone": telephone,
    "laughter": laughter,
    "domestic sounds": domestic,
    "footsteps": footsteps,
    "door": door,
    "music": music,
    "musical instrument": instrument,
    "water tap": water,
    "bell": bell,
    "knock": knock,
}

__all__ = ["SOUND_GENERATORS", "Maker"]

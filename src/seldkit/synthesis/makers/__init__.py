"""A maker of sounds for each of the 13 classes: the generator it draws from, to samples (n,) at 24 kHz."""

from typing import Final

from seldkit.synthesis.makers.parts import Maker
from seldkit.synthesis.makers.things import clapping, domestic, door, footsteps, knock, water
from seldkit.synthesis.makers.tones import bell, instrument, music, telephone
from seldkit.synthesis.makers.voices import female_speech, laughter, male_speech

MAKERS: Final[dict[str, Maker]] = {
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

__all__ = ["MAKERS", "Maker"]

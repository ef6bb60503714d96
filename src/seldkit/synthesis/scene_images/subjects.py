"""What is seen where a class sounds: one table, with sizes in metres."""

from dataclasses import dataclass
from typing import Final

from seldkit.classes import plain_name


@dataclass(frozen=True)
class Subject:
    """What is seen for a class.

    folders: where its pictures are looked for, in this order; the first that holds any is taken.
    tall: metres from top to bottom of a picture that is at least `TALL` times as high as wide (somebody from
        head to feet, a door).
    sounds_at: where in such a picture the sound may leave, from 0 (top) to 1: a mouth is at one place, a
        footstep or a door's creak anywhere that lets it stand on the floor.
    small: metres of the longer side of any other picture, in whose middle the sound is.
    """

    folders: tuple[str, ...]
    tall: tuple[float, float]
    sounds_at: tuple[float, float]
    small: tuple[float, float]


TALL: Final = 1.5
BODY: Final = (1.5, 1.9)
MOUTH: Final = (0.11, 0.11)
HANDS: Final = (0.25, 0.45)
LEGS: Final = (0.4, 0.98)
MIDDLE: Final = (0.5, 0.5)
ANYWHERE: Final = (0.1, 0.98)

PERSON: Final = "person"
DISTRACTOR: Final = "distractor"

SUBJECTS: Final[dict[str, Subject]] = {
    "female speech": Subject(("female_speech", PERSON), BODY, MOUTH, (0.35, 0.5)),
    "male speech": Subject(("male_speech", PERSON), BODY, MOUTH, (0.35, 0.5)),
    "clapping": Subject(("clapping", PERSON), BODY, HANDS, (0.3, 0.45)),
    "telephone": Subject(("telephone",), (0.15, 0.3), MIDDLE, (0.15, 0.3)),
    "laughter": Subject(("laughter", PERSON), BODY, MOUTH, (0.3, 0.45)),
    "domestic sounds": Subject(("domestic_sounds",), (0.4, 0.9), MIDDLE, (0.25, 0.8)),
    "footsteps": Subject(("footsteps", PERSON), BODY, LEGS, (0.25, 0.4)),
    "door": Subject(("door",), (1.9, 2.1), ANYWHERE, (0.8, 1.2)),
    "music": Subject(("music",), (0.4, 1.1), MIDDLE, (0.3, 0.8)),
    "musical instrument": Subject(("musical_instrument",), (0.7, 1.1), MIDDLE, (0.5, 1.0)),
    "water tap": Subject(("water_tap",), (0.4, 0.7), MIDDLE, (0.35, 0.6)),
    "bell": Subject(("bell",), (0.15, 0.35), MIDDLE, (0.15, 0.35)),
    "knock": Subject(("knock",), (1.9, 2.1), (0.4, 0.6), (0.25, 0.4)),
    PERSON: Subject((PERSON,), BODY, MOUTH, (0.35, 0.6)),
    DISTRACTOR: Subject((DISTRACTOR,), (0.5, 1.6), MIDDLE, (0.25, 0.9)),
}
"""By class name (STARSS23), and for what is seen and silent: people and other things."""


def subject(name: str) -> Subject:
    """Returns the image folders and sizes of a class.

    Args:
        name: Name of a class, "person" or "distractor". A class that is not in `SUBJECTS` has the folder of
            its own name and the size of a household object.

    Returns:
        Its entry.
    """
    if name in SUBJECTS:
        return SUBJECTS[name]
    return Subject((folder_name(name),), (0.4, 1.0), MIDDLE, (0.2, 0.6))


def folder_name(name: str) -> str:
    """Returns the normalized name of the folder with the images of a class.

    Args:
        name: Name of a class or of a folder.

    Returns:
        The name in lower case with underscores instead of spaces and hyphens.
    """
    return plain_name(name).replace(" ", "_")

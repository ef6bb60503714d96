"""What the images show for each class: image folders and sizes in metres."""

from dataclasses import dataclass
from typing import Final

from seldkit.classes import plain_name


@dataclass(frozen=True)
class Subject:
    """What the images of a class show.

    An image is tall if its height is at least `MIN_TALL_RATIO` times its width: a person from head to feet,
    or a door.

    Attributes:
        folders: Image folders; the first one that holds images is used.
        tall_height: Minimum and maximum height of what a tall image shows, in metres.
        source_position: Range of positions of the sound source in a tall image, 0 (top) to 1 (bottom). A
            mouth has a fixed position; the range of a footstep lets the person stand on the floor.
        longer_side: Minimum and maximum of the longer side of any other image, in metres. The source is in
            its centre.
    """

    folders: tuple[str, ...]
    tall_height: tuple[float, float]
    source_position: tuple[float, float]
    longer_side: tuple[float, float]


MIN_TALL_RATIO: Final = 1.5
"""Minimum ratio of height to width of a tall image."""
BODY_HEIGHT_M: Final = (1.5, 1.9)
MOUTH: Final = (0.11, 0.11)
HANDS: Final = (0.25, 0.45)
LEGS: Final = (0.4, 0.98)
CENTRE: Final = (0.5, 0.5)
ANYWHERE: Final = (0.1, 0.98)

PERSON: Final = "person"
DISTRACTOR: Final = "distractor"

SUBJECTS: Final[dict[str, Subject]] = {
    "female speech": Subject(("female_speech", PERSON), BODY_HEIGHT_M, MOUTH, (0.35, 0.5)),
    "male speech": Subject(("male_speech", PERSON), BODY_HEIGHT_M, MOUTH, (0.35, 0.5)),
    "clapping": Subject(("clapping", PERSON), BODY_HEIGHT_M, HANDS, (0.3, 0.45)),
    "telephone": Subject(("telephone",), (0.15, 0.3), CENTRE, (0.15, 0.3)),
    "laughter": Subject(("laughter", PERSON), BODY_HEIGHT_M, MOUTH, (0.3, 0.45)),
    "domestic sounds": Subject(("domestic_sounds",), (0.4, 0.9), CENTRE, (0.25, 0.8)),
    "footsteps": Subject(("footsteps", PERSON), BODY_HEIGHT_M, LEGS, (0.25, 0.4)),
    "door": Subject(("door",), (1.9, 2.1), ANYWHERE, (0.8, 1.2)),
    "music": Subject(("music",), (0.4, 1.1), CENTRE, (0.3, 0.8)),
    "musical instrument": Subject(("musical_instrument",), (0.7, 1.1), CENTRE, (0.5, 1.0)),
    "water tap": Subject(("water_tap",), (0.4, 0.7), CENTRE, (0.35, 0.6)),
    "bell": Subject(("bell",), (0.15, 0.35), CENTRE, (0.15, 0.35)),
    "knock": Subject(("knock",), (1.9, 2.1), (0.4, 0.6), (0.25, 0.4)),
    PERSON: Subject((PERSON,), BODY_HEIGHT_M, MOUTH, (0.35, 0.6)),
    DISTRACTOR: Subject((DISTRACTOR,), (0.5, 1.6), CENTRE, (0.25, 0.9)),
}
"""Subjects by STARSS23 class name, and of silent persons and objects."""


def subject(name: str) -> Subject:
    """Returns what the images of a class show.

    Args:
        name: Class name, "person" or "distractor". A class that is not in `SUBJECTS` has the folder of its
            own name and the size of a household object.

    Returns:
        The entry.
    """
    if name in SUBJECTS:
        return SUBJECTS[name]
    return Subject((folder_name(name),), (0.4, 1.0), CENTRE, (0.2, 0.6))


def folder_name(name: str) -> str:
    """Returns the normalized name of the folder with the images of a class.

    Args:
        name: Name of a class or of a folder.

    Returns:
        The name in lower case with underscores instead of spaces and hyphens.
    """
    return plain_name(name).replace(" ", "_")

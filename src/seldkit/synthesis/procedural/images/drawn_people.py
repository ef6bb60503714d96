"""Procedural drawings of persons who stand, speak, laugh, clap or walk."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from seldkit.synthesis.procedural.images.drawing_surface import (
    Colour,
    Cutout,
    DrawingSurface,
    Point,
    scale_brightness,
)

Pose = Literal["standing", "speaking", "laughing", "clapping", "walking"]
"""What a person does."""

SKIN_COLOURS: Final[tuple[Colour, ...]] = (
    (238, 204, 178),
    (226, 178, 142),
    (205, 150, 108),
    (150, 100, 66),
    (96, 62, 42),
)
HAIR_COLOURS: Final[tuple[Colour, ...]] = (
    (30, 24, 22),
    (72, 46, 28),
    (140, 92, 44),
    (214, 178, 104),
    (150, 148, 146),
)
CENTRE_X: Final = 0.24
"""Centre of the drawing, half of its width."""


@dataclass(frozen=True)
class Person:
    """Appearance of a person.

    Attributes:
        woman: Whether it is a woman.
        skin: Colour of the skin.
        hair: Colour of the hair.
        top: Colour of the upper clothing.
        bottom: Colour of the lower clothing and shoes.
        dress: Whether the person wears a dress.
        slimness: Factor on the width.
    """

    woman: bool
    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    dress: bool
    slimness: float


def draw_person(rng: np.random.Generator, pose: Pose, woman: bool | None = None) -> Cutout:
    """Draws a person from the front, from head to feet.

    Args:
        rng: Random number generator.
        pose: What the person does.
        woman: Whether it is a woman; None draws it.

    Returns:
        The drawing.
    """
    person = _draw_appearance(rng, bool(rng.random() < 0.5) if woman is None else woman)
    canvas = DrawingSurface(2.0 * CENTRE_X)
    if person.woman:
        canvas.ellipse((CENTRE_X, 0.1), (0.062, 0.088), person.hair)
        canvas.rectangle(CENTRE_X - 0.06, 0.1, 0.12, rng.uniform(0.06, 0.13), person.hair, 0.015)
    _legs(canvas, person, pose)
    _torso(canvas, person)
    _arms(canvas, person, pose, rng)
    _head(canvas, person, pose)
    return canvas.to_cutout()


def draw_colour(rng: np.random.Generator) -> Colour:
    """Draws a colour for clothes and household objects.

    Args:
        rng: Random number generator.

    Returns:
        The colour.
    """
    import colorsys

    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.15, 0.75), rng.uniform(0.3, 0.95))
    return 255 * red, 255 * green, 255 * blue


def _draw_appearance(rng: np.random.Generator, woman: bool) -> Person:
    return Person(
        woman=woman,
        skin=SKIN_COLOURS[rng.integers(len(SKIN_COLOURS))],
        hair=HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))],
        top=draw_colour(rng),
        bottom=scale_brightness(draw_colour(rng), 0.6),
        dress=woman and bool(rng.random() < 0.6),
        slimness=rng.uniform(0.85, 1.1) * (0.88 if woman else 1.0),
    )


def _legs(canvas: DrawingSurface, person: Person, pose: Pose) -> None:
    spread = {"walking": 0.12, "laughing": 0.06}.get(pose, 0.045)
    colour = person.skin if person.dress else person.bottom
    for side in (-1.0, 1.0):
        hip, foot = CENTRE_X + side * 0.042, CENTRE_X + side * spread
        lift = 0.03 if pose == "walking" and side > 0 else 0.0
        knee = (hip + (foot - hip) * 0.35 + (0.03 if pose == "walking" else 0.0), 0.72)
        width = 0.05 if person.dress else 0.078
        canvas.line([(hip, 0.5), knee, (foot, 0.95 - lift)], width * person.slimness, colour)
        toe = foot + (0.03 if pose == "walking" else side * 0.012)
        canvas.ellipse((toe, 0.972 - lift), (0.045, 0.023), scale_brightness(person.bottom, 0.45))


def _torso(canvas: DrawingSurface, person: Person) -> None:
    wide = 0.108 * person.slimness
    hem, flare = (0.68, 0.145) if person.dress else (0.52, 0.086 * person.slimness)
    canvas.line([(CENTRE_X, 0.13), (CENTRE_X, 0.19)], 0.05, scale_brightness(person.skin, 0.9))
    left = [(CENTRE_X - wide, 0.2), (CENTRE_X - wide * 0.78, 0.38), (CENTRE_X - flare, hem)]
    right = [(2 * CENTRE_X - x, y) for x, y in reversed(left)]
    canvas.polygon([(CENTRE_X - 0.04, 0.165), *left, *right, (CENTRE_X + 0.04, 0.165)], person.top)
    canvas.line([(CENTRE_X - wide + 0.02, 0.19), (CENTRE_X + wide - 0.02, 0.19)], 0.04, person.top)


def _arms(canvas: DrawingSurface, person: Person, pose: Pose, rng: np.random.Generator) -> None:
    for side in (-1.0, 1.0):
        elbow, hand = _arm(pose, side, rng)
        shoulder = (CENTRE_X + side * 0.1 * person.slimness, 0.2)
        joints = [shoulder, *((CENTRE_X + side * x, y) for x, y in (elbow, hand))]
        canvas.line(joints, 0.05 * person.slimness, scale_brightness(person.top, 0.85))
        canvas.ellipse(joints[-1], (0.028, 0.03), person.skin)


def _arm(pose: Pose, side: float, rng: np.random.Generator) -> tuple[Point, Point]:
    """Elbow and hand, with x outwards from the centre."""
    if pose == "clapping":
        return (0.15, 0.35), (rng.uniform(0.005, 0.03), 0.3)
    if pose == "laughing":
        return (0.17, 0.3), (0.07, 0.36)
    if pose == "walking":
        return (0.15, 0.34), (0.13 + side * 0.04, 0.45 + side * 0.03)
    if pose == "speaking" and side > 0:
        return (0.15, 0.34), (rng.uniform(0.12, 0.19), rng.uniform(0.22, 0.4))
    return (0.14, 0.36), (0.135, 0.5)


def _head(canvas: DrawingSurface, person: Person, pose: Pose) -> None:
    canvas.ellipse((CENTRE_X, 0.085), (0.05, 0.066), person.skin)
    canvas.ellipse((CENTRE_X, 0.066), (0.056, 0.056), person.hair, arc=(180.0, 360.0))
    for side in (-1.0, 1.0):
        canvas.ellipse((CENTRE_X + side * 0.02, 0.082), (0.007, 0.008), (28, 24, 26))
    if pose in ("laughing", "clapping"):
        canvas.ellipse((CENTRE_X, 0.104), (0.028, 0.028), (110, 26, 34), arc=(0.0, 180.0))
        canvas.rectangle(CENTRE_X - 0.022, 0.104, 0.044, 0.007, (250, 248, 244))
    elif pose == "speaking":
        canvas.ellipse((CENTRE_X, 0.116), (0.015, 0.013), (120, 36, 42))
    else:
        canvas.line(
            [(CENTRE_X - 0.016, 0.117), (CENTRE_X + 0.016, 0.117)], 0.006, scale_brightness(person.skin, 0.6)
        )

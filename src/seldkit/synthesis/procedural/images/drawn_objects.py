"""Procedural drawings of objects: sound sources of the classes, and silent objects."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from seldkit.synthesis.procedural.images.drawing_surface import (
    Colour,
    Cutout,
    DrawingSurface,
    scale_brightness,
)
from seldkit.synthesis.procedural.images.drawn_people import SKIN_COLOURS, draw_colour

Drawing = Callable[[np.random.Generator], Cutout]
"""Function that draws a cut-out from a random number generator."""

DARK: Final[Colour] = (38, 38, 42)
METAL: Final[Colour] = (188, 194, 200)
WATER: Final[Colour] = (150, 205, 240)


def draw_telephone(rng: np.random.Generator) -> Cutout:
    """Draws a mobile phone with a lit screen, or a desk telephone.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    return _mobile(rng) if rng.random() < 0.5 else _desk_telephone(rng)


def _mobile(rng: np.random.Generator) -> Cutout:
    canvas, screen = DrawingSurface(0.5), (rng.uniform(60, 160), rng.uniform(150, 230), 250.0)
    canvas.rectangle(0.01, 0.01, 0.48, 0.98, DARK, 0.06)
    canvas.rectangle(0.045, 0.09, 0.41, 0.8, screen, 0.02)
    for place, colour in ((0.14, (60, 200, 90)), (0.36, (230, 60, 60))):
        canvas.ellipse((place, 0.77), (0.06, 0.06), colour)
    canvas.ellipse((0.25, 0.35), (0.1, 0.1), (245, 245, 245))
    return canvas.to_cutout()


def _desk_telephone(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.3), draw_colour(rng)
    canvas.polygon([(0.3, 0.3), (1.0, 0.3), (1.22, 0.95), (0.08, 0.95)], colour)
    canvas.line([(0.2, 0.22), (0.65, 0.13), (1.1, 0.22)], 0.13, scale_brightness(colour, 0.75))
    for end in (0.17, 1.13):
        canvas.ellipse((end, 0.29), (0.14, 0.12), scale_brightness(colour, 0.7))
    for row in range(4):
        for column in range(3):
            canvas.ellipse((0.5 + 0.15 * column, 0.46 + 0.12 * row), (0.05, 0.04), (240, 240, 236))
    return canvas.to_cutout()


def draw_domestic_object(rng: np.random.Generator) -> Cutout:
    """Draws a washing machine, a pot with a lid, or a vacuum cleaner.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    return (_washer, _pot, _vacuum)[rng.integers(3)](rng)


def _washer(rng: np.random.Generator) -> Cutout:
    canvas, shade = DrawingSurface(0.8), rng.uniform(205, 245)
    canvas.rectangle(0.0, 0.0, 0.8, 1.0, (shade, shade, shade + 4))
    canvas.rectangle(0.05, 0.05, 0.25, 0.1, (170, 176, 186))
    canvas.ellipse((0.66, 0.1), (0.05, 0.05), DARK)
    canvas.ellipse((0.4, 0.58), (0.3, 0.3), METAL)
    canvas.ellipse((0.4, 0.58), (0.23, 0.23), (70, 86, 104))
    canvas.ellipse((0.43, 0.66), (0.17, 0.12), draw_colour(rng), rotation=rng.uniform(-40, 40))
    return canvas.to_cutout()


def _pot(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.3), draw_colour(rng)
    canvas.line([(0.05, 0.5), (1.25, 0.5)], 0.08, DARK)
    canvas.rectangle(0.2, 0.36, 0.9, 0.6, colour, 0.06)
    canvas.rectangle(0.15, 0.28, 1.0, 0.08, scale_brightness(colour, 0.7), 0.03)
    canvas.ellipse((0.65, 0.28), (0.47, 0.14), scale_brightness(colour, 0.85), arc=(180.0, 360.0))
    canvas.ellipse((0.65, 0.11), (0.07, 0.06), DARK)
    return canvas.to_cutout()


def _vacuum(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.0), draw_colour(rng)
    canvas.line([(0.3, 0.62), (0.45, 0.3), (0.7, 0.12), (0.86, 0.5), (0.9, 0.9)], 0.05, DARK)
    canvas.ellipse((0.34, 0.74), (0.32, 0.2), colour)
    for place in (0.14, 0.54):
        canvas.ellipse((place, 0.88), (0.1, 0.1), (60, 60, 64))
    canvas.rectangle(0.76, 0.9, 0.22, 0.08, scale_brightness(colour, 0.6), 0.02)
    return canvas.to_cutout()


def draw_door(rng: np.random.Generator) -> Cutout:
    """Draws a closed or half open door in its frame.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    canvas = DrawingSurface(0.48)
    wood = _wood(rng)
    canvas.rectangle(0.0, 0.0, 0.48, 1.0, scale_brightness(wood, 1.3))
    canvas.rectangle(0.04, 0.04, 0.4, 0.96, (46, 42, 40))
    edge = 0.44 if rng.random() < 0.5 else rng.uniform(0.28, 0.4)
    lean = (0.44 - edge) * 0.14
    canvas.polygon([(0.04, 0.04), (edge, 0.04 + lean), (edge, 1.0 - lean), (0.04, 1.0)], wood)
    for top, height in ((0.12, 0.32), (0.54, 0.34)):
        canvas.rectangle(0.09, top, edge - 0.15, height, scale_brightness(wood, 0.82))
    canvas.ellipse((edge - 0.035, 0.52), (0.018, 0.018), (224, 200, 110))
    return canvas.to_cutout()


def draw_loudspeaker(rng: np.random.Generator) -> Cutout:
    """Draws a loudspeaker with two cones, or a portable radio.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    if rng.random() < 0.4:
        return _radio(rng)
    canvas, body = DrawingSurface(0.6), scale_brightness(_wood(rng), rng.uniform(0.3, 0.9))
    canvas.rectangle(0.0, 0.0, 0.6, 1.0, body)
    for y, radius in ((0.24, 0.13), (0.66, 0.25)):
        canvas.ellipse((0.3, y), (radius, radius), (120, 120, 126))
        canvas.ellipse((0.3, y), (radius * 0.85, radius * 0.85), (26, 26, 30))
        canvas.ellipse((0.3, y), (radius * 0.35, radius * 0.35), (84, 84, 92))
    return canvas.to_cutout()


def _radio(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.5), draw_colour(rng)
    canvas.line([(1.3, 0.3), (1.45, 0.03)], 0.025, METAL)
    canvas.rectangle(0.02, 0.28, 1.46, 0.7, colour, 0.08)
    canvas.ellipse((0.42, 0.63), (0.27, 0.27), (40, 40, 44))
    canvas.ellipse((0.42, 0.63), (0.1, 0.1), (100, 100, 108))
    canvas.rectangle(0.8, 0.4, 0.58, 0.2, (240, 226, 170))
    for place in (0.9, 1.28):
        canvas.ellipse((place, 0.8), (0.09, 0.09), (230, 230, 226))
    return canvas.to_cutout()


def draw_instrument(rng: np.random.Generator) -> Cutout:
    """Draws a guitar, a drum, or a keyboard on its stand.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    return (_guitar, _drum, _keyboard)[rng.integers(3)](rng)


def _guitar(rng: np.random.Generator) -> Cutout:
    canvas, wood = DrawingSurface(0.44), _wood(rng)
    canvas.line([(0.22, 0.05), (0.22, 0.6)], 0.05, scale_brightness(wood, 0.5))
    canvas.rectangle(0.18, 0.0, 0.08, 0.1, scale_brightness(wood, 0.4))
    canvas.ellipse((0.22, 0.58), (0.15, 0.13), wood)
    canvas.ellipse((0.22, 0.8), (0.21, 0.19), wood)
    canvas.ellipse((0.22, 0.66), (0.065, 0.065), (40, 28, 22))
    canvas.rectangle(0.15, 0.84, 0.14, 0.03, scale_brightness(wood, 0.4))
    for string in range(4):
        canvas.line([(0.205 + 0.01 * string, 0.05), (0.205 + 0.01 * string, 0.85)], 0.003, METAL)
    return canvas.to_cutout()


def _drum(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.2), draw_colour(rng)
    for foot in (0.25, 0.95):
        canvas.line([(0.6, 0.6), (foot, 0.97)], 0.035, METAL)
    canvas.rectangle(0.15, 0.3, 0.9, 0.4, colour)
    canvas.ellipse((0.6, 0.7), (0.45, 0.12), colour)
    canvas.ellipse((0.6, 0.3), (0.45, 0.12), METAL)
    canvas.ellipse((0.6, 0.3), (0.41, 0.1), (244, 240, 230))
    for start, end in (((0.2, 0.04), (0.6, 0.28)), ((1.05, 0.02), (0.7, 0.3))):
        canvas.line([start, end], 0.025, (196, 150, 90))
    return canvas.to_cutout()


def _keyboard(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.5), scale_brightness(draw_colour(rng), 0.5)
    for start, end in ((0.25, 1.25), (1.25, 0.25)):
        canvas.line([(start, 0.45), (end, 0.97)], 0.04, METAL)
    canvas.rectangle(0.0, 0.1, 1.5, 0.36, colour, 0.02)
    for key in range(14):
        canvas.rectangle(0.07 + 0.098 * key, 0.24, 0.09, 0.2, (246, 244, 238))
    for key in (0, 1, 3, 4, 5, 7, 8, 10, 11, 12):
        canvas.rectangle(0.135 + 0.098 * key, 0.24, 0.055, 0.11, (22, 22, 24))
    return canvas.to_cutout()


def draw_water_tap(rng: np.random.Generator) -> Cutout:
    """Draws a running tap over a basin.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    canvas, metal = (
        DrawingSurface(1.1),
        (METAL, (206, 176, 110), (92, 94, 100))[rng.choice(3, p=[0.6, 0.2, 0.2])],
    )
    shade, tint = rng.uniform(0.75, 1.05), draw_colour(rng)
    basin: Colour = (236, 238, 240) if rng.random() < 0.6 else scale_brightness(tint, 1.2)
    canvas.line(
        [(0.75, 0.62), (0.75, 0.2), (0.6, 0.1), (0.45, 0.2), (0.45, 0.27)],
        0.09,
        scale_brightness(metal, 0.85),
    )
    canvas.line([(0.75, 0.14), (0.95, 0.04)], 0.05, metal)
    canvas.line([(0.45, 0.33), (0.45, 0.66)], 0.045, WATER)
    canvas.polygon([(0.02, 0.58), (1.08, 0.58), (0.9, 0.97), (0.2, 0.97)], scale_brightness(basin, shade))
    canvas.ellipse((0.55, 0.6), (0.5, 0.07), scale_brightness(basin, 0.85 * shade))
    canvas.ellipse((0.5, 0.61), (0.25, 0.035), WATER)
    return canvas.to_cutout()


def draw_bell(rng: np.random.Generator) -> Cutout:
    """Draws a hand bell, or a counter bell.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    brass = scale_brightness((224, 182, 70), rng.uniform(0.75, 1.1))
    if rng.random() < 0.4:
        canvas = DrawingSurface(1.3)
        canvas.ellipse((0.65, 0.8), (0.55, 0.55), brass, arc=(180.0, 360.0))
        canvas.rectangle(0.0, 0.8, 1.3, 0.18, DARK, 0.03)
        canvas.ellipse((0.65, 0.2), (0.09, 0.07), METAL)
        return canvas.to_cutout()
    canvas = DrawingSurface(0.8)
    canvas.line([(0.4, 0.06), (0.4, 0.3)], 0.11, scale_brightness(_wood(rng), 0.6))
    canvas.ellipse((0.4, 0.92), (0.09, 0.07), scale_brightness(brass, 0.6))
    canvas.polygon([(0.3, 0.32), (0.5, 0.32), (0.62, 0.7), (0.78, 0.86), (0.02, 0.86), (0.18, 0.7)], brass)
    canvas.ellipse((0.4, 0.34), (0.13, 0.1), brass)
    canvas.rectangle(0.02, 0.82, 0.76, 0.06, scale_brightness(brass, 0.8), 0.02)
    return canvas.to_cutout()


def draw_knock(rng: np.random.Generator) -> Cutout:
    """Draws a door with a fist in front of it.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    canvas, wood, skin = DrawingSurface(0.48), _wood(rng), SKIN_COLOURS[rng.integers(len(SKIN_COLOURS))]
    canvas.rectangle(0.0, 0.0, 0.48, 1.0, wood)
    for top, height in ((0.06, 0.3), (0.64, 0.3)):
        canvas.rectangle(0.07, top, 0.34, height, scale_brightness(wood, 0.8))
    canvas.ellipse((0.43, 0.56), (0.02, 0.02), (224, 200, 110))
    canvas.line([(0.24, 0.5), (0.4, 0.7), (0.47, 0.9)], 0.07, draw_colour(rng))
    canvas.ellipse((0.23, 0.49), (0.06, 0.055), skin)
    for knuckle in range(4):
        canvas.ellipse((0.185 + 0.03 * knuckle, 0.455), (0.019, 0.022), scale_brightness(skin, 0.92))
    return canvas.to_cutout()


def draw_silent_object(rng: np.random.Generator) -> Cutout:
    """Draws a plant, a chair, a lamp, a framed picture, a box or a ball.

    Args:
        rng: Random number generator.

    Returns:
        The drawing.
    """
    return (_plant, _chair, _lamp, _framed, _carton, _ball)[rng.integers(6)](rng)


def _plant(rng: np.random.Generator) -> Cutout:
    canvas, green = DrawingSurface(0.8), (rng.uniform(30, 90), rng.uniform(110, 170), rng.uniform(40, 80))
    for angle in np.linspace(-70.0, 70.0, 9) + rng.uniform(-8.0, 8.0, 9):
        reach = rng.uniform(0.3, 0.42)
        tip = (0.4 + reach * np.sin(np.radians(angle)) * 0.9, 0.66 - reach * np.cos(np.radians(angle)) * 1.4)
        middle = ((0.4 + tip[0]) / 2, (0.66 + tip[1]) / 2)
        canvas.line([(0.4, 0.7), middle], 0.02, scale_brightness(green, 0.6))
        canvas.ellipse(
            middle, (0.05, reach * 0.62), scale_brightness(green, rng.uniform(0.75, 1.2)), rotation=angle
        )
    canvas.polygon([(0.2, 0.68), (0.6, 0.68), (0.54, 1.0), (0.26, 1.0)], draw_colour(rng))
    return canvas.to_cutout()


def _chair(rng: np.random.Generator) -> Cutout:
    canvas, wood = DrawingSurface(0.56), _wood(rng)
    for x, top, bottom in ((0.1, 0.0, 0.92), (0.46, 0.0, 0.92), (0.04, 0.55, 1.0), (0.52, 0.55, 1.0)):
        canvas.line([(x, top + 0.03), (x, bottom - 0.03)], 0.04, scale_brightness(wood, 0.7))
    for y in (0.08, 0.22):
        canvas.rectangle(0.1, y, 0.36, 0.08, wood)
    canvas.polygon([(0.1, 0.48), (0.46, 0.48), (0.56, 0.6), (0.0, 0.6)], draw_colour(rng))
    return canvas.to_cutout()


def _lamp(rng: np.random.Generator) -> Cutout:
    canvas, shade = DrawingSurface(0.4), scale_brightness(draw_colour(rng), 1.3)
    canvas.line([(0.2, 0.2), (0.2, 0.95)], 0.02, DARK)
    canvas.ellipse((0.2, 0.97), (0.13, 0.025), DARK)
    canvas.polygon([(0.1, 0.0), (0.3, 0.0), (0.4, 0.26), (0.0, 0.26)], shade)
    return canvas.to_cutout()


def _framed(rng: np.random.Generator) -> Cutout:
    canvas, wood = DrawingSurface(rng.uniform(0.7, 1.4)), _wood(rng)
    canvas.rectangle(0.0, 0.0, canvas.width, 1.0, scale_brightness(wood, 0.5))
    canvas.rectangle(0.07, 0.07, canvas.width - 0.14, 0.86, (238, 234, 224))
    for _ in range(rng.integers(2, 6)):
        centre = (rng.uniform(0.25, canvas.width - 0.25), rng.uniform(0.25, 0.75))
        canvas.ellipse(centre, (rng.uniform(0.04, 0.16), rng.uniform(0.04, 0.16)), draw_colour(rng))
    return canvas.to_cutout()


def _carton(rng: np.random.Generator) -> Cutout:
    canvas, brown = DrawingSurface(1.2), scale_brightness((196, 152, 104), rng.uniform(0.7, 1.1))
    canvas.rectangle(0.0, 0.25, 1.2, 0.75, brown)
    canvas.polygon([(0.0, 0.25), (0.15, 0.02), (1.05, 0.02), (1.2, 0.25)], scale_brightness(brown, 1.2))
    canvas.rectangle(0.52, 0.02, 0.16, 0.98, scale_brightness(brown, 0.8))
    return canvas.to_cutout()


def _ball(rng: np.random.Generator) -> Cutout:
    canvas, colour = DrawingSurface(1.0), draw_colour(rng)
    canvas.ellipse((0.5, 0.5), (0.49, 0.49), colour)
    canvas.ellipse((0.5, 0.5), (0.16, 0.49), scale_brightness(colour, 1.4), rotation=rng.uniform(0, 90))
    canvas.ellipse((0.35, 0.3), (0.08, 0.06), (255, 255, 255))
    return canvas.to_cutout()


def _wood(rng: np.random.Generator) -> Colour:
    return scale_brightness((190, 136, 84), rng.uniform(0.5, 1.2)) if rng.random() < 0.8 else (224, 222, 214)


OBJECT_DRAWINGS: Final[Mapping[str, Drawing]] = {
    "telephone": draw_telephone,
    "domestic sounds": draw_domestic_object,
    "door": draw_door,
    "music": draw_loudspeaker,
    "musical instrument": draw_instrument,
    "water tap": draw_water_tap,
    "bell": draw_bell,
    "knock": draw_knock,
}
"""Drawings by class name, for the classes whose sources are not persons."""

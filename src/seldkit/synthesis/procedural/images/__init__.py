"""Procedural drawings of rooms, persons and objects."""

from seldkit.synthesis.procedural.images.drawing_surface import Colour, Cutout, DrawingSurface
from seldkit.synthesis.procedural.images.drawn_interior import Interior, draw_interior, draw_interior_view
from seldkit.synthesis.procedural.images.drawn_objects import OBJECT_DRAWINGS, draw_silent_object
from seldkit.synthesis.procedural.images.drawn_people import draw_person

__all__ = [
    "OBJECT_DRAWINGS",
    "Colour",
    "Cutout",
    "DrawingSurface",
    "Interior",
    "draw_interior",
    "draw_interior_view",
    "draw_person",
    "draw_silent_object",
]

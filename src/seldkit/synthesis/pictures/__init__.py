"""What is seen in a scene: a room, and cut-outs of what sounds and of what does not."""

from seldkit.synthesis.pictures.library import PictureLibrary, load_pictures
from seldkit.synthesis.pictures.photographs import cut_photographs
from seldkit.synthesis.pictures.plans import BoardPlan, PicturePlan, Sounding, Space, draw_pictures
from seldkit.synthesis.pictures.rendering import background, frames
from seldkit.synthesis.pictures.views import FrameView, PerspectiveView, View

__all__ = [
    "BoardPlan",
    "FrameView",
    "PerspectiveView",
    "PictureLibrary",
    "PicturePlan",
    "Sounding",
    "Space",
    "View",
    "background",
    "cut_photographs",
    "draw_pictures",
    "frames",
    "load_pictures",
]

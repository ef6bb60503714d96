"""What is seen in a scene: a room, and cut-outs of what sounds and of what does not."""

from seldkit.synthesis.scene_images.image_library import PictureLibrary, load_pictures
from seldkit.synthesis.scene_images.image_plan import BoardPlan, PicturePlan, Sounding, Space, draw_pictures
from seldkit.synthesis.scene_images.image_rendering import background, frames
from seldkit.synthesis.scene_images.photographs import cut_photographs
from seldkit.synthesis.scene_images.views import FrameView, PerspectiveView, View

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

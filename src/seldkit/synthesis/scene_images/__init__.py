"""Images of a scene: a room with cut-outs of sound sources and silent objects."""

from seldkit.deprecation import renamed_attributes
from seldkit.synthesis.rooms import CameraSpace
from seldkit.synthesis.scene_images.cutout_extraction import extract_cutouts
from seldkit.synthesis.scene_images.image_library import ImageLibrary, load_images
from seldkit.synthesis.scene_images.image_plan import (
    BillboardPlan,
    ImagePlan,
    SourceTrajectory,
    draw_image_plan,
)
from seldkit.synthesis.scene_images.image_rendering import render_background, render_frames
from seldkit.synthesis.scene_images.views import EquirectangularView, PerspectiveView, View

__all__ = [
    "BillboardPlan",
    "CameraSpace",
    "EquirectangularView",
    "ImageLibrary",
    "ImagePlan",
    "PerspectiveView",
    "SourceTrajectory",
    "View",
    "draw_image_plan",
    "extract_cutouts",
    "load_images",
    "render_background",
    "render_frames",
]

__getattr__ = renamed_attributes(
    __name__,
    {
        "BoardPlan": "BillboardPlan",
        "FrameView": "EquirectangularView",
        "PictureLibrary": "ImageLibrary",
        "PicturePlan": "ImagePlan",
        "Sounding": "SourceTrajectory",
        "Space": "CameraSpace",
        "background": "render_background",
        "cut_photographs": "extract_cutouts",
        "draw_pictures": "draw_image_plan",
        "frames": "render_frames",
        "load_pictures": "load_images",
    },
)

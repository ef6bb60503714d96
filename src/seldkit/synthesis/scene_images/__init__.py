"""Images of a scene: a room with cut-outs of sound sources and silent objects."""

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

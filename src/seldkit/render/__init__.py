"""Drawing what was found: on the recording's own pictures, and as a picture of its whole time."""

from seldkit.render.timeline import plot_timeline, timeline_figure
from seldkit.render.video import Rendering, render_video

__all__ = ["Rendering", "plot_timeline", "render_video", "timeline_figure"]

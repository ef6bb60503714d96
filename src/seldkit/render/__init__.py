"""Drawing what was found: on the recording's own pictures, as a picture of its time, and as a report."""

from seldkit.render.report import write_report
from seldkit.render.timeline import plot_timeline, timeline_figure
from seldkit.render.video import Rendering, render_video

__all__ = ["Rendering", "plot_timeline", "render_video", "timeline_figure", "write_report"]

"""Output of detected events as annotated videos, timeline plots, HTML reports and auralizations."""

from seldkit.render.annotated_video import Rendering, render_video
from seldkit.render.auralization import Auralization, auralize
from seldkit.render.report import write_report
from seldkit.render.timeline import plot_timeline, timeline_figure

__all__ = [
    "Auralization",
    "Rendering",
    "auralize",
    "plot_timeline",
    "render_video",
    "timeline_figure",
    "write_report",
]
